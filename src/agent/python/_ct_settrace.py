"""Observes the program by `sys.settrace` (Python 3.8 to 3.11).

The interpreter asks once per call (`on_call`), and where the code is recorded it gets a function of that code
object's own for lines and returns. Unlike `sys.monitoring` it doesn't say how a frame is left: whether a 'return'
event is a return, a yield or an exception passing through is read off the instruction that the frame stopped at.
"""
import sys
from _thread import get_ident
from marshal import dumps

import _ct_opcodes as opcode

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_code import COPIES_FOR_TRACERS, is_fragile
from _ct_exceptions_later import ExceptionsLater
from _ct_gate import ENTERS, WAITS
from _ct_guard import AGAIN, of_program
from _ct_later import unless_refused
from _ct_output import unlink_hook_frames
from _ct_packed import END, LEAVING, PACKED_RETURN, PACKED_YIELD, OutOfRange, Struct
from _ct_ring import discard
from _ct_system import is_taken_apart, loaded
from _ct_threads import Threads
from _ct_values import LONGEST_RECORD, SHORT_TEXT, FunctionType, is_exit

CALL, RESUME, RETURN, YIELD, UNWIND, THROW = -5, -6, -7, -8, -9, -10
CONFLICT = -14
MOST_LEFT = 10_000  # calls that one record names
CO_SUSPENDS = 0x20 | 0x80 | 0x200  # generator, coroutine, async generator


def is_taken():
    """Whether something that ran earlier (a `.pth` file) is where the agent wants to be."""
    return sys.gettrace() is not None


def _without_check(code):
    """`code`, which does not look for signals as it begins: ahead of its `try`, Ctrl-C would cost the tracer.

    Until 3.10 what begins with a short `try` looks later, by itself. On 3.11 it does if its RESUME has the number of those
    behind a `yield from`.
    """
    at = 0
    while code.co_code[at:at + 2] != bytes((opcode.opmap["RESUME"], 0)):
        at += 2
    return code.replace(co_code=code.co_code[:at + 1] + b"\2" + code.co_code[at + 2:])


