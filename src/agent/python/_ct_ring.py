"""The ring of shared segments that carries records to the recorder. Layout: design-docs/wire-protocol.md.

A record is written by one C call (`mmap.write`) into memory that outlives the process, so nothing is lost when
the program is killed. `sink[0]` is that call for the current segment; it raises ValueError when the record does
not fit, and only then does any Python code of this file run.
"""
import mmap
import os
import sys
from _functools import partial
from _operator import setitem
from _thread import RLock, get_ident
from itertools import count, filterfalse, repeat
from marshal import dumps
from os import getpid, getppid, kill
from time import monotonic, sleep

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_guard import of_program

MAGIC = b"CTRING\x00\x06"
FREED, HEARTBEAT, RECORDER_PID, RECORDER_STATE, PROGRESS_SHOWN = 64, 72, 80, 84, 88  # written by the recorder
# Written by the agent:
FILLED, AGENT_PID, PYTHON_VERSION, STATE, CHILDREN = 128, 136, 140, 144, 148
SCOPES_SKIPPED, EXECS_BEGUN, EXECS_FAILED, ACTIVATED, HEADER_USED = 152, 156, 160, 164, 168
STATE_ATTACHED, STATE_DETACHED = 1, 2
RECORDER_STARTS, RECORDER_LISTENS, RECORDER_STOPPED = 0, 1, 2

LONGEST_WAIT = 30.0  # seconds without a sign of life from the recorder
FIRST_OWN_DESCRIPTOR = 100
# Bytes set aside for when the program has used up its memory. They are never touched: they take room in the address
# space, which is what limits (RLIMIT_AS) are about. Enough for an arena of the interpreter's, and to compile what
# follows exceptions.
SPARE = 4 << 20
# A record that no segment has room for, such as the description of code with tens of thousands of lines, comes in pieces.
PIECE, PIECE_SIZE, LONGEST_IN_PIECES = -25, 64 << 10, 64 << 20  # the kind, and bytes
# A record of an event that could not be told (CONFLICT); made while there is memory.
LOST = dumps((-14, "MemoryError", None), 2)


def discard(data):
    """Stands where the segment's write was, once nothing is recorded any more."""


def _nothing():
    pass


def _read(control, offset, size):
    return int.from_bytes(control[offset:offset + size], "little")


def _write(control, offset, size, value):
    control[offset:offset + size] = value.to_bytes(size, "little")


def _map_all(path, header_size, segment_size, segment_count):
    """Maps the header and each segment, without taking a low descriptor number away from the program."""
    # By C calls that open, or close, and take note: a signal handler's exception may come in anywhere else. What is called
    # here is a function of its own: within a `try`, compilers leave out some jumps of loops, and each `try` inside of it.
    opened, fillers = [], []
    try:
        try:
            return _open_and_map(opened, fillers, path, header_size, segment_size, segment_count)
        finally:
            _close(fillers, len(fillers))
            _close(opened, 1)
    finally:  # where the exception came as the other one began
        _close(fillers, len(fillers))
        _close(opened, 1)


def _open_and_map(opened, fillers, path, header_size, segment_size, segment_count):
    options = {"trackfd": False} if sys.version_info >= (3, 13) else {}
    opened.extend(map(os.open, (path,), (os.O_RDWR | getattr(os, "O_CLOEXEC", 0),)))
    if not options:
        # Until 3.13 every mapping keeps a duplicate of its descriptor, which takes the lowest free number.
        while not fillers or fillers[-1] < FIRST_OWN_DESCRIPTOR:
            try:
                fillers.extend(map(os.dup, opened))
            except OSError:  # the program's limit is lower than that
                break
    offsets = [(header_size, 0)]
    offsets += [(segment_size, header_size + n * segment_size) for n in range(segment_count)]
    if fillers and fillers[-1] < FIRST_OWN_DESCRIPTOR:
        _close(fillers, len(offsets))
    return [mmap.mmap(opened[0], size, offset=offset, **options) for size, offset in offsets]


