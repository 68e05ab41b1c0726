"""Dicts that are the same as at an earlier look, and dicts of such dicts: known by their versions.

CPython up to 3.13 gives each dict a version that no other dict ever has, and another one with each change
(`_ct_pointers.has_states`). A dict whose version is the one that it had holds the same objects as then. What these show
is the same too, where they are plain values, which never change, or dicts and tuples of which that is known in turn.

A table is a dict of such ones as it was encoded last, with the versions of all dicts in it, the outer ones first. They
are read and compared by one C call, between whose parts nothing else runs, and which ends at the first that differs: so
what holds a dict is known to be unchanged, and the dict to be alive, ahead of its own version being read. Nothing of the
program's is kept alive, and a new dict in the place of an old one has another version.

Not all dicts have their values in the same place as their keys: those of objects' attributes mostly have not, and change
without a new version (3.13). They are left alone.

Compiled when large containers have been met often (`_ct_later.py`).
"""
from _operator import eq, getitem
from itertools import repeat
from marshal import dumps

from _ct_pointers import APART, STATE, STATE_END, TOGETHER, version
from _ct_values import MANY, MAPPING, NODES, PLAIN, SHORT_TEXT, _flat, hides

LEAST = MANY // 2  # items of a dict that may be referred to as it is
WORTH = 8  # values looked at one by one, from which on a dict is worth being a table
MOST_TABLES, MOST_BYTES = 1024, 2 << 20  # the second: on the wire, of all that tables were encoded as
MOST_WITHIN = 512  # dicts and tuples in a table
MOST_WAYS = 4  # in which a table is encoded
DEEPEST = 8  # addresses of objects are multiples of as much
PAUSE, LONGEST_PAUSE = 4, 64  # looks at a table that has changed within, before it is known again; each time twice as many
# Bytes on the wire from which on a table is part of each record that it was encoded for: an object with that much in it
# is never referred to (`MOST_OWN` in `_ct_objects.py`).
CERTAIN = 2 << 10


class Notes:
    """What was done with the containers in a table: those that were referred to, the least cost among those that there was
    no room for, and whether all of that would be done again."""

    __slots__ = ("known", "refused", "is_steady")

    def __init__(self):
        self.known, self.refused, self.is_steady = [], None, True

    def refuse(self, cost):
        if self.refused is None or cost < self.refused:
            self.refused = cost

    def add(self, known, refused):
        self.known.extend(known)
        if refused is not None:
            self.refuse(refused)


class _Table:
    """A dict that is looked at one by one. `state`: its own at the latest look. `content`: what is known of it, or None."""

    __slots__ = ("state", "content", "pause", "next_pause")

    def __init__(self):
        self.state = self.content = None
        self.pause, self.next_pause = 0, PAUSE


class _Content:
    """All that a table shows: where the `states` of the dicts in it are, the ids of all containers, and the `ways` in which
    it was encoded."""

    __slots__ = ("places", "states", "ids", "ways")

    def __init__(self, places, states, ids):
        self.places, self.states, self.ids, self.ways = places, states, ids, []


class _Way:
    """How a table was `encoded`, with so many `nodes` and so much `room`, and what was left or used of them. `references`:
    the containers that were referred to, of the thread whose they are (`owner`), and what by."""

    __slots__ = ("encoded", "nodes", "nodes_left", "room", "spent", "refused", "references", "owner", "size")


