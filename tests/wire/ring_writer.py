"""Writes into a ring through the agent's own code, in one of the ways that `ring_test.ts` names.

usage: python ring_writer.py AGENT_FOLDER RING MODE HEADER_SIZE SEGMENT_SIZE SEGMENT_COUNT

A record is (writer, number, padding, None). What the test has to know besides is printed, one word per line.
"""
import dis
import importlib
import linecache
import os
import signal
import sys
import threading
import time
import warnings
from marshal import dumps
from time import monotonic

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])

_ct_ring = importlib.import_module("_ct_ring")


def replaced(*_):
    raise AssertionError("the agent calls what the program has put in the place of a function of the library")


# As gevent does: the agent waits by its own.
time.sleep = time.monotonic = replaced


def open_descriptors():
    return {int(name) for name in os.listdir("/proc/self/fd")}


OPEN_BEFORE = open_descriptors()
HEADER, SEGMENT, COUNT = map(int, sys.argv[4:7])
ring = _ct_ring.Ring(
    {"ring": sys.argv[2], "header_size": HEADER, "segment_size": SEGMENT, "segment_count": COUNT}
)


def record(writer, number, size=0):
    return dumps((writer, number, b"x" * size, None), 2)


def in_order():
    """Sizes around what is left of a segment, up to all of one."""
    overhead = len(record(0, 0))
    sizes = [0, 1, 100, 5000, 70000, SEGMENT // 2, SEGMENT - overhead, 0, SEGMENT - overhead - 1]
    for number in range(400):
        ring.emit(record(0, number, sizes[number % len(sizes)]))


def too_long():
    ring.emit(record(0, 0))
    ring.emit(record(0, 1, SEGMENT))
    ring.emit(record(0, 2))
    ring.emit(record(0, 3, 64 << 20))  # that of what nobody writes
    ring.emit(record(0, 4))


def threads():
    sys.setswitchinterval(1e-5)

    def write(writer):
        for number in range(15000):
            ring.emit(record(writer, number, number % 300))

    workers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


# Set anew by each handler: on a busy machine a timer that repeats would interrupt its own handler without end.
PERIOD = 0.0005


class Interruption(Exception):
    pass


def raising_handler():
    """A handler raises all the time, mostly while the ring is full; prints the numbers it hit in the waiting."""

    armed = [False]

    def handler(number, frame):
        signal.setitimer(signal.ITIMER_REAL, PERIOD)
        if armed[0]:
            armed[0] = False
            raise Interruption

    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, PERIOD)
    for number in range(20000):
        data = record(0, number, 200)
        try:
            armed[0] = True
            ring.emit(data)
            armed[0] = False
        except Interruption as error:
            trace, names = error.__traceback__, set()
            while trace is not None:
                names.add(trace.tb_frame.f_code.co_name)
                trace = trace.tb_next
            if "_wait_for" in names:
                print(number)
    signal.setitimer(signal.ITIMER_REAL, 0)


def writing_handler():
    """A handler that writes records of its own, as one that prints does."""
    numbers = iter(range(10**9))

    def handler(number, frame):
        ring.emit(record(1, next(numbers), 10))
        signal.setitimer(signal.ITIMER_REAL, PERIOD)

    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, PERIOD)
    for number in range(20000):
        ring.emit(record(0, number, 200))
    signal.setitimer(signal.ITIMER_REAL, 0)
    print(next(numbers))


def nobody_reads():
    detached = []
    ring.on_detach.append(lambda: detached.append(True))
    since = monotonic()
    number = 0
    while not detached:
        ring.emit(record(0, number, 10000))
        number += 1
    ring.emit(record(0, number))
    print("%.1f" % (monotonic() - since))
    print(ring.sink[0] is _ct_ring.discard)


def follow_forks():
    os.register_at_fork(before=ring.before_fork, after_in_child=ring.detach, after_in_parent=ring.after_fork)


def forked():
    follow_forks()
    ring.emit(record(0, 0))
    child = os.fork()
    if child == 0:
        for number in range(1000):
            ring.emit(record(1, number, 1000))
        os._exit(7)
    print(os.waitpid(child, 0)[1] >> 8)
    ring.emit(record(0, 1))


class Dropped:
    def __init__(self):
        self.pid = os.getpid()

    def __del__(self):
        for number in range(100 if os.getpid() != self.pid else 0):
            ring.emit(record(1, number, 1000))


