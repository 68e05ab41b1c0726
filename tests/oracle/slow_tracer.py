"""Runs a Python program as Python would and writes what it does, step by step, as JSON lines.

usage: python slow_tracer.py OUT.jsonl PROGRAM [ARG…]      PROGRAM: a script, a folder, a zip, or -m MODULE

This is what the recorder's traces are compared with, so it shares nothing with the recorder's agent and prefers the
plain way to the fast one: it looks at every frame at every line and writes each event before the program goes on.
`sys.monitoring` from Python 3.12 on, `sys.settrace` before.

Every line is one object. `e` is the kind of event, `t` the thread (0 is the first one that did anything):
  call, resume  n: qualified name (just the name before 3.11), f: file, l: first line, a: arguments by name (call only)
  line          f, l: file and line, v: local variables (null where nobody may look), g: globals that the code names
  return, yield v: the value
  unwind        x: name of the exception's type; "?" where the interpreter doesn't say it again, as after `finally`
A value is [type name, content] where its kind has a content here (see `describe`), else [type name]. A content that
goes on beyond what is looked at ends in ["…"].
"""

import dis
import gc
import itertools
import json
import os
import runpy
import sys
import threading
import types

OWN_FILE = os.path.abspath(__file__)
LIBRARY = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
GENERATOR_LIKE = 0x20 | 0x80 | 0x200  # generators, coroutines, asynchronous generators
OPTIMIZED = 0x1  # function code; what module and class bodies lack
VARARGS, VARKEYWORDS = 0x4, 0x8
DEEPEST, MOST_ITEMS, LONGEST_TEXT = 5, 60, 500
MORE = ["…"]

type_name = type.__dict__["__name__"].__get__
mro = type.__dict__["__mro__"].__get__
CODE_LIKE = (types.FunctionType, types.BuiltinFunctionType, types.ModuleType)


def describe(value, depth=DEEPEST):
    """A value in JSON's terms. Only exact types are looked into, so that no code of the program runs."""
    kind = type(value)
    if kind.__name__ == "async_generator_wrapped_value":
        wrapped = gc.get_referents(value)
        if len(wrapped) == 1:
            return describe(wrapped[0], depth)
    if is_class(kind):
        return ["type"]  # whatever its metaclass
    name = type_name(kind)
    if value is None:
        return [name]
    if kind is bool or kind is float:
        return [name, repr(value)]
    if kind is int:
        # Beyond this size decimal conversion is limited by the interpreter itself.
        return [name, repr(value)] if value.bit_length() < 4096 else [name, MORE]
    if kind is str:
        return [name, value] if len(value) <= LONGEST_TEXT else [name, value[:LONGEST_TEXT], MORE]
    if kind is list or kind is tuple:
        if depth == 0:
            return [name, MORE]
        items = [describe(item, depth - 1) for item in value[:MOST_ITEMS]]
        return [name, items + [MORE] if len(value) > MOST_ITEMS else items]
    if kind is dict:
        if depth == 0:
            return [name, MORE]
        items = []
        for number, (key, item) in enumerate(list(value.items())):
            if number == MOST_ITEMS:
                items.append(MORE)
                break
            items.append([describe(key, depth - 1), describe(item, depth - 1)])
        return [name, items]
    return [name]


def is_class(kind):
    """Whether values of this type are classes."""
    return type in (mro(kind) or ())  # a type that the interpreter keeps to itself may have none


def is_dunder(name):
    return name[:2] == "__" and name[-2:] == "__"


