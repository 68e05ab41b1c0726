"""Observes the program by `sys.monitoring` (Python 3.12 and later).

Only PY_START and PY_RESUME are on for all code, and return DISABLE for what is not recorded; lines, returns and yields
are switched on per code object. PY_RESUME is, because what goes on may have begun before the recording or outside of its
window. PY_UNWIND and PY_THROW exist for all code at once, so they look the code object up first. A jump back within a line
begins another turn of a loop, for which no LINE comes: where code has one, JUMP is on for it as well.
Where functions that are called often always begin with the same line, that line tells of the call, and PY_START is
switched off.

While the gate's window is closed the table that they look into is an empty one. Where it stays closed for long, what
comes then is switched off, location by location, and all at once on again when the window opens; code of the
activation file stays on.
"""
import sys
from _thread import get_ident
from itertools import count
from marshal import dumps
from sys import _getframe

import _ct_opcodes as opcode
from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_capture import FrameLocalsProxy
from _ct_first_line import HOT
from _ct_guard import AGAIN, OWN_FOLDER, of_program
from _ct_later import Later, unless_refused
from _ct_packed import (
    END, LEAVING, LEAVING_NONE, PACKED_RETURN, PACKED_RETURN_NONE, PACKED_YIELD, PACKED_YIELD_NONE, OutOfRange, Struct,
)
from _ct_system import is_taken_apart
from _ct_values import LONGEST_RECORD, SHORT_TEXT, is_exit

CALL, RESUME, RETURN, YIELD, UNWIND, THROW = -5, -6, -7, -8, -9, -10
CONFLICT = -14
TOOL, NAME = 4, "codetracer"  # 0 to 2 belong to debuggers, coverage and profilers, 5 to optimisers
# To a dict of `f_locals` that nobody else has: the frame's, the callback's, and that of the call that counts.
OWN_REFERENCES = 3
NOT_NOTED = b"\0"  # that a frame's `f_locals` was asked for
# Events while the window is closed, before locations are switched off: switching them on again means that the
# interpreter looks at all code again, which must be rarer than that.
PATIENCE = 2000
BUSY = 200  # lines told in general, from which on the accelerator is worth its loading
_RESUME, _AFTER_YIELD_FROM = opcode.opmap.get("RESUME"), 2  # only with less the interpreter looks for signals there
_JUMP_BACKWARD, _EXTENDED_ARG = opcode.opmap.get("JUMP_BACKWARD"), opcode.opmap["EXTENDED_ARG"]


def is_taken():
    """Whether something that ran earlier (a `.pth` file) is where the agent wants to be."""
    return sys.monitoring.get_tool(TOOL) is not None