def forked_among_threads():
    """The child lets go of what the other thread has, ahead of all hooks."""
    warnings.simplefilter("ignore")  # of such forks
    follow_forks()
    local, begun, go_on = threading.local(), threading.Event(), threading.Event()

    def hold():
        local.dropped = Dropped()
        begun.set()
        go_on.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    begun.wait()
    ring.emit(record(0, 0))
    for number in 1, 2:
        print(os.waitpid(os.fork() or os._exit(7), 0)[1] >> 8)
        print(ring.forking)
        ring.emit(record(0, number))
        print(ring.sink[0] is ring.front is ring.plain)
    go_on.set()
    thread.join()


def written_while_forking():
    """As by another thread, ahead of the fork itself."""
    ring.before_fork()
    for number in range(3):
        ring.emit(record(0, number, SEGMENT - 100))
    ring.before_fork()
    ring.after_fork()
    print(ring.sink[0] is ring.guard[0])
    ring.after_fork()
    ring.emit(record(0, 3))
    print(ring.sink[0] is ring.front is ring.plain)
    ring.before_fork()
    ring.detach()
    ring.before_fork()
    ring.emit(record(0, 4))
    print(ring.is_detached())


def killed():
    for number in range(10**9):
        ring.emit(record(0, number, 50))
        if number == 12345:
            os.kill(os.getpid(), signal.SIGKILL)


def second_claim():
    other = _ct_ring.Ring({"ring": sys.argv[2], "header_size": HEADER, "segment_size": SEGMENT, "segment_count": COUNT})
    print(other.claim())


def descriptors():
    print(sorted(open_descriptors() - OPEN_BEFORE))


def interrupted_at(number, call):
    """The place ahead of which an exception came, as a signal handler's: of that number among the lines and turns of loops
    that the ring runs. None where it runs fewer. A `with` comes again as it ends, but no handler runs there.
    """
    place = None

    def trace(frame, event, argument):
        nonlocal number, place
        if frame.f_code.co_filename != _ct_ring.__file__:
            return None
        frame.f_trace_opcodes = sys.version_info >= (3, 12)  # earlier ones cover all of a loop, and 3.8 fails by it
        if event == "opcode":
            # Where a loop turns: the interpreter looks for signals.
            meets = dis.opname[frame.f_code.co_code[frame.f_lasti]] == "JUMP_BACKWARD"
        else:
            line = linecache.getline(_ct_ring.__file__, frame.f_lineno).lstrip()
            meets = event == "line" and not line.startswith("with ")
        if meets:
            number -= 1
            if number == 0:
                place = "%s+%d" % (frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno)
                sys.settrace(None)
                raise Interruption
        return trace

    sys.settrace(trace)
    try:
        call()
    except Interruption:
        pass
    finally:
        sys.settrace(None)
    return place


def opened_under_interruptions():
    """Prints where one left a descriptor open, and how many places there were."""
    options = {"ring": sys.argv[2], "header_size": HEADER, "segment_size": SEGMENT, "segment_count": COUNT}
    before, places = open_descriptors(), []
    while places[-1:] != [None]:
        places.append(interrupted_at(len(places) + 1, lambda: _ct_ring.Ring(options) and None))
        if open_descriptors() != before:
            print(places[-1])
            before = open_descriptors()
    print(len(set(places)))


def handed_over_under_interruptions():
    """Each time with what a signal handler has written meanwhile. Prints where one left the lock taken, and how many places."""
    places = []
    while places[-1:] != [None]:
        ring.backlog += [record(1, 2 * len(places) + n) for n in range(2)]
        places.append(interrupted_at(len(places) + 1, lambda: ring.advance(record(0, len(places)))))
        if ring.lock._is_owned():
            print(places[-1])
            _ct_ring.let_go(ring.lock)
    print(len(set(places)))


class JustTaken:
    """A lock that is interrupted when it has been taken, as any is from 3.14 on, where `with` asks for signals there."""

    def __init__(self, lock):
        self.lock, self.left = lock, 1
        self.release, self._is_owned = lock.release, lock._is_owned

    def __enter__(self):
        self.lock.acquire()
        if self.left:
            self.left -= 1
            raise Interruption

    def __exit__(self, *_):
        self.lock.release()


def taken_under_interruption():
    """Prints whether the lock is still taken, and whether the exception came out."""
    ring.lock = JustTaken(ring.lock)
    try:
        ring.advance(record(0, 0))
    except Interruption:
        print("raised")
    print(ring.lock._is_owned())


mode = globals()[sys.argv[3]]
print(ring.claim(), flush=True)
mode()