class Oracle:
    def __init__(self, path):
        self.out = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        # Children of the program that are made by fork must not write into their parent's file.
        self.process = os.getpid()
        # Not by ident: the system gives that of a finished thread to the next one.
        self.local = threading.local()
        self.thread_numbers = itertools.count()
        self.decisions = {}
        self.named, self.unreadable = {}, {}
        self.stopped = False

    def write(self, event):
        if self.stopped or os.getpid() != self.process:
            return
        number = getattr(self.local, "number", None)
        if number is None:
            number = self.local.number = next(self.thread_numbers)
        event["t"] = number
        os.write(self.out, json.dumps(event, separators=(",", ":")).encode() + b"\n")

    def stop(self):
        """What runs later, while the interpreter is taken apart, is no part of the comparison."""
        self.stopped = True

    def wanted(self, frame):
        """Whether this frame's code is the program's: anything that is not the standard library's."""
        code = frame.f_code
        known = self.decisions.get(id(code))
        if known is None:
            # The code object is kept, so that its id stays its own.
            known = self.decisions[id(code)] = (self.decide(frame), code)
        return known[0]

    def decide(self, frame):
        filename = frame.f_code.co_filename
        if filename == "<string>":
            # Text that is run belongs to who runs it, with all that it defines: data classes and named tuples are
            # made in this way.
            mine = frame.f_back is not None and self.wanted(frame.f_back)
            inner = [] if mine else list(frame.f_code.co_consts)
            while inner:
                constant = inner.pop()
                if isinstance(constant, type(frame.f_code)):
                    self.decisions[id(constant)] = (False, constant)
                    inner += constant.co_consts
            return mine
        if filename.startswith("<frozen "):
            return False
        path = os.path.abspath(filename)
        if path == OWN_FILE:
            return False
        if path.startswith(LIBRARY):
            return os.sep + "site-packages" + os.sep in path
        return True

    def name(self, frame):
        code = frame.f_code
        if code.co_name == "<module>" and not code.co_flags & OPTIMIZED:
            # Text may be run with globals of its own, which need not have a name.
            return "<%s>" % frame.f_globals.get("__name__", "?")
        return getattr(code, "co_qualname", code.co_name)

    def names_of(self, code):
        """The names that the code looks up beyond its locals: those of globals, not those of attributes."""
        known = self.named.get(id(code))
        if known is None:
            names = []
            for instruction in dis.get_instructions(code):
                if instruction.opname in ("LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL", "LOAD_NAME",
                                          "LOAD_FROM_DICT_OR_GLOBALS"):
                    if instruction.argval not in names and not is_dunder(instruction.argval):
                        names.append(instruction.argval)
            known = self.named[id(code)] = (names, code)
        return known[0]

    # -- the events

    def entered(self, frame, resumed):
        code = frame.f_code
        event = {"e": "resume" if resumed else "call", "n": self.name(frame), "f": code.co_filename,
                 "l": code.co_firstlineno}
        if not resumed:
            arguments = {}
            if code.co_flags & OPTIMIZED:
                count = code.co_argcount + code.co_kwonlyargcount
                count += bool(code.co_flags & VARARGS) + bool(code.co_flags & VARKEYWORDS)
                values = frame.f_locals
                for name in code.co_varnames[:count]:
                    if name in values and not name.startswith("."):
                        arguments[name] = describe(values[name])
            event["a"] = arguments
        self.write(event)

    def is_unreadable(self, code):
        """Whether `f_locals` may crash: in 3.13.0 and 3.13.1, where a comprehension binds a name of a closure's. Or change
        what runs: on 3.11 and 3.12, where it copies such cells over the namespace of a class body."""
        if (3, 11) <= sys.version_info < (3, 13) and not code.co_flags & OPTIMIZED:
            cells = code.co_cellvars
            return "__classdict__" in cells or "__class__" in cells and "__class__" in code.co_names
        if not (3, 13) <= sys.version_info < (3, 13, 2):
            return False
        known = self.unreadable.get(id(code))
        if known is None:
            closures = {*code.co_cellvars, *code.co_freevars}
            found = any(
                instruction.opname == "LOAD_FAST_AND_CLEAR" and instruction.argval in closures
                for instruction in dis.get_instructions(code)
            )
            known = self.unreadable[id(code)] = (found, code)
        return known[0]

    def line(self, frame, number):
        code = frame.f_code
        if self.is_unreadable(code):
            self.write({"e": "line", "f": code.co_filename, "l": number, "v": None})
            return
        is_function = code.co_flags & OPTIMIZED
        found = frame.f_locals
        if isinstance(found, dict):
            found = dict(dict.items(found))  # a class body's namespace may have methods of its own
        else:
            found = dict(found) if type(found).__module__ == "builtins" else {}  # inner variables of a name come first
        values = {}
        for name, value in found.items():
            if type(name) is str and not name.startswith(".") and (is_function or not is_dunder(name)):
                values[name] = describe(value)
        shared = {}
        # Inside a comprehension that is part of a module's code only its own variables are told, from 3.13 on.
        in_module = code.co_name == "<module>" and not isinstance(frame.f_locals, dict)
        if in_module:
            for name, value in list(frame.f_globals.items()):
                if type(name) is str and not is_dunder(name) and name not in values:
                    shared[name] = describe(value)
        elif frame.f_locals is not frame.f_globals:
            for name in self.names_of(code):
                if name in frame.f_globals and name not in values:
                    value = frame.f_globals[name]
                    # What the program is made of is left out, what it works on is not.
                    if type(value) not in CODE_LIKE and not is_class(type(value)):
                        shared[name] = describe(value)
        self.write({"e": "line", "f": code.co_filename, "l": number, "v": values, "g": shared})

    def left(self, how, value):
        self.write({"e": how, "v": describe(value)})

    def unwound(self, kind):
        self.write({"e": "unwind", "x": "?" if kind is None else type_name(kind)})


