"""Containers that stay the same from step to step, or change a little: sent once, then by what has changed.

Looking at each element of a list at each step, and sending it, would be most of a recording's time. What is kept of a
container is a copy of its elements where all of them are plain or small tuples of plain ones (`small_tuples`): that they
are the very same objects means that they say the same, and it is found out without asking any of them. A container's own
identity counts for nothing: it only finds the copy to compare with. Copies keep plain values and such tuples alone alive.

The recorder has the same elements in a numbered slot. A slot is one thread's: what that thread says of it arrives in
order, ahead of the record that refers to it. So no slot is given to another container within one record, nor sent anew
for one that another thread changes meanwhile.

Compiled when large containers have been met often (`_ct_later.py`).
"""
from _operator import is_, length_hint
from _thread import get_ident
from itertools import count
from marshal import dumps

from _ct_pointers import ADDRESS, START, all_memory, has_states
from _ct_tables import by_state
from _ct_values import AS_KEPT, DICT, MARK, NODES, SMALL, all_plain, hides, small_tuples

KEPT, SPLICED = -30, -31
MOST_THREADS, SLOTS = 8, 64  # threads that have slots, and how many each of them has
MOST_ELEMENTS = 512  # of a container
OVERHEAD = 8  # bytes that an element counts for besides its own on the wire
# What the elements count for, on the wire and with the overhead: about half of what they are in the trace.
MOST_COST = (16 << 10) + OVERHEAD * MOST_ELEMENTS
NEVER = MOST_COST + 1
COMPARED = 200  # times, before the way to read pointers is looked for: that takes a millisecond or two
BITS = 8 * ADDRESS
MOVES, NEAR = 1, 4  # elements ahead of the latest change, and from there on, where the next one is looked for first
PAUSE = 50  # looks at a container that is not plain, before it is looked through again


class _Known:
    """What is known of one container. `items`: its elements as the recorder has them, or None. `pointers`: theirs, once
    they were asked for; None where `items` is. `near`: where the next change is looked for. `tuples`: how many of the elements are some.
    `state`: that of a dict when it held `items`; `unfit`: the one in which it could not be sent, and by which encoder."""

    __slots__ = (
        "kind", "items", "encoder", "pointers", "near", "tuples", "total", "slot", "version", "marker", "cost", "pause",
        "record", "state", "unfit",
    )


class _Table:
    """One thread's containers, by their ids."""

    __slots__ = ("known", "free", "record")

    def __init__(self, number):
        self.known, self.record = {}, 0
        self.free = list(range(number * SLOTS, number * SLOTS + SLOTS))