def install(ring, gate, codes, capture, swallow, home_thread, child_makers):
    sink, advance = ring.sink, ring.advance
    described, add_code = codes.infos, codes.add
    infos, closed = described, {}  # `infos` is the other one while the gate's window is closed
    relayout, at_entry = capture.relayout, capture.at_entry
    pack_int = Struct(LEAVING).pack
    kept = gate.kept
    unfinished = {}  # threads of `threading` that have not come to their end yet
    over = False  # whether the interpreter is taking itself apart
    settrace, gettrace, getframe, is_finalizing = sys.settrace, sys.gettrace, sys._getframe, sys.is_finalizing
    strip = [False]
    exits = {}  # thread -> whether the latest 'exception' event was of a SystemExit, in code that is no function's
    fresh = {}  # thread -> id of that event's frame, as long as no line has run since

    def write(record):
        data = dumps(record, 2)
        try:
            sink[0](data)
        except ValueError as error:
            if of_program(error):
                raise
            advance(data)

    threads = Threads(write, home_thread)
    handling = {}
    exceptions = ExceptionsLater(write, home_thread, described, handling)
    yields = {opcode.opmap[name] for name in ("YIELD_VALUE", "YIELD_FROM") if name in opcode.opmap}
    # A frame that waits in `yield from` or `await` stands one instruction ahead of it, to run it again (until 3.10).
    delegates = bytes((opcode.opmap["YIELD_FROM"],)) if "YIELD_FROM" in opcode.opmap else None
    return_value, resume_operation = opcode.opmap["RETURN_VALUE"], opcode.opmap.get("RESUME")

    def on_call(frame, event, argument, can_again=True):
        try:
            pass  # see _without_check
        except BaseException as error:
            held = swallow(error)
            if not held:
                raise
        try:
            code = frame.f_code
            info = infos.get(id(code))
            if info is None:
                if sink[0] is discard:
                    if gettrace() is on_call:  # another thread ended the recording
                        settrace(None)
                    return None
                name = code.co_name
                if name in special and special[name][0] in code.co_filename:
                    special[name][1]()
                known = kept.get(id(code))
                if known is not None:
                    answer = known.answer
                    if answer[1] or answer is WAITS and infos is closed:
                        return None
                processed, _, transition, _ = gate.answer(code, frame)
                if not processed or COPIES_FOR_TRACERS and is_fragile(code):
                    return None
                info = described.get(id(code)) or add_code(code, frame, transition == ENTERS)
            if info.watched:
                at_entry(info, frame)
            write((RESUME if is_resumed(code, frame, info) else CALL, info.id, get_ident() - home_thread, None))
            if info.tracer is None:
                info.tracer = tracer(info)
            return info.tracer
        except BaseException as error:
            held = swallow(error, can_again)
            if not held:
                raise
            if held is AGAIN:
                return on_call(frame, event, argument, False)

    def on_first_call(frame, event, argument):
        """What `threading` has its threads traced by, until the first event of each: the call of `run`.

        A thread that loses its tracer is one that never comes to the end of that call.
        """
        try:
            thread = get_ident()
            threads.begun(frame.f_back)
            if thread in unfinished:
                lose(thread)
            settrace(on_call)
            local, unfinished[thread] = on_call(frame, event, argument), None

            def until_end(frame, event, argument):
                if event == "return":
                    unfinished.pop(thread, None)
                if local is not None:
                    local(frame, event, argument)
                return until_end

            frame.f_trace_lines = local is not None
            return until_end
        except BaseException as error:
            held = swallow(error)
            if not held:
                raise

    def is_resumed(code, frame, info):
        if not code.co_flags & CO_SUSPENDS:
            return False
        last = frame.f_lasti
        if resume_operation is None:
            return last >= 0
        # 3.11: the RESUME at the start of the body has 0 as its argument, those behind a yield or await have not.
        return last >= 0 and not (info.opcodes[last] == resume_operation and info.opcodes[last + 1] == 0)

    def tracer(info):
        """What is to be `info.tracer`. It names itself by that alone: the two go with the code object."""
        lines, identifier, operations, code_id = info.lines, get_ident, info.opcodes, info.id

        def on_event(frame, event, argument, can_again=True):
            try:
                pass  # see _without_check
            except BaseException as error:
                held = swallow(error)
                if not held:
                    raise
            try:
                if event == "line":
                    if fresh:
                        fresh.pop(identifier() - home_thread, None)
                    if handling and id(frame) in handling:
                        exceptions.follow(info, frame, frame.f_lasti)
                    line = frame.f_lineno
                    try:
                        tell, way = lines[line]
                    except KeyError as error:
                        if of_program(error):
                            raise
                        tell = way = None
                    if tell is not None:
                        told = tell(frame)
                        if told:
                            return info.tracer
                        if told is None:
                            way = None
                    bound = frame.f_locals if info.is_function or not info.reads_frame else {}
                    if way is None and info.way is not None and bound is frame.f_globals:
                        way = info.way
                    try:
                        if way is None:
                            raise KeyError
                        count, take, take_globals, layout, absent, tries = way
                        # Namespaces given to `exec` and class bodies may have methods of the program's own.
                        if not info.is_function and type(bound) is not dict:
                            raise KeyError
                        if len(bound) != count:
                            raise KeyError
                        values = take(bound)
                        if take_globals is not None or absent:
                            shared = frame.f_globals
                            if type(shared) is not dict:
                                raise KeyError
                            if take_globals is not None:
                                values += take_globals(shared)
                            for name in absent:
                                if name in shared:
                                    raise KeyError
                    except KeyError as error:
                        if of_program(error):
                            raise
                        layout, values = relayout(info, line, frame, bound)
                        tries = 0
                    for value in values:
                        kind = type(value)
                        if kind is int or value is None or kind is float or kind is bool:
                            continue
                        if kind is str and len(value) < SHORT_TEXT:
                            continue
                        shown = info.encode_all(values)
                        if shown is None:
                            shown = info.briefly(values)
                        data = dumps((layout, line, identifier() - home_thread, *shown, None), 2)
                        if tries:
                            capture.pack_kept(info, line, frame, way, values, shown)
                        break
                    else:
                        data = dumps((layout, line, identifier() - home_thread, *values, None), 2)
                        if tries:
                            capture.pack(info, line, frame, way, values)
                    if len(data) > LONGEST_RECORD:
                        data = dumps((layout, line, identifier() - home_thread, *info.briefly(values), None), 2)
                    try:
                        sink[0](data)
                    except ValueError as error:
                        if of_program(error):
                            raise
                        advance(data)
                    return info.tracer
                thread = identifier() - home_thread
                if event == "exception":
                    if strip[0]:
                        strip[0] = False
                        unlink_hook_frames(argument[2])
                    fresh[thread] = id(frame)
                    exceptions.raised(info, frame, frame.f_lasti, argument[1], argument[2])
                    if not info.is_function:
                        exits[thread] = is_exit(argument[1])
                    return info.tracer
                # The frame is left, one way or another. Frames keep their local tracers when the program sets its own.
                if gettrace() is not on_call:
                    check_tracer()
                last = frame.f_lasti
                operation = operations[last] if last >= 0 else None
                if operation == return_value:
                    kind = RETURN
                elif (operation in yields or operations[last + 2:last + 3] == delegates) and (
                    argument is not None or fresh.get(thread) != id(frame)
                ):
                    kind = YIELD
                else:
                    kind = UNWIND
                if handling and kind != UNWIND and id(frame) in handling:
                    (exceptions.returned if kind == RETURN else exceptions.follow)(info, frame, last)
                data = None
                if kind == UNWIND:
                    value = exceptions.left(info, frame, last, None)
                    if not info.is_function and exits.get(thread):
                        write((UNWIND, code_id, thread, value, True, None))
                        return info.tracer
                elif info.hidden_return is not None:
                    value = info.hidden_return
                elif type(argument) is int:
                    try:
                        data = pack_int(PACKED_RETURN if kind == RETURN else PACKED_YIELD, code_id, thread, argument, END)
                    except OutOfRange:
                        value = info.encode(argument)
                elif argument is None or type(argument) is bool:
                    value = argument
                else:
                    value = info.encode(argument)
                if data is None:
                    data = dumps((kind, code_id, thread, value, None), 2)
                    if len(data) > LONGEST_RECORD:
                        data = dumps((kind, code_id, thread, *info.briefly((argument,)), None), 2)
                try:
                    sink[0](data)
                except ValueError as error:
                    if of_program(error):
                        raise
                    advance(data)
                return info.tracer
            except BaseException as error:
                held = swallow(error, can_again)
                if not held:
                    raise
                if held is AGAIN:
                    return info.tracer(frame, event, argument, False)
                return info.tracer

        return then_leave(info, on_event) if info.activates else on_event

    def at_entry_of_file(info, frame):
        if info.activates:
            gate.enter(frame, get_ident())
        if info.globals:
            capture.at_entry(info, frame)

    def then_leave(info, on_event):
        """As `on_event`, and the window closes behind the last frame of the activation file."""
        def on_event_of_file(frame, event, argument, can_again=True):
            if not can_again:
                return on_event(frame, event, argument, False)
            try:
                if event == "exception" and get_ident() not in gate.holders:
                    # Thrown into a generator: 3.11 has no 'call' event for it.
                    gate.enter(frame, get_ident())
                    write((THROW, info.id, get_ident() - home_thread, None))
                try:
                    on_event(frame, event, argument)
                finally:
                    if event == "return":
                        gate.leave(frame, get_ident())
                return info.tracer
            except BaseException as error:
                held = swallow(error)
                if not held:
                    raise
                return info.tracer

        return on_event_of_file

    def turn(is_open):
        nonlocal infos
        infos = described if is_open else closed

    def follow_threads():
        """Threads that `threading` starts are told to trace themselves; done when the first one is about to start."""
        threading = loaded("threading")
        if threading is not None and threading._trace_hook is None:
            threading.settrace(on_first_call)

    def enter(frame):
        """A frame that runs already when the recording begins: its call is told now, ahead of those inside of it."""
        code = frame.f_code
        info = described.get(id(code))
        if info is None:
            processed, _, transition, _ = gate.answer(code, frame)
            if not processed or COPIES_FOR_TRACERS and is_fragile(code):
                return
            info = add_code(code, frame, transition == ENTERS)
        if info.watched:
            at_entry(info, frame)
        write((CALL, info.id, get_ident() - home_thread, None))
        if info.tracer is None:
            info.tracer = tracer(info)
        frame.f_trace = info.tracer

    def stop():
        if gettrace() is on_call:
            settrace(None)
        # Until 3.9 a frame with a tracer says the line of the latest event, which there is none of any more.
        frame = getframe()
        while frame is not None:
            local = frame.f_trace
            if type(local) is FunctionType and local.__globals__ is globals():
                frame.f_trace = None
            frame = frame.f_back
        threading = loaded("threading")
        if threading is not None and threading._trace_hook is on_first_call:
            threading.settrace(None)

    def check_tracer(_=None):
        """The interpreter drops a tracer that raises, as one must where the stack ends; the program may set its own.

        Called when the program writes or flushes, when it ends, and when a call that is still traced returns: late,
        but there is no other sign.
        """
        nonlocal over
        if over or sink[0] is discard or get_ident() != home_thread:
            return
        over = is_finalizing()  # what comes after the interpreter's own flush may find no tracer because it ends
        if unfinished and not is_taken_apart():
            alive = loaded("threading")._active
            for thread in [thread for thread in list(unfinished) if thread not in alive]:
                lose(thread)
        current = gettrace()
        if current is on_call:
            return
        if current is None:
            write((CONFLICT, "ERR_TRACE_INCOMPLETE", *calls_left(), None))
            gate.leave_unless_running(getframe(), get_ident())
            settrace(on_call)
        else:
            write((CONFLICT, "ERR_TRACER_INSTALL_CONFLICT", None))

    def calls_left():
        """Code objects of the calls that were told and are still running. The ends of the others were missed."""
        if gate.activation is not None:  # some were told before the window
            return ()
        left, frame = [], getframe()
        while frame is not None:
            local = frame.f_trace
            if type(local) is FunctionType and local.__globals__ is globals():
                left.append(described[id(frame.f_code)].id)
            frame = frame.f_back
        left.reverse()
        return (tuple(left),) if len(left) <= MOST_LEFT else ()

    def lose(thread):
        """`thread` is over and never said so."""
        unfinished.pop(thread, None)
        write((CONFLICT, "ERR_TRACE_INCOMPLETE", None))
        gate.leave_unless_running(None, thread)

    def begin_without_check():
        codes = [_without_check(each) if getattr(each, "co_name", None) == "on_event" else each
                 for each in tracer.__code__.co_consts]
        tracer.__code__ = tracer.__code__.replace(co_consts=tuple(codes))
        on_call.__code__ = _without_check(on_call.__code__)

    def strip_hook_frames():
        strip[0] = True

    if resume_operation is not None:
        unless_refused(begin_without_check)
    if gate.activation is not None:
        gate.on_turn = turn
        turn(False)
        at_entry = at_entry_of_file
    special = {name: (part, ring.count_child) for name, part in child_makers.items()}
    special["start"] = ("threading.py", follow_threads)
    ring.on_detach.append(stop)
    settrace(on_call)
    return strip_hook_frames, check_tracer, enter