def by_state(kept, memory, most_cost):
    """A function that encodes a dict, where the states of dicts are read from `memory`. `most_cost`: of a container that is
    referred to."""

    def encode(v, depth, walk, encoder):
        tables, key = encoder.tables, id(v) + depth
        table = tables.get(key)
        if table is None and len(v) < LEAST:
            return in_full(v, depth, walk, encoder, None, key)
        state = memory[id(v) + STATE:id(v) + STATE_END]
        if state[APART:] != TOGETHER:
            return encoder.looked_through(v, depth, walk, None)
        if table is None:
            known = kept.unchanged(v, state, depth, walk, encoder)
            return known if known is not None else in_full(v, depth, walk, encoder, state, key)
        if table.state != state:
            table.state, table.content = state, None
            return encoder.looked_through(v, depth, walk, state)
        if table.pause:
            table.pause -= 1
            return encoder.looked_through(v, depth, walk, state)
        content = table.content  # which another thread may take away
        if content is not None:
            if not is_same(content):
                table.content, table.pause = None, table.next_pause
                if table.next_pause < LONGEST_PAUSE:
                    table.next_pause *= 2
                return encoder.looked_through(v, depth, walk, state)
            if not walk.path or content.ids.isdisjoint(walk.path):
                for way in content.ways:
                    if _goes_again(kept, way, walk):
                        if table.next_pause > PAUSE:
                            table.next_pause -= 1
                        return way.encoded
        return noted(table, content, v, depth, walk, encoder, state)

    def is_same(content):
        return all(map(eq, map(getitem, repeat(memory), content.places), content.states))

    def in_full(v, depth, walk, encoder, state, key):
        nodes, tables = walk.nodes, encoder.tables
        encoded = encoder.looked_through(v, depth, walk, state)
        # Also one that would be referred to if there was room for it: then there is none at the next line either.
        is_refused = walk.room < most_cost and len(v) >= LEAST and encoded[1] == MAPPING
        if (is_refused or nodes - walk.nodes >= WORTH) and depth < DEEPEST:
            if len(tables) >= MOST_TABLES:
                tables.clear()
            tables[key] = _Table()
        return encoded

    def noted(table, content, v, depth, walk, encoder, state):
        """The table, encoded in a new way that is known from now on if it can be. `content`: what was the same just now."""
        around, notes, way = walk.notes, Notes(), _Way()
        way.nodes, way.room, latest_brief = walk.nodes, walk.room, encoder.latest_brief
        is_brief = encoder.bounds != (encoder.max_depth, encoder.max_items, encoder.max_bytes)
        newest = {}
        newest = version(memory[id(newest) + STATE:id(newest) + STATE_END])
        walk.notes = notes
        try:
            way.encoded = encoded = encoder.looked_through(v, depth, walk, state)
        finally:
            walk.notes = around
        if around is not None:
            around.add(notes.known, notes.refused)
            if not notes.is_steady:
                around.is_steady = False
        if is_brief or not notes.is_steady:
            return encoded
        if content is None:
            content = _content_of(memory, v, depth, encoder, newest)
            if content is None:
                table.pause = LONGEST_PAUSE
                return encoded
            if content.states[0] != state:
                return encoded
        elif not is_same(content):
            return encoded
        if walk.path and not content.ids.isdisjoint(walk.path):
            return encoded
        way.nodes_left, way.spent, way.refused = walk.nodes, way.room - walk.room, notes.refused
        way.references, way.owner = [(known, known.marker) for known in notes.known], walk.table
        way.size = len(dumps(encoded, 2))
        if encoder.latest_brief != latest_brief:  # another thread has shortened what was shown
            return encoded
        encoder.table_bytes += way.size
        if encoder.table_bytes > MOST_BYTES:
            encoder.tables.clear()
            encoder.table_bytes = 0
        if len(content.ways) == MOST_WAYS:
            content.ways = []
        content.ways.append(way)
        table.content = content
        return encoded

    return encode


def _goes_again(kept, way, walk):
    """Whether a table that has not changed is encoded that way in `walk`, too; which then is as if it had been."""
    if way.nodes != walk.nodes:
        return False
    if way.room != walk.room:
        if way.refused is not None and (way.spent or walk.room >= way.refused) or walk.room < way.spent:
            return False
    if way.references:
        owner = walk.table or kept.begin(walk)
        if owner is not way.owner:
            return False
        for known, marker in way.references:
            if known.marker is not marker:
                return False
        for known, _ in way.references:
            known.record = owner.record
    walk.nodes = way.nodes_left
    walk.room -= way.spent
    if way.size > CERTAIN:
        walk.size += way.size
    if walk.notes is not None:
        walk.notes.add([known for known, _ in way.references], way.refused)
    return True


def _content_of(memory, v, depth, encoder, newest):
    """What the dict `v` shows at `depth`; None where that may change without a new version, or may have changed since
    `newest` was the latest of all versions.

    At least what is shown is looked at, in the same order, and counts for no more: so all of it has been where there are
    no nodes any more.
    """
    places, states, ids, path, nodes = [], [], set(), [], NODES
    described, allowed, most = encoder.objects, encoder.allowed, encoder.bounds[1]

    def look(v, depth, counts):
        nonlocal nodes
        if len(ids) == MOST_WITHIN:
            return False
        ids.add(id(v))
        path.append(id(v))
        if type(v) is dict:
            state = memory[id(v) + STATE:id(v) + STATE_END]
            if state[APART:] != TOGETHER or version(state) >= newest:
                return False
            places.append(slice(id(v) + STATE, id(v) + STATE_END))
            states.append(state)
            items = _flat(v.items(), most)
            # What a filter hides counts for nothing.
            counts = counts and (allowed is None or not hides(allowed, items))
        else:
            items = v[:most]
        for item in items:
            kind = type(item)
            if kind is int or item is None or kind is float or kind is bool or kind is str and len(item) < SHORT_TEXT:
                continue
            if kind is dict or kind is tuple:
                if depth > 0 and nodes > 0:
                    nodes -= counts
                    if id(item) not in path and not look(item, depth - 1, counts):
                        return False
            elif id(kind) not in PLAIN and kind is not bytes and id(item) not in described:
                return False
        path.pop()
        return True

    try:
        return _Content(places, states, ids) if look(v, depth - 1, True) else None
    finally:
        look = None  # it refers to itself: the program's garbage collector would find it, and show it in `gc.garbage`