class BySettrace:
    """For 3.8 to 3.11, where leaving by a value and leaving by an exception look the same."""

    def __init__(self, oracle):
        self.oracle = oracle
        self.raised = {}
        self.resumed_at = {}
        # Frames that are running as far as was said. One that awaits is resumed without a word, when what was thrown
        # in was caught further inside.
        self.running = {}

    def start(self):
        threading.settrace(self.on_call)
        sys.settrace(self.on_call)

    def on_call(self, frame, event, _):
        if event != "call" or not self.oracle.wanted(frame):
            return None
        self.raised.pop(id(frame), None)
        self.resumed_at[id(frame)] = frame.f_lasti
        self.running[id(frame)] = frame
        self.oracle.entered(frame, self.is_resumed(frame))
        return self.on_event

    @staticmethod
    def is_resumed(frame):
        code = frame.f_code
        if not code.co_flags & GENERATOR_LIKE or frame.f_lasti < 0:
            return False
        operation = dis.opname[code.co_code[frame.f_lasti]]
        # From 3.11 on the start has an instruction of its own, with 0 where a resumption has what it resumes.
        return not (operation == "RESUME" and code.co_code[frame.f_lasti + 1] == 0)

    def on_event(self, frame, event, argument):
        if event == "line":
            self.raised.pop(id(frame), None)
            if id(frame) not in self.running:
                self.running[id(frame)] = frame
                self.oracle.entered(frame, True)
            self.oracle.line(frame, frame.f_lineno)
        elif event == "exception":
            self.raised[id(frame)] = argument[0]
        elif event == "return":
            raised = self.raised.pop(id(frame), None)
            if self.running.pop(id(frame), None) is None:
                return self.on_event
            thrown_in = raised is not None and self.resumed_at.pop(id(frame), None) == frame.f_lasti
            how = self.how_left(frame, argument, thrown_in)
            if how == "unwind":
                self.oracle.unwound(raised)
            else:
                self.oracle.left(how, argument)
        return self.on_event

    @staticmethod
    def how_left(frame, value, thrown_in):
        instructions, at = frame.f_code.co_code, frame.f_lasti
        operation = dis.opname[instructions[at]]
        following = dis.opname[instructions[at + 2]] if at + 2 < len(instructions) else ""
        if operation == "RETURN_VALUE":
            return "return"
        if value is not None:
            return "yield"
        if operation == "YIELD_VALUE" or following == "YIELD_FROM":
            # It stands there too when an exception was thrown in and nothing caught it.
            return "unwind" if thrown_in else "yield"
        return "unwind"


class ByMonitoring:
    """For 3.12 and later."""

    TOOL = 4

    def __init__(self, oracle):
        self.oracle = oracle

    def start(self):
        monitoring = sys.monitoring
        events = monitoring.events
        monitoring.use_tool_id(self.TOOL, "oracle")
        handlers = {
            events.PY_START: lambda frame, offset: self.oracle.entered(frame, False),
            events.PY_RESUME: lambda frame, offset: self.oracle.entered(frame, True),
            events.PY_THROW: lambda frame, offset, error: self.oracle.entered(frame, True),
            events.LINE: self.oracle.line,
            events.JUMP: self.jumped,
            events.PY_RETURN: lambda frame, offset, value: self.oracle.left("return", value),
            events.PY_YIELD: lambda frame, offset, value: self.oracle.left("yield", value),
            events.PY_UNWIND: lambda frame, offset, error: self.oracle.unwound(type(error)),
        }
        can_be_disabled = ~(events.PY_THROW | events.PY_UNWIND)
        for event, handler in handlers.items():
            answer = monitoring.DISABLE if event & can_be_disabled else None
            monitoring.register_callback(self.TOOL, event, self.callback(handler, answer))
        monitoring.set_events(self.TOOL, sum(handlers))

    def jumped(self, frame, offset, target):
        """As `sys.settrace` has it: a jump back within a line is that line again."""
        lines = {at: line for start, end, line in frame.f_code.co_lines() for at in range(start, end, 2)}
        if target <= offset and lines[offset] is not None and lines[offset] == lines[target]:
            self.oracle.line(frame, lines[offset])

    def callback(self, handler, when_refused):
        def on_event(code, *arguments):
            frame = sys._getframe(1)
            if not self.oracle.wanted(frame):
                return when_refused
            handler(frame, *arguments)
            return None

        return on_event


def main():
    import atexit

    out, program = sys.argv[1:3]
    oracle = Oracle(out)
    atexit.register(oracle.stop)  # the first to be registered is the last to be called
    tracer = ByMonitoring(oracle) if sys.version_info >= (3, 12) else BySettrace(oracle)
    module = types.ModuleType("__main__")
    module.__dict__["__builtins__"] = sys.modules["builtins"]
    sys.modules["__main__"] = module
    if program == "-m":
        name = sys.argv[3]
        sys.argv[:] = sys.argv[3:]
        sys.path[0] = os.getcwd()
        tracer.start()
        runpy._run_module_as_main(name)
        return
    sys.argv[:] = sys.argv[2:]
    if os.path.isdir(program) or program.endswith((".zip", ".pyz")):
        sys.path[0] = program
        tracer.start()
        runpy._run_module_as_main("__main__", False)
        return
    sys.path[0] = os.path.dirname(os.path.realpath(program))
    with open(program, "rb") as file:
        code = compile(file.read(), program, "exec", dont_inherit=True)
    module.__file__ = program
    module.__annotations__ = {}
    module.__cached__ = None
    tracer.start()
    exec(code, module.__dict__)


if __name__ == "__main__":
    main()
