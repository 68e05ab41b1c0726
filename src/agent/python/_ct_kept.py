"""Containers that stay the same from step to step, or change a little: sent once, then by what has changed.

Looking at each element of a list at each step, and sending it, would be most of a recording's time. What is kept of a
container is a copy of its elements where all of them are plain (`all_plain`): that they are the very same objects means
that they say the same, and it is found out without asking any of them. A container's own identity counts for nothing: it
only finds the copy to compare with. Copies keep plain values alone alive.

The recorder has the same elements in a numbered slot. A slot is one thread's: what that thread says of it arrives in
order, ahead of the record that refers to it. So no slot is given to another container within one record, nor sent anew
for one that another thread changes meanwhile.

Compiled when large containers have been met often (`_ct_later.py`).
"""
from _operator import is_, length_hint
from _thread import get_ident
from itertools import count
from marshal import dumps

from _ct_pointers import ADDRESS, pointer_reader
from _ct_values import AS_KEPT, DICT, MARK, all_plain, hides

KEPT, SPLICED = -30, -31
MOST_THREADS, SLOTS = 8, 64  # threads that have slots, and how many each of them has
MOST_ELEMENTS, LONGEST_KEPT = 512, 16 << 10  # of a container; the bytes are those on the wire
OVERHEAD = 8  # bytes that an element counts for besides its own
COMPARED = 200  # times, before the way to read pointers is looked for: that takes a millisecond or two
BITS = 8 * ADDRESS
PAUSE = 50  # looks at a container that is not plain, before it is looked through again


class _Known:
    """What is known of one container. `items`: its elements as the recorder has them, or None. `pointers`: theirs, once
    they were asked for; `number`: the same as one integer, the first pointer lowest."""

    __slots__ = ("kind", "items", "encoder", "pointers", "number", "total", "slot", "marker", "cost", "pause", "record")


class _Table:
    """One thread's containers, by their ids."""

    __slots__ = ("known", "free", "record")

    def __init__(self, number):
        self.known, self.record = {}, 0
        self.free = list(range(number * SLOTS, number * SLOTS + SLOTS))


class Kept:
    def __init__(self, emit):
        self.emit = emit
        self.tables = {}  # thread -> _Table
        self.next_table, self.next_version = count().__next__, count().__next__
        self.read, self.compared = None, 0  # the way to read pointers; comparisons until it is looked for

    def look(self, v, kind, items, total, walk, encoder):
        """What refers to the container `v`; None where it is to be sent as it is. `items` are its first elements, in a
        tuple that nobody changes: of a dict, a key, its value, and so on. `encoder` says which keys are shown."""
        if len(items) > MOST_ELEMENTS:
            return None
        table = walk.table
        if table is None:
            table = self.tables.get(get_ident()) or self._new_table()
            if table is None:
                walk.room = 0
                return None
            table.record += 1
            walk.table = table
        known = table.known.get(id(v))
        if known is None:
            self._note(table, id(v), kind)
            return None
        before = known.items
        if before is None or known.kind != kind or kind == DICT and known.encoder is not encoder:
            if known.pause > 0:
                known.pause -= 1
                return None
            if not self._send(known, table, kind, items, total, encoder):
                return None
        elif before is not items:
            read = self.read
            if read is not None:
                pointers = read(items)
                if known.pointers is None:
                    known.pointers = read(before)
                if pointers != known.pointers or known.total != total:
                    number = int.from_bytes(known.pointers, "little") if known.number is None else known.number
                    number_now = int.from_bytes(pointers, "little")
                    place = _difference_of_pointers(number, len(before), number_now, len(items))
                    if known.record == table.record or not self._splice(known, kind, items, total, *place):
                        return None
                    known.pointers, known.number = pointers, number_now
            else:
                start, stop, stop_now = _difference(before, items)
                if start != stop or start != stop_now or known.total != total:
                    if known.record == table.record or not self._splice(known, kind, items, total, start, stop, stop_now):
                        return None
                self.compared += 1
                if self.compared == COMPARED:
                    self.read = pointer_reader()
        if known.cost > walk.room:
            return None
        walk.room -= known.cost
        known.record = table.record
        return known.marker

    def _new_table(self):
        number = self.next_table()
        if number >= MOST_THREADS:
            return None
        table = self.tables[get_ident()] = _Table(number)
        return table

    def _note(self, table, key, kind):
        """The first look: many containers get no second one."""
        if not table.free:
            for other, known in table.known.items():
                if known.record != table.record:
                    break
            else:
                return
            del table.known[other]
            table.free.append(known.slot)
        known = _Known()
        known.kind, known.items, known.total, known.marker = kind, None, 0, None
        known.encoder = known.pointers = known.number = None
        known.cost = known.pause = 0
        known.record = table.record  # not to be put aside for what comes in the same record
        known.slot = table.free.pop()
        table.known[key] = known

    def _send(self, known, table, kind, items, total, encoder):
        """Whether the recorder has all of it from now on."""
        if known.items is not None and known.record == table.record:
            return False
        if not all_plain(items) or kind == DICT and encoder.allowed is not None and hides(encoder.allowed, items):
            known.pause = PAUSE
            return False
        size = len(dumps(items, 2))
        if size > LONGEST_KEPT:
            known.pause = PAUSE
            return False
        version, known.items, known.kind, known.encoder = self.next_version(), None, kind, encoder
        self.emit((KEPT, known.slot, version, kind, items, _left_out(kind, items, total), None))
        self._agreed(known, items, total, version, size + OVERHEAD * len(items))
        return True

    def _splice(self, known, kind, items, total, start, stop, stop_now):
        """The same where the elements from `start` to `stop` have become those up to `stop_now`."""
        if kind == DICT:  # whole pairs
            start -= start % 2
            stop += stop % 2
            stop_now += stop_now % 2
        inserted = items[start:stop_now]
        before, known.items, allowed = known.items, None, known.encoder.allowed
        if stop - start + len(inserted) > len(before) // 4 or not all_plain(inserted):
            return False
        if kind == DICT and allowed is not None and hides(allowed, inserted):
            return False
        cost = known.cost + len(dumps(inserted, 2)) + OVERHEAD * len(inserted)
        if cost > LONGEST_KEPT + OVERHEAD * MOST_ELEMENTS:
            return False
        version, base, each = self.next_version(), known.marker[3], 2 if kind == DICT else 1
        left_out = _left_out(kind, items, total)
        self.emit((SPLICED, known.slot, base, version, start // each, (stop - start) // each, inserted, left_out, None))
        self._agreed(known, items, total, version, cost)
        return True

    def _agreed(self, known, items, total, version, cost):
        """The recorder has been told. Where a signal handler's exception came first, it is told everything again."""
        known.marker, known.total, known.cost = (MARK, AS_KEPT, known.slot, version), total, cost
        known.pointers = known.number = None
        known.items = items


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