def _close(descriptors, number):
    """Closes the last `number` of them, if there are so many, and takes them out of the list."""
    list(map(os.close, map(descriptors.pop, repeat(-1, min(number, len(descriptors))))))


def let_go(lock):
    """Has this thread hold an RLock no longer: from 3.14 on a signal handler's exception may come when it has just been taken,
    ahead of the block that gives it back."""
    while lock._is_owned():
        lock.release()


class Ring:
    """One writer's view of the ring. Every thread of the program writes into the same current segment."""

    def __init__(self, config):
        maps = _map_all(config["ring"], config["header_size"], config["segment_size"], config["segment_count"])
        self.control, self.segments = maps[0], maps[1:]
        # The current segment's write, and what stands in its place where something is to be done ahead of each record.
        self.plain, self.sink, self.in_front_of = discard, [discard], None
        # What stands in the sink unless the program forks, and what does then; and one 0 for each fork that is under way.
        self.front, self.guard, self.forking = discard, [discard], []
        self.filled = 0
        self.lock, self.inside, self.backlog = RLock(), set(), []
        self.recorder_pid, self.parent = _read(self.control, RECORDER_PID, 4), getppid()
        self.next_long = count().__next__
        self.on_detach, self.on_full = [], _nothing  # the second: what is done when the first segment is full
        self.spare, self.lost = None, False
        self._keep_spare()
        self.pid = getpid()
        self.counted_in = [self.control]
        self.count_child, self.count_skipped = self.counter(CHILDREN), self.counter(SCOPES_SKIPPED)
        # C code alone, as `counter` has it: what a signal handler raised would be lost in a hook for forks.
        guards = map(self.guard.__getitem__, filterfalse(self.forking.append, repeat(0)))
        self.before_fork = partial(next, map(setitem, repeat(self.sink), repeat(0), guards))
        self.after_fork = partial(next, map(self.forking.remove, filterfalse(self.count_child, repeat(0))))

    def claim(self):
        """False when another process of the same command has attached already."""
        if self.control[:8] != MAGIC:
            raise RuntimeError("the recorder's ring has another version than its agent")
        if _read(self.control, AGENT_PID, 4):
            return False
        _write(self.control, AGENT_PID, 4, self.pid)
        _write(self.control, PYTHON_VERSION, 4, sys.hexversion)
        _write(self.control, STATE, 4, STATE_ATTACHED)
        # From here on the ring holds itself: one that an exception keeps from being made, and known, is gone at once.
        self.guard[0] = self._write_in_parent
        self._write_to(self.segments[0])
        return True

    def wait_for_recorder(self):
        """Waits until the recorder has opened all of its files: the program could lead it elsewhere."""
        pause, since = 0.0002, monotonic()  # each start takes half of it longer
        while _read(self.control, RECORDER_STATE, 4) == RECORDER_STARTS:
            sleep(pause)
            waited = monotonic() - since
            if waited > LONGEST_WAIT or waited > 0.2 and not self._recorder_lives():
                break
        if _read(self.control, RECORDER_STATE, 4) != RECORDER_LISTENS:
            self.detach()

    def put_in_front(self, in_front_of):
        """Has `in_front_of(write)` stand where a segment's write would; to be called before there are threads."""
        self.in_front_of = in_front_of
        self.front = self.sink[0] = in_front_of(self.plain)

    def _write_to(self, segment):
        write = self.plain = segment.write
        self.front = write if self.in_front_of is None else self.in_front_of(write)
        self.sink[0] = self.guard[0] if self.forking else self.front

    def _write_in_parent(self, data):
        """Stands in the sink while the program forks. Ahead of all hooks the child lets go of what the other threads had, and
        whatever runs by that is not to be told: its writes would go to the same memory, but to places of its own."""
        if getpid() != self.pid:
            return
        front = self.front
        if not self.forking:
            self.sink[0] = front
            if self.plain is discard:  # another thread has detached meanwhile
                self.sink[0] = discard
        front(data)

    def counter(self, offset):
        """A function that counts up in the header. C code alone: no thread or signal handler comes in between."""
        current_header = map(self.counted_in.__getitem__, repeat(0))
        numbers = map(int.to_bytes, count(1), repeat(4), repeat("little"))
        return partial(next, map(setitem, current_header, repeat(slice(offset, offset + 4)), numbers))

    def mark_activated(self):
        """The recording was on, at least once."""
        _write(self.counted_in[0], ACTIVATED, 4, 1)

    def is_detached(self):
        return self.sink[0] is discard

    def detach(self):
        """Nothing is recorded from here on; the program goes on as if nothing had been."""
        self.plain = self.front = self.guard[0] = self.sink[0] = discard
        if getpid() == self.pid:
            _write(self.control, STATE, 4, STATE_DETACHED)
        self.end()

    def end(self):
        """As `detach`, at the wish of the program: nothing that was to be recorded is missing.

        Where a signal handler's exception comes out of it, it may be called again.
        """
        self.plain = self.front = self.guard[0] = self.sink[0] = discard
        if getpid() != self.pid:  # a forked child: what it does from here on is not its parent's
            self.counted_in[0] = bytearray(HEADER_USED)
        # Once: a forked child that forks again comes here too, and by then the tool may be the program's own.
        while self.on_detach:
            callback = self.on_detach[-1]
            callback()
            if callback in self.on_detach:  # else another thread was here
                self.on_detach.remove(callback)

    def _keep_spare(self):
        try:
            self.spare = bytes(SPARE)
        except MemoryError:  # maybe later
            pass

    def is_short_of_memory(self):
        """Whether there is no room for as much again as is kept for the agent."""
        try:
            return not bytes(SPARE)
        except MemoryError:
            return True

    def make_room(self):
        """Gives up the memory that is kept for the agent; False when there is none any more."""
        if self.spare is None:
            self._keep_spare()  # the program may have freed some
        had, self.spare = self.spare is not None, None
        return had

    def lose(self, why=LOST):
        """An event could not be told, mostly for want of memory: the trace is to say so, once."""
        if self.lost:
            return
        try:
            self.emit(why)
            self.lost = True
        except MemoryError:  # the next one that is lost may be told
            pass

    def close(self):
        """Gives the memory back, after `end`. A thread that is about to write writes to nowhere."""
        control, header = self.control, bytearray(HEADER_USED)
        _write(header, RECORDER_STATE, 4, RECORDER_STOPPED)  # for whoever waits for room
        self.control = self.counted_in[0] = header
        for each in (control, *self.segments):
            if type(each) is mmap.mmap:
                each.close()

    def settle(self):
        """Waits until the recorder has taken in each segment that was handed over, or there is none any more."""
        self._wait_for(self.filled + len(self.segments) - 1)

    def emit(self, data):
        """Writes one record, moving on to the next segment when the current one is full."""
        try:
            self.sink[0](data)
        except ValueError as error:
            if of_program(error):
                raise
            self.advance(data)

    def advance(self, data):
        """Hands the full segment over, waits for the next to be free, and writes `data` there.

        A signal handler of the program may raise in here; that exception belongs to the program and is passed on,
        but only after the record is in place.
        """
        raised, done, me = None, [], get_ident()
        outermost = me not in self.inside
        for _ in range(100):
            try:
                self._advance(data, done)
                break
            except BaseException as error:  # noqa: BLE001 (handlers raise what they like)
                raised = raised or error
                if outermost:  # a handler may have raised ahead of the line that does this
                    self._leave(me)
                if done:  # by a handler that ran between the record's last byte and here
                    break
        if outermost:
            left = self._next_in_backlog()  # by a handler that ran after the last look
            while left is not None:
                self.emit(left)
                left = self._next_in_backlog()
        try:
            if raised is not None:
                raise raised
        finally:
            raised = None  # which would hold this frame, and so its callers

    def _advance(self, data, done):
        me = get_ident()
        if me in self.inside:
            # A signal handler that prints, met while this very thread is about to hold the lock, or holds it.
            self.backlog.append(data)
            return
        try:
            self.inside.add(me)
            with self.lock:  # around a call alone, as in `_map_all`
                self._write_with_backlog(data, done)
        finally:
            self._leave(me)

    def _leave(self, me):
        let_go(self.lock)
        self.inside.discard(me)

    def _write_with_backlog(self, data, done):
        self._write_in_next(data, done)
        left = self._next_in_backlog()
        while left is not None:
            self._write_in_next(left, [])
            left = self._next_in_backlog()

    def _next_in_backlog(self):
        """None when there is none: looking first and then taking would let a handler in between."""
        try:
            return self.backlog.pop(0)
        except IndexError as error:
            if of_program(error):
                raise
            return None

    def _write_in_next(self, data, done):
        """`done` is empty until the record is written: one C call does both, so that no handler comes in between."""
        segments = self.segments
        if self.sink[0] is not discard and len(data) > len(segments[0]):
            self._write_in_pieces(data, done)
            return
        while self.sink[0] is not discard:
            try:
                # Not only the first time: other threads may have moved on meanwhile, or have filled what is new here.
                done.extend(map(self.plain, (data,)))
                return
            except ValueError as error:
                if of_program(error):
                    raise
            # Whoever still holds this segment's write must fail from now on, and come here.
            segments[self.filled % len(segments)].seek(0, 2)
            following = self.filled + 1
            _write(self.control, FILLED, 8, following)
            if not self._wait_for(following):
                self.detach()
                return
            self.filled = following
            segment = segments[following % len(segments)]
            segment.seek(0)
            self._write_to(segment)
            if self.spare is None:
                self._keep_spare()
            if following == 1:
                self.on_full()

    def _write_in_pieces(self, data, done):
        """As `_write_in_next`, for what no segment has room for. After an exception it comes again, under another number."""
        number = self.next_long()
        for start in range(0, len(data) if len(data) <= LONGEST_IN_PIECES else 0, PIECE_SIZE):
            is_last = start + PIECE_SIZE >= len(data)
            piece = dumps((PIECE, number, is_last, data[start:start + PIECE_SIZE], None), 2)
            self._write_in_next(piece, done if is_last else [])

    def _wait_for(self, following):
        """Waits until the recorder has given the segment back; False when there is no recorder any more."""
        needed = following - len(self.segments) + 1
        pause, heartbeat, since = 0.00002, -1, 0.0
        while _read(self.control, FREED, 8) < needed:
            if _read(self.control, RECORDER_STATE, 4) == RECORDER_STOPPED:
                return False
            sleep(pause)
            pause = min(pause * 2, 0.001)
            if pause == 0.001:
                now, beat = monotonic(), _read(self.control, HEARTBEAT, 8)
                if beat != heartbeat:
                    heartbeat, since = beat, now
                elif now - since > 0.2 and (not self._recorder_lives() or now - since > LONGEST_WAIT):
                    return False
        return True

    def _recorder_lives(self):
        # One whose own parent doesn't ask for its end still has its number, and later that may be another one's.
        if self.parent == self.recorder_pid and getppid() != self.parent:
            return False
        try:
            kill(self.recorder_pid, 0)
        except ProcessLookupError:
            return False
        except OSError:  # no permission any more after setuid: alive as far as can be known
            pass
        # Who was killed is there until its own parent has asked for its end.
        try:
            with open("/proc/%d/stat" % self.recorder_pid, "rb") as file:
                return not file.read().rpartition(b")")[2].startswith((b" Z", b" X"))
        except OSError:  # not Linux
            return True