class Kept:
    def __init__(self, emit, owner):
        self.emit, self.owner = emit, owner
        self.tables = {}  # thread -> _Table
        self.next_table, self.next_version = count().__next__, count().__next__
        self.memory, self.compared = None, 0  # where pointers are read; comparisons until it is looked for

    def look(self, v, kind, items, total, depth, walk, encoder, state=None):
        """What refers to the container `v`; None where it is to be sent as it is. `items` are its first elements, in a
        tuple that nobody changes: of a dict, a key, its value, and so on. `encoder` says which keys are shown, and `depth`
        how far down containers are, from `v` on; `state` is what was read of a dict ahead of its items."""
        table, notes = walk.table or self.begin(walk), walk.notes
        if table is None:
            return None
        known = table.known.get(id(v))
        if known is None:
            if (notes is None or not _never_fits(walk, kind, items, encoder)) and len(items) <= MOST_ELEMENTS:
                if self._note(table, id(v), kind) and notes is not None:
                    notes.is_steady = False
            return None
        if known.kind != kind or known.items is None or kind == DICT and known.encoder is not encoder:
            unfit = known.unfit
            if unfit is not None and unfit[0] == state and unfit[1] is encoder:
                return None
            if notes is not None:
                notes.is_steady = False
            if known.pause > 0:
                known.pause -= 1
                return None
            if not self._send(known, table, kind, items, total, encoder):
                if state is not None and known.pause:
                    known.unfit = state, encoder
                return None
        elif self.memory is not None:
            at = id(items) + START
            pointers = self.memory[at:at + ADDRESS * len(items)]
            if pointers != known.pointers or total != known.total:
                if not self.by_pointers(known, table.record, kind, items, total, pointers):
                    if notes is not None:
                        notes.is_steady = False
                    return None
        elif not self._by_elements(known, table, kind, items, total):
            if notes is not None:
                notes.is_steady = False
            return None
        if state is not None and len(items) == 2 * min(total, encoder.bounds[1]):  # unless another thread tells values briefly
            known.state = state
        return _refer(known, table, depth, walk)

    def begin(self, walk):
        """The table for the record that `walk` is for; None where the thread has none."""
        table = self.tables.get(get_ident()) or self._new_table()
        if table is None:
            walk.room = 0
            return None
        table.record += 1
        walk.table = table
        return table

    def unchanged(self, v, state, depth, walk, encoder):
        """What the dict `v` is encoded as if it still has the state that it had when the recorder was told what it holds;
        else None."""
        table = walk.table or self.begin(walk)
        known = table.known.get(id(v)) if table is not None else None
        if known is None or known.state != state or known.encoder is not encoder or known.items is None:
            return None
        return _refer(known, table, depth, walk)

    def by_pointers(self, known, record, kind, items, total, pointers):
        """Whether the recorder has `items` now, whose pointers are not those that are known. `record`: the thread's
        present one; None where it refers to nothing else."""
        before = known.pointers
        if before is None:
            at = id(known.items) + START
            before = known.pointers = self.memory[at:at + ADDRESS * len(known.items)]
            if before == pointers and total == known.total:
                return True
        if record == known.record:
            return False
        start = known.near
        stop = start + NEAR
        # Mostly it changes near to where it has changed before, or grows, or shrinks at its end: that spares large integers.
        if (
            len(before) == len(pointers) and total == known.total
            and pointers.startswith(before[:ADDRESS * start]) and pointers.endswith(before[ADDRESS * stop:])
        ):
            old, new = known.items[start:stop], items[start:stop]
            first, last = 0, len(new) - 1
            while old[first] is new[first]:  # not all are
                first += 1
            while old[last] is new[last]:
                last -= 1
            stop = stop_now = start + last + 1
            start += first
        elif pointers.startswith(before):
            start = stop = len(before) // ADDRESS
            stop_now = len(items)
        elif before.startswith(pointers):
            start = stop_now = len(items)
            stop = len(before) // ADDRESS
        else:
            number, number_now = int.from_bytes(before, "little"), int.from_bytes(pointers, "little")
            start, stop, stop_now = _difference_of_pointers(number, len(before) // ADDRESS, number_now, len(items))
        known.near = start - MOVES if start > MOVES else 0
        if not self._splice(known, kind, items, total, start, stop, stop_now):
            return False
        known.pointers = pointers
        return True

    def _by_elements(self, known, table, kind, items, total):
        """Whether the recorder has `items` now, found out one by one."""
        if known.items is items:
            return True
        start, stop, stop_now = _difference(known.items, items)
        if start != stop or start != stop_now or known.total != total:
            if known.record == table.record or not self._splice(known, kind, items, total, start, stop, stop_now):
                return False
        self.compared += 1
        if self.compared == COMPARED:
            self.memory = memory = all_memory()
            if memory is not None and has_states(memory):
                self.owner.by_state = by_state(self, memory, MOST_COST)
        return True

    def _new_table(self):
        number = self.next_table()
        if number >= MOST_THREADS:
            return None
        table = self.tables[get_ident()] = _Table(number)
        return table

    def _note(self, table, key, kind):
        """The first look: many containers get no second one. Whether there is a slot for it."""
        if not table.free:
            for other, known in table.known.items():
                if known.record != table.record:
                    break
            else:
                return False
            del table.known[other]
            known.marker = None
            table.free.append(known.slot)
        known = _Known()
        known.kind, known.items, known.total, known.marker, known.version = kind, None, 0, None, 0
        known.encoder = known.pointers = known.state = known.unfit = None
        known.cost = known.pause = known.near = known.tuples = 0
        known.record = table.record  # not to be put aside for what comes in the same record
        known.slot = table.free.pop()
        table.known[key] = known
        return True

    def _send(self, known, table, kind, items, total, encoder):
        """Whether the recorder has all of it from now on."""
        if known.items is not None and known.record == table.record:
            return False
        tuples, cost = _cost(kind, items, encoder)
        if cost > MOST_COST:
            known.pause = PAUSE
            return False
        version, known.kind, known.encoder = self.next_version(), kind, encoder
        known.items = known.pointers = known.marker = None
        self.emit((KEPT, known.slot, version, kind, items, _left_out(kind, items, total), None))
        # The recorder has been told. Where a signal handler's exception came first, it is told everything again.
        known.marker, known.version, known.tuples, known.near = (MARK, AS_KEPT, known.slot, version), version, tuples, 0
        known.total, known.cost, known.items = total, cost, items
        return True

    def _splice(self, known, kind, items, total, start, stop, stop_now):
        """The same where the elements from `start` to `stop` have become those up to `stop_now`."""
        if kind == DICT:  # whole pairs
            start -= start % 2
            stop += stop % 2
            stop_now += stop_now % 2
        inserted, before, base = items[start:stop_now], known.items, known.version
        known.items = known.pointers = known.marker = None
        if stop - start + len(inserted) > len(before) // 4 or len(items) > MOST_ELEMENTS:
            return False
        tuples = 0 if all_plain(inserted) else small_tuples(inserted, known.encoder.max_items)
        if tuples < 0:
            return False
        if known.tuples or tuples:
            tuples_now = known.tuples + tuples - small_tuples(before[start:stop], SMALL)
            if tuples_now > NODES:  # they could not be referred to
                return False
            known.tuples = tuples_now
        cost = known.cost + len(dumps(inserted, 2)) + OVERHEAD * (len(inserted) + SMALL * tuples)
        if cost > MOST_COST:
            return False
        removed, left_out, version = stop - start, total - len(items), self.next_version()
        if kind == DICT:
            allowed = known.encoder.allowed
            if allowed is not None and hides(allowed, inserted):
                return False
            start, removed, left_out = start // 2, removed // 2, _left_out(kind, items, total)
        self.emit((SPLICED, known.slot, base, version, start, removed, inserted, left_out if left_out > 0 else 0, None))
        known.marker, known.version = (MARK, AS_KEPT, known.slot, version), version
        known.total, known.cost, known.items = total, cost, items
        return True


def _refer(known, table, depth, walk):
    """What refers to a container that the recorder has; None where it is to be sent as it is."""
    notes, room = walk.notes, walk.room - known.cost
    if room < 0:
        if notes is not None:
            notes.refuse(known.cost)
        return None
    if known.tuples:  # they have to be where they are shown, and count as they do where they are sent
        if depth < 2 or known.tuples >= walk.nodes:
            return None
        walk.nodes -= known.tuples
    walk.room, known.record = room, table.record
    if notes is not None:
        notes.known.append(known)
    return known.marker


def _cost(kind, items, encoder):
    """(how many of `items` are small tuples, what all count for); more than `MOST_COST` where they can't be referred to."""
    tuples = small_tuples(items, encoder.max_items)
    if (
        not 0 <= tuples <= NODES or len(items) > MOST_ELEMENTS
        or kind == DICT and encoder.allowed is not None and hides(encoder.allowed, items)
    ):
        return tuples, NEVER
    return tuples, len(dumps(items, 2)) + OVERHEAD * (len(items) + SMALL * tuples)


def _never_fits(walk, kind, items, encoder):
    """Whether it is certain that there is no room for a container of `items` in the record that `walk` is for."""
    if walk.room >= MOST_COST:
        return False
    _, cost = _cost(kind, items, encoder)
    if cost <= walk.room:
        return False
    if cost <= MOST_COST:
        walk.notes.refuse(cost)
    return True


def _left_out(kind, items, total):
    return max(total - (len(items) // 2 if kind == DICT else len(items)), 0)


def _difference(before, now):
    """(start, stop, stop now): the elements of `before` from `start` to `stop` have become those of `now` up to there."""
    shorter = min(len(before), len(now))
    rest = iter(now)
    start = shorter if all(map(is_, before, rest)) else len(now) - length_hint(rest) - 1
    if start == shorter:
        return start, len(before), len(now)
    rest = reversed(now)
    same = shorter if all(map(is_, reversed(before), rest)) else len(now) - length_hint(rest) - 1
    same = min(same, shorter - start)
    return start, len(before) - same, len(now) - same


def _difference_of_pointers(before, size, now, size_now):
    """The same from the pointers, as one integer each, of so many elements."""
    shorter, longer = min(size, size_now), max(size, size_now)
    changed = before ^ now
    start = min(((changed & -changed).bit_length() - 1) // BITS, shorter) if changed else shorter
    if size != size_now:  # the ends side by side
        changed = (before << (longer - size) * BITS) ^ (now << (longer - size_now) * BITS)
    same = min(longer - (changed.bit_length() + BITS - 1) // BITS, shorter - start)
    return start, size - same, size_now - same