def install(ring, gate, codes, capture, swallow, home_thread, child_makers):
    # Callbacks call `swallow` within a `try`: at the end of the stack there may be no room for that call either, and what
    # it raised would leave the callback, with the agent's own error as what was being handled, instead of the program's.
    monitoring = sys.monitoring
    events, DISABLE = monitoring.events, monitoring.DISABLE
    sink, advance = ring.sink, ring.advance
    described, add_code = codes.infos, codes.add
    infos, closed = described, {}
    # The code that told something last, which is mostly the next as well: finding it by its id takes longer. Not where
    # the window may close between finding it and keeping it.
    latest, keeps_latest = (None, None), gate.activation is None
    pack_int, pack_none = Struct(LEAVING).pack, Struct(LEAVING_NONE).pack
    patience, looks = PATIENCE, count(1)
    relayout, at_entry = capture.relayout, capture.at_entry
    kept = gate.kept
    # On 3.12 a frame keeps the dict that `f_locals` fills, and with it what the variables held until then. Whoever asks
    # for it gets it filled again. But the frame notes as well that it was asked for, and behind the program's own trace or
    # profile function, one in Python, the interpreter writes the dict back into the variables: those of a comprehension in
    # a module or class are not in it, and became None. So that note is taken back (`forgets`).
    clears, getrefcount = FrameLocalsProxy is dict, sys.getrefcount
    forgets, memory, noted = False, None, 0
    if clears:
        from _ct_frame_note import NOTED, find_memory

        memory, noted = find_memory(), NOTED
        forgets = memory is not None
    LOCAL_EVENTS = events.LINE | events.PY_START | events.PY_RESUME | events.PY_RETURN | events.PY_YIELD

    def write(record):
        data = dumps(record, 2)
        try:
            sink[0](data)
        except ValueError as error:
            if of_program(error):
                raise
            advance(data)

    def observe(code, frame, activates):
        """Describes `code`, which is recorded in `frame` for the first time, and switches its events on."""
        hidden, turns = unreadable(code), _turns(code)  # ahead of the rest: they may fail, for want of memory
        info = add_code(code, frame, activates)
        info.turns = turns
        if hidden:
            info.unreadable, info.reads_frame = hidden, True
        monitoring.set_local_events(TOOL, code, LOCAL_EVENTS | events.JUMP if turns else LOCAL_EVENTS)
        return info

    def on_start(code, offset, depth=1):
        try:
            info = infos.get(id(code))
            if info is None:
                if code.co_name in special and special[code.co_name][0] in code.co_filename and sink[0] is not discard:
                    special[code.co_name][1]()
                    return None
                info, answer = meet(code, _getframe(depth))
                if info is None:
                    return answer
            if info.watched:
                at_entry(info, _getframe(depth))
            data = dumps((CALL, info.id, get_ident() - home_thread, None), 2)
            try:
                sink[0](data)
            except ValueError as error:
                if of_program(error):
                    raise
                advance(data)
            if info.starts < HOT:
                info.starts += 1
                return None
            if info.starts == HOT:
                info.starts += 1
                if keeps_latest:
                    capture.let_lines_enter(info, code)
                if info.native is not None:
                    capture.settle(info)
            return None if info.entry is None else DISABLE
        except BaseException as error:
            try:
                held = swallow(error, depth == 1)
            except RecursionError:
                held = type(error) is RecursionError
            if not held:
                raise
            if held is AGAIN:
                return on_start(code, offset, 2)

    def on_resume(code, offset):
        try:
            info = infos.get(id(code))
            if info is None:
                info, answer = meet(code, _getframe(1))
                if info is None:
                    return answer
            if info.watched:
                at_entry(info, _getframe(1))
            write((RESUME, info.id, get_ident() - home_thread, None))
        except BaseException as error:
            try:
                held = swallow(error)
            except RecursionError:
                held = type(error) is RecursionError
            if not held:
                raise

    def meet(code, frame):
        """The CodeInfo of `code`, which runs in `frame` and is not in `infos`; or None, and what is to be answered."""
        if sink[0] is discard:
            return None, DISABLE
        if infos is closed:
            known = kept.get(id(code))
            if known is not None and known.answer is WAITS:
                return None, not_recorded()
        processed, switched_off, transition, _ = gate.answer(code, frame)
        if not processed:
            return None, DISABLE if switched_off else None
        return described.get(id(code)) or observe(code, frame, transition == ENTERS), None

    def found(code):
        """The CodeInfo of `code`, which is kept for the next event; None where nothing is told of it now."""
        nonlocal latest
        info = infos.get(id(code))
        if info is not None and keeps_latest:
            latest = (code, info)
        return info

    def on_line(code, line, depth=1, first=True):
        # Few variables, its own and those around: each costs time as the frame is made and left.
        try:
            known_code, info = latest
            if known_code is not code:
                info = found(code)
                if info is None:
                    return not_recorded()
            frame = _getframe(depth)
            if handling and id(frame) in handling:
                exceptions.follow(info, frame, frame.f_lasti)
            try:
                tell, way = info.lines[line]
            except KeyError as error:
                if of_program(error):
                    raise
                tell = way = None
            if tell is not None:
                told = tell(frame)
                if told:
                    if forgets:
                        memory[id(frame) + noted] = NOT_NOTED
                    return None
                if told is None:
                    way = None
            tell_in_general(info, line, frame, way)
            if forgets:
                memory[id(frame) + noted] = NOT_NOTED
        except BaseException as error:
            if forgets:
                memory[id(_getframe(depth)) + noted] = NOT_NOTED
            try:
                held = swallow(error, first)
            except RecursionError:
                held = type(error) is RecursionError
            if not held:
                raise
            if held is AGAIN:
                return on_line(code, line, depth + 1, False)
            # There was no room for the line, and it may have been to tell of its call. As few calls as can be.
            try:
                info = described.get(id(code))
                if info is not None and info.entry == line:
                    sink[0](dumps((CALL, info.id, get_ident() - home_thread, None), 2))
            except (MemoryError, RecursionError, ValueError):
                pass

    def tell_in_general(info, line, frame, way):
        """A line, by the `way` that it was told before; None for that if it no longer fits."""
        if not capture.is_busy and next(looks) == BUSY:
            capture.be_busy(described)
        bound = frame.f_locals if not info.reads_frame else locals_apart(frame, info)
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
            is_plain, data = False, None
            if not tries and info.encoder.native is not None and capture.tell(info, layout, line, values):
                break
            shown = info.encode_all(values)
            if shown is None:
                shown = info.briefly(values)
            data = dumps((layout, line, get_ident() - home_thread, *shown, None), 2)
            if tries:
                capture.pack_kept(info, line, frame, way, values, shown)
            break
        else:
            data = dumps((layout, line, get_ident() - home_thread, *values, None), 2)
            is_plain = not info.hides
            if tries:
                capture.pack(info, line, frame, way, values)
        if data is not None:
            if len(data) > LONGEST_RECORD:
                data = dumps((layout, line, get_ident() - home_thread, *info.briefly(values), None), 2)
            try:
                sink[0](data)
            except ValueError as error:
                if of_program(error):
                    raise
                advance(data)
        if clears and not is_plain and info.is_function and getrefcount(bound) == OWN_REFERENCES:
            if bound.keys() <= info.names:  # else the program has left something there
                bound.clear()

    def on_jump(code, offset, target):
        try:
            info = infos.get(id(code))
            if info is None:
                return not_recorded()
            line = info.turns.get(offset)
            if line is None:
                return DISABLE
            on_line(code, line, 2)
        except BaseException as error:
            try:
                held = swallow(error)
            except RecursionError:
                held = type(error) is RecursionError
            if not held:
                return raised_later(error)

    def raised_later(error):
        """What is answered at a jump, out of which the interpreter can't pass on what a signal handler raised."""
        module = raise_later.compiled()
        if module is None:
            raise error
        return module["raise_later"](error)

    def leave(kind, packed_int, packed_none, settle):
        def on_leave(code, offset, value, depth=1, first=True):
            try:
                known_code, info = latest
                if known_code is not code:
                    info = found(code)
                    if info is None:
                        return not_recorded()
                if handling:
                    frame = _getframe(depth)
                    if id(frame) in handling:
                        settle(info, frame, frame.f_lasti)
                shown, data = info.hidden_return, None
                if shown is None:
                    shown, kind_of = value, type(value)
                    if kind_of is int:
                        try:
                            data = pack_int(packed_int, info.id, get_ident() - home_thread, value, END)
                        except OutOfRange:
                            shown = info.encode(value)
                    elif value is None:
                        data = pack_none(packed_none, info.id, get_ident() - home_thread, END)
                    elif kind_of is not bool:
                        shown = info.encode(value)
                if data is None:
                    data = dumps((kind, info.id, get_ident() - home_thread, shown, None), 2)
                    if len(data) > LONGEST_RECORD:
                        data = dumps((kind, info.id, get_ident() - home_thread, *info.briefly((value,)), None), 2)
                try:
                    sink[0](data)
                except ValueError as error:
                    if of_program(error):
                        raise
                    advance(data)
            except BaseException as error:
                try:
                    held = swallow(error, first)
                except RecursionError:
                    held = type(error) is RecursionError
                if not held:
                    raise
                if held is AGAIN:
                    return on_leave(code, offset, value, depth + 1, False)

        return on_leave

    def on_unwind(code, offset, exception, depth=1, first=True):
        try:
            info = infos.get(id(code))
            if info is not None:
                frame = _getframe(depth)
                encoded = exceptions.left(info, frame, frame.f_lasti, exception)
                exits = (True,) if not info.is_function and is_exit(exception) else ()
                write((UNWIND, info.id, get_ident() - home_thread, encoded, *exits, None))
        except BaseException as error:
            try:
                held = swallow(error, first)
            except RecursionError:
                held = type(error) is RecursionError
            if not held:
                raise
            if held is AGAIN:
                return on_unwind(code, offset, exception, depth + 1, False)

    def on_throw(code, offset, exception):
        try:
            info = infos.get(id(code))
            if info is None:
                info, _ = meet(code, _getframe(1))
            if info is not None:
                if info.watched:
                    at_entry(info, _getframe(1))
                write((THROW, info.id, get_ident() - home_thread, None))
        except BaseException as error:
            try:
                held = swallow(error)
            except RecursionError:
                held = type(error) is RecursionError
            if not held:
                raise

    def at_entry_of_file(info, frame):
        if info.activates:
            gate.enter(frame, get_ident())
        if info.globals:
            capture.at_entry(info, frame)

    def then_leave(on_leave):
        """As `on_leave`, and the window closes behind the last frame of the activation file."""
        def on_leave_in_window(code, offset, value):
            try:
                info = infos.get(id(code))
                if info is None:
                    return not_recorded() if on_leave is not on_unwind else None
                if not info.activates:
                    return on_leave(code, offset, value, 2)
                try:
                    on_leave(code, offset, value, 2)
                finally:
                    gate.leave(_getframe(1), get_ident())
            except BaseException as error:
                try:
                    held = swallow(error)
                except RecursionError:
                    held = type(error) is RecursionError
                if not held:
                    raise

        return on_leave_in_window

    def not_recorded():
        """What is answered at a location of code that is not in `infos`.

        Callbacks return it at once: the interpreter lets no other thread in between this function's look at `infos`
        and doing what it says, so nothing is switched off that `turn` has just switched on.
        """
        nonlocal patience
        if infos is not closed:
            return unknown
        patience -= 1
        return None if patience > 0 else DISABLE

    def turn(is_open):
        nonlocal infos, patience
        infos = described if is_open else closed
        if not is_open:
            patience = PATIENCE
        elif patience <= 0:
            monitoring.restart_events()

    def accelerate(accelerator):
        """Has events told by the accelerator, as far as it can."""
        nonlocal latest
        if not keeps_latest or monitoring.get_tool(TOOL) != NAME:
            return
        observer = accelerator.observer(
            described, OWN_FOLDER, handling,
            on_line, on_return, on_yield, on_start, on_resume, on_raise, on_unwind, failed,
        )
        ring.on_detach.append(observer.let_go)
        latest = (None, None)
        quicker = (
            (events.LINE, observer.line), (events.PY_RETURN, observer.leave), (events.PY_YIELD, observer.suspend),
            (events.PY_START, observer.start), (events.PY_RESUME, observer.resume),
            (events.RAISE, observer.fail), (events.PY_UNWIND, observer.unwind),
        )
        unless_refused(lambda: [monitoring.register_callback(TOOL, *each) for each in quicker])

    def failed(error):
        """What came out of the accelerator. Says whether the event is to be told again."""
        try:
            raise error
        except BaseException as error:
            try:
                held = swallow(error, True)
            except RecursionError:
                held = type(error) is RecursionError
            if not held:
                raise
            return held is AGAIN

    def begin_thread():
        threads.begun(_getframe(2))

    def enter(frame):
        """A frame that runs already when the recording begins: its call is told now, ahead of those inside of it."""
        code = frame.f_code
        info = described.get(id(code))
        if info is None:
            processed, _, transition, _ = gate.answer(code, frame)
            if not processed:
                return
            info = observe(code, frame, transition == ENTERS)
        if info.watched:
            at_entry(info, frame)
        write((CALL, info.id, get_ident() - home_thread, None))

    def stop():
        """May be called again: a signal handler's exception may come out of it."""
        nonlocal latest
        latest = (None, None)
        if monitoring.get_tool(TOOL) != NAME:
            return
        try:
            monitoring.set_events(TOOL, 0)
            for info in list(described.values()):
                code = info.ref()
                if code is not None:
                    monitoring.set_local_events(TOOL, code, 0)
            for event in callbacks:
                monitoring.register_callback(TOOL, event, None)
            monitoring.free_tool_id(TOOL)
        except ValueError:
            if monitoring.get_tool(TOOL) == NAME:  # else another thread was faster
                raise

    def on_raise(code, offset, exception, depth=1):
        # Takes the agent's own frames out of tracebacks: those of its hooks on the standard streams, and of callbacks
        # in which a signal handler of the program raised.
        traceback = exception.__traceback__
        if traceback is not None:
            inner = traceback.tb_next
            if inner is not None and inner.tb_frame.f_code.co_filename.startswith(OWN_FOLDER):
                unlink_hook_frames(traceback)
        try:
            info = infos.get(id(code))
            if info is not None:
                exceptions.raised(info, _getframe(depth), offset, exception, traceback)
        except BaseException as error:
            try:
                held = swallow(error, depth == 1)
            except RecursionError:
                held = type(error) is RecursionError
            if not held:
                raise
            if held is AGAIN:
                return on_raise(code, offset, exception, 2)

    from _ct_exceptions_later import ExceptionsLater
    from _ct_gate import ENTERS, WAITS
    from _ct_output import unlink_hook_frames
    from _ct_ring import discard
    from _ct_threads import BOOTSTRAP, Threads

    threads = Threads(write, home_thread)
    # What runs when something begins that events alone don't tell: function name -> part of its file, what to do.
    special = {name: (part, ring.count_child) for name, part in child_makers.items()}
    special[BOOTSTRAP] = ("threading.py", begin_thread)
    unknown = DISABLE
    handling = {}
    exceptions = ExceptionsLater(write, home_thread, described, handling)
    # Not the methods themselves, which would load them.
    on_return = leave(RETURN, PACKED_RETURN, PACKED_RETURN_NONE, lambda *at: exceptions.returned(*at))
    on_yield = leave(YIELD, PACKED_YIELD, PACKED_YIELD_NONE, lambda *at: exceptions.follow(*at))
    leaving = [on_return, on_yield, on_unwind]
    if gate.activation is not None:
        gate.on_turn = turn
        turn(False)
        unknown = None  # the window has just been turned by another thread
        at_entry = at_entry_of_file
        leaving = map(then_leave, leaving)
    on_return, on_yield, on_exception = leaving
    locals_apart, unreadable = _locals_reader(), _unreadable()
    raise_later = Later(["_ct_raise_later"], ["_functools", "_signal", "_thread", "_ct_builtins", "_ct_guard"])
    GLOBAL_EVENTS = events.PY_START | events.PY_RESUME | events.PY_UNWIND | events.PY_THROW | events.RAISE
    callbacks = {
        events.PY_START: on_start,
        events.PY_RESUME: on_resume,
        events.LINE: on_line,
        events.JUMP: _begun_without_signals(on_jump),
        events.PY_RETURN: on_return,
        events.PY_YIELD: on_yield,
        events.PY_UNWIND: on_exception,
        events.PY_THROW: on_throw,
        events.RAISE: on_raise,
    }
    ring.on_detach.append(stop)
    capture.on_accelerated = accelerate
    monitoring.use_tool_id(TOOL, NAME)
    for event, callback in callbacks.items():
        monitoring.register_callback(TOOL, event, callback)
    monitoring.set_events(TOOL, GLOBAL_EVENTS)
    # The callbacks' own PY_START comes, and is switched off, only where they are called by other than an event.
    on_line(on_line.__code__, 0)
    on_return(on_return.__code__, 0, None)
    return lambda: None, None, enter


