"""Raises in `start` and `stop`, and in the agent as they load and end it, and looks at what is left.

usage: python interrupted_recordings.py start|stop|timeout|depth FIRST EVERY

start, stop: at each line that runs, from number FIRST on, or at each EVERYth of them; a line counts once. Python 3.12 and
later, where `sys.settrace` and the recorder don't meet. timeout: `stop`, with an OSError. depth: `start` where the stack has room for so many calls.
"""
import json
import os
import sys
import threading

import codetracer_recorder as ct

MODULE = ct.__file__


class Interrupt(TimeoutError if sys.argv[1] == "timeout" else BaseException):
    """As a signal handler of the program's may raise it."""


def state():
    streams = [sorted(vars(s)) for s in (sys.stdout, sys.stdout.buffer, sys.stderr, sys.stdin.buffer)]
    agent = [name for name in sys.modules if name.startswith("_ct_")]
    tool = sys.monitoring.get_tool(4) if sys.version_info >= (3, 12) else None
    return (tool, sys.gettrace(), threading._trace_hook, os.execv, os.execve, streams, agent, sys.path[:],
            sys.dont_write_bytecode, len(os.listdir("/proc/self/fd")), os.listdir("."))


def check_clean(place):
    found = state()
    assert found == clean, (place, [pair for pair in zip(found, clean) if pair[0] != pair[1]])
    assert not ct.is_tracing(), place
    try:
        raise AssertionError((place, os.waitpid(-1, os.WNOHANG)))
    except ChildProcessError:
        pass


def with_interrupt(call, number):
    """Where `call` was interrupted: at line `number` that it runs for the first time. None where it has fewer."""
    met, place = set(), None

    def trace(frame, event, argument):
        nonlocal place
        name = frame.f_code.co_filename
        if name != MODULE and os.sep + "agent" + os.sep not in name:
            return None
        if event == "line" and (name, frame.f_lineno) not in met:
            met.add((name, frame.f_lineno))
            if len(met) == number:
                place = "%s:%d" % (os.path.basename(name), frame.f_lineno)
                sys.settrace(None)
                raise Interrupt(place)
        return trace

    sys.settrace(trace)
    try:
        call()
        assert place is None, place
    except Interrupt as error:
        assert error.args == (place,), (error, place)
    finally:
        sys.settrace(None)
    return place


def record_whole():
    ct.start("out")
    check_trace(ct.stop())


def check_trace(path):
    assert path is not None and sorted(os.listdir("out")) == [path.name, "trace_metadata.json"], path
    with open("out/trace_metadata.json") as file:
        assert json.load(file)["partial"] is False
    for name in os.listdir("out"):
        os.remove(os.path.join("out", name))
    os.rmdir("out")


def interrupt_start(number):
    place = with_interrupt(lambda: ct.start("out"), number)
    if place is None:
        check_trace(ct.stop())
    check_clean(place)
    return place


def interrupt_stop(number):
    session = ct.start("out")
    place = with_interrupt(ct.stop, number)
    if ct.is_tracing():
        assert ct.stop() == session.trace_path, place
    check_trace(session.trace_path)
    check_clean(place)
    return place


def start_with_room(room):
    depth, frame = 0, sys._getframe()
    while frame is not None:
        depth, frame = depth + 1, frame.f_back
    limit, place = sys.getrecursionlimit(), room
    sys.setrecursionlimit(depth + room)
    try:
        ct.start("out")
        place = None
    except RecursionError:
        pass
    finally:
        sys.setrecursionlimit(limit)
    if place is None:
        check_trace(ct.stop())
    check_clean(place)
    return place


record_whole()
clean = state()
modes = {"start": interrupt_start, "stop": interrupt_stop, "timeout": interrupt_stop, "depth": start_with_room}
interrupt = modes[sys.argv[1]]
number, every = map(int, sys.argv[2:])
places = []
while True:
    place = interrupt(number)
    if place is None:
        break
    places.append(place)
    number += every
record_whole()
print(json.dumps(places))
