"""Objects that show the same from step to step: sent once, then referred to.

Looking at each attribute of an object at each step, and sending it, would be most of a recording's time in a program of
classes. What is kept of an object is how it was shown last, and the addresses of its attributes' names and values. Where
these are the same, so are the names and the plain values, which are kept alive; every other value is encoded again, and
that comes out as the very same thing where it shows the same, since it is a reference itself, or a constant, or compared
with what came last. So nothing is known by the identity of an object of the program's, and none is kept alive.

How an object is shown depends on the depth it stands at, so it is known once for each. A slot is one thread's, as those
of containers are (`_ct_kept.py`), and none changes within a record that refers to it.

Compiled when many objects have been looked at (`_ct_later.py`).
"""
from _operator import is_
from _thread import get_ident
from itertools import chain, count
from marshal import dumps

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_guard import of_program
from _ct_pointers import ADDRESS, START, all_memory
from _ct_values import AS_KEPT, CYCLE, MARK, SHORT_TEXT, STRUCT

KEPT, VALUE = -30, 3
FIRST_SLOT = 512  # behind those of containers
MOST_THREADS, SLOTS = 8, 256  # threads that have slots, and how many each of them has
MOST_OBJECTS = 512  # known to one thread
DEEPEST = 8  # addresses of objects are multiples of as much
MOST_PRICE = 16 << 10  # bytes that an object may take in the trace to be referred to
NEVER = MOST_PRICE + 1
CHEAP = 800  # what takes no more is sent as it is: a reference would be nearly as long
MOST_OWN = 1 << 10  # bytes on the wire besides what is referred to; each is at most four times as many in the trace as …
EACH_BYTE = 12  # … these
PAUSE = 64  # looks at an object that keeps changing, before it is compared again
SAME, CHANGED, HIGHEST, LOWEST = 1, 1, 8, -4  # what looks add to a score, and take from it; its bounds


class _Known:
    """An object as it was shown last. `mark`: stands for its class and for what hides its attributes. `inner`: (place among
    the pointers, encoded, what is known of it if it is a list of small tuples) of each value that is not plain. `encoded`: all of it; also keeps plain values alive. `marker`:
    what refers to it, once the recorder has it. `tried`: whether that was tried with what is `encoded`."""

    __slots__ = (
        "mark", "pointers", "inner", "encoded", "marker", "tried", "price", "slot", "record", "score", "pause",
    )


class _Table:
    """One thread's objects: by their ids, to which the depth is added."""

    __slots__ = ("known", "slots", "end", "record", "full")

    def __init__(self, number):
        self.known, self.record, self.full = {}, 0, False
        self.slots = FIRST_SLOT + number * SLOTS
        self.end = self.slots + SLOTS