def _locals_reader():
    """A way to read a function's variables that the function itself can't notice.

    From 3.13 on (PEP 667) `f_locals` is such a way. On 3.12 it writes into the very dict that `locals()` returned
    earlier in that call, so code that names `locals` and its like is read variable by variable, through the C API.
    """
    if FrameLocalsProxy is not dict:
        return lambda frame, info: {} if frame.f_lasti in info.unreadable else frame.f_locals
    reader, module = [], Later(
        ["_ct_pointers", "_ct_variables"],
        ["_frozen_importlib", "_imp", "mmap", "sys", "_ct_builtins", "_ct_later"],
    )

    def read(frame, info):
        if not info.is_function:
            return {}
        if not reader:
            compiled = module.compiled()
            if compiled is None and is_taken_apart():
                raise AttributeError("variables")  # the trace is to say that something is missing
            reader.append(compiled and compiled["variable_reader"]())
        get, code, found = reader[0], frame.f_code, {}
        if get is None:
            return found
        for name in code.co_varnames + code.co_cellvars + code.co_freevars:
            try:
                found[name] = get(frame, name)
            except NameError:  # not bound yet, or no longer
                pass
        return found

    return read


def _unreadable():
    """What says of a code object at which offsets the variables of its frames must not be looked at (_ct_unreadable)."""
    if not (3, 13) <= sys.version_info < (3, 13, 2):
        return lambda code: ()
    module, found, set_aside = Later(["_ct_unreadable"], ["_ct_builtins", "_ct_opcodes"]), [], opcode.opmap["LOAD_FAST_AND_CLEAR"]

    def unreadable(code):
        if not code.co_cellvars and not code.co_freevars or set_aside not in code.co_code:
            return ()
        if not found:
            found.append(module.compiled())
        return range(len(code.co_code)) if found[0] is None else found[0]["unreadable"](code)

    return unreadable