class Objects:
    def __init__(self, encoder):
        self.emit, self.wide = encoder.emit, encoder.wide
        self.tables = {}  # thread -> _Table
        self.next_table, self.next_version = count().__next__, count().__next__
        self.prices = {}  # slot -> bytes in the trace
        self.memory = all_memory()

    def begin(self, walk):
        """The table for the record that `walk` is for; None where the thread has none."""
        table = self.tables.get(get_ident())
        if table is None:
            number = self.next_table()
            if number >= MOST_THREADS:
                walk.room = 0
                return None
            table = self.tables[get_ident()] = _Table(number)
        elif table.full:
            # No record refers to any of its slots now.
            table.known.clear()
            table.slots, table.full = table.end - SLOTS, False
        table.record += 1
        walk.objects = table
        return table

    def handler(self, encoder, name, dict_of, in_full, too_deep, read=None):
        """Encodes instances of a class. `in_full` does so without any comparing; `read` is what reads their attributes (see
        `flat_reader`), None where they are in the dict alone."""
        names_known, begin, memory = (), self.begin, self.memory
        handlers, described = encoder.handlers, encoder.objects
        cycle, anew, lists = (MARK, CYCLE, name), self.anew, encoder.shown.lists
        reader = getattr(dict_of, "reader", None)

        def handler(v, depth, walk):
            nonlocal names_known
            if depth <= 0 or walk.nodes <= 0:
                return too_deep
            path = walk.path
            if id(v) in path:
                return cycle
            if walk.room <= 0 or depth >= DEEPEST:
                return in_full(v, depth, walk)
            table = walk.objects
            if table is None:
                table = begin(walk)
                if table is None:
                    return in_full(v, depth, walk)
            known = table.known.get(id(v) + depth)
            if known is not None and known.pause:
                known.pause -= 1
                return in_full(v, depth, walk)
            if read is not None:
                flat = read(v, walk)
                if flat is None:
                    return in_full(v, depth, walk)
            else:
                try:
                    if walk.getter_of is too_deep:
                        attributes = walk.getter(v)
                    else:
                        get = reader(type(v)) if reader is not None else dict_of
                        attributes = get(v)
                        walk.getter, walk.getter_of = get, too_deep
                    if type(attributes) is not dict:
                        return in_full(v, depth, walk)
                    # One C call, between whose two parts nothing else runs.
                    flat = tuple(chain(attributes, iter(attributes.values())))
                except RecursionError:  # not for us to hold: see _ct_guard
                    raise
                except (TypeError, AttributeError, RuntimeError) as error:  # other bases than before; changed meanwhile
                    if of_program(error):
                        raise
                    return in_full(v, depth, walk)
            at = id(flat) + START
            pointers = memory[at:at + ADDRESS * len(flat)]
            nodes, bytes_before = walk.nodes, walk.size
            if known is not None and known.pointers == pointers and known.mark is too_deep:
                inner = known.inner
                if inner:
                    changed = None
                    path.append(id(v))
                    for place, before, small in inner:
                        item = flat[place]  # may be anything by now: what was here can have gone, and another be in its place
                        if small is not None and type(item) is list:
                            items = tuple(item)
                            at = id(items) + START
                            if memory[at:at + ADDRESS * len(items)] == small[0] and small[3] + 1 < walk.nodes:
                                walk.nodes -= small[3] + 1
                                continue
                        if id(item) in described:
                            now = described[id(item)][1]
                        elif walk.nodes > 0:
                            walk.nodes -= 1
                            kind = type(item)
                            now = (handlers.get(id(kind)) or encoder._classify(kind))[1](item, depth - 1, walk)
                        else:
                            path.pop()
                            walk.nodes, walk.size = nodes, bytes_before
                            return in_full(v, depth, walk)
                        if now is not before and not _same(now, before):
                            if changed is None:
                                changed = {}
                            changed[place] = now, _small(lists, item, now)
                    path.pop()
                    if changed is not None:
                        encoded = known.encoded
                        values, start = encoded[4].copy(), len(encoded[3])
                        for place, (now, small) in changed.items():
                            values[place - start] = now
                        inner = [
                            (place, *changed[place]) if place in changed else (place, before, small)
                            for place, before, small in inner
                        ]
                        encoded = (MARK, STRUCT, name, encoded[3], values)
                        return anew(table, known, id(v) + depth, too_deep, pointers, inner, encoded)
                if known.score < HIGHEST:
                    known.score += SAME
                marker = known.marker
                if marker is None:
                    if known.tried:
                        return known.encoded
                    marker = self.send(table, known)
                    if marker is None:
                        return known.encoded
                if walk.room < known.price:
                    return known.encoded
                walk.room -= known.price
                known.record = table.record
                return marker
            size = len(flat) // 2
            names, expected = flat[:size], names_known  # which another thread may change between two looks
            if len(names) != len(expected) or not all(map(is_, names, expected)):
                # Mostly they are those of the instance before: the same objects.
                if not encoder.are_shown(names):
                    return in_full(v, depth, walk)
                names_known = names
            if size > encoder.max_items:
                return in_full(v, depth, walk)
            values, inner, place = list(flat[size:]), [], size
            path.append(id(v))
            for item in flat[size:]:
                kind = type(item)
                if (
                    kind is not int and item is not None and kind is not float and kind is not bool
                    and (kind is not str or len(item) >= SHORT_TEXT)
                ):
                    if id(item) in described:
                        now = described[id(item)][1]
                    elif walk.nodes > 0:
                        walk.nodes -= 1
                        now = (handlers.get(id(kind)) or encoder._classify(kind))[1](item, depth - 1, walk)
                    else:
                        path.pop()
                        walk.nodes, walk.size = nodes, bytes_before
                        return in_full(v, depth, walk)
                    values[place - size] = now
                    inner.append((place, now, _small(lists, item, now)))
                place += 1
            path.pop()
            encoded = (MARK, STRUCT, name, names, values)
            return anew(table, known, id(v) + depth, too_deep, pointers, inner, encoded)

        return handler

    def anew(self, table, known, key, mark, pointers, inner, encoded):
        """An object that shows something else than before, if it is known at all: what is sent of it."""
        if known is None:
            if len(table.known) >= MOST_OBJECTS:
                table.full = True
                return encoded
            known = _Known()
            known.score = known.record = 0
            known.slot = None
            score = 0
        else:
            score = known.score - CHANGED if known.mark is mark else 0
        known.pointers = known.marker = None  # until all the rest is there
        known.pause = PAUSE if score <= LOWEST else 0
        if known.pause:
            known.inner, known.encoded, known.score = (), None, 0
            return encoded
        known.mark, known.inner, known.encoded, known.score, known.tried = mark, inner, encoded, score, False
        known.pointers = pointers
        table.known[key] = known
        return encoded  # what changes again at the next look would be sent in vain

    def send(self, table, known):
        """What refers to the object from now on; None where it is to be sent as it is."""
        if known.record == table.record:
            return None
        known.tried = True
        price = self.price(known.encoded, known.inner)
        if not CHEAP < price <= MOST_PRICE:
            return None
        if known.slot is None:
            if table.slots == table.end:
                table.full = True
                return None
            known.slot = table.slots
            table.slots += 1
        marker = (MARK, AS_KEPT, known.slot, self.next_version())
        self.emit((KEPT, known.slot, marker[3], VALUE, known.encoded, 0, None))
        self.prices[known.slot] = known.price = price
        known.marker = marker  # where a signal handler's exception came first, it is sent again
        return marker

    def price(self, encoded, inner):
        """About how many bytes an object takes in the trace; `NEVER` where it holds what nobody knows that of."""
        total = len(dumps(encoded, 2))
        if total > MOST_OWN:
            return NEVER
        total *= EACH_BYTE
        for _, now, small in inner:
            if small is None:
                total += self.references(now)
        return total

    def references(self, v):
        """What the references in something encoded stand for, as above."""
        kind = type(v)
        if kind is tuple and len(v) > 1 and v[0] is MARK:
            if len(v) == 2:  # a long text, or a function, class or module
                return 0 if v[1] < 0 and v[1] not in self.wide else NEVER
            if v[1] == AS_KEPT:
                return self.prices.get(v[2], NEVER)
        total = 0
        if kind is tuple or kind is list:
            for each in v:
                if type(each) is tuple or type(each) is list:
                    total += self.references(each)
        return total


def _small(lists, v, encoded):
    """What is known of `v`, if it is a list of small tuples that became `encoded`."""
    known = lists.get(id(v)) if type(v) is list else None
    return known if known is not None and (encoded is known[1] or encoded is known[2]) else None


def _same(now, before):
    """Whether two encoded values, which hold nothing of the program's but plain values, are known to say the same."""
    if type(now) is list:
        return type(before) is list and len(now) == len(before) and all(map(is_, now, before))
    if type(now) is not tuple or type(before) is not tuple or len(now) != len(before):
        return False
    for one, other in zip(now, before):
        if one is not other:
            kind = type(one)
            if kind is not type(other):
                return False
            if kind is str:
                if one != other:
                    return False
            elif kind is not list or len(one) != len(other) or not all(map(is_, one, other)):
                return False
    return True