def _begun_without_signals(function):
    """The function, whose first instruction lets no signal handler in: there it could not yet hold what that raises."""
    code = function.__code__
    instructions = bytearray(code.co_code)
    at = 0
    while instructions[at] != _RESUME:
        at += 2
    instructions[at + 1] = _AFTER_YIELD_FROM
    function.__code__ = code.replace(co_code=bytes(instructions))
    return function


def _turns(code):
    """{offset: line} of the jumps back within a line. Most code is dismissed at a glance."""
    jumps, instructions = {}, code.co_code
    at = instructions.find(_JUMP_BACKWARD)
    while at >= 0:
        if at % 2 == 0:  # else the byte is another instruction's argument
            argument, before, shift = instructions[at + 1], at - 2, 8
            while before >= 0 and instructions[before] == _EXTENDED_ARG:
                argument |= instructions[before + 1] << shift
                before, shift = before - 2, shift + 8
            following = at + 2
            while instructions[following:following + 1] == b"\0":  # its inline cache, from 3.13 on
                following += 2
            jumps[at] = following - 2 * argument
        at = instructions.find(_JUMP_BACKWARD, at + 1)
    if not jumps:
        return jumps
    lines, places = {}, sorted({place for jump in jumps.items() for place in jump}, reverse=True)
    for _, end, line in code.co_lines():
        while places and places[-1] < end:
            lines[places.pop()] = line
    turns = {}
    for at, target in jumps.items():
        line = lines.get(at)
        if line is not None and line == lines.get(target):
            turns[at] = line
    return turns
