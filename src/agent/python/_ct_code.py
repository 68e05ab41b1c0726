"""Describes code objects to the recorder, once each: names, arguments, columns, and the globals that they name."""
import _ct_opcodes as opcode
import sys
from _io import FileIO
from _weakref import ref
from itertools import count

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_values import ALLOW, HIDDEN, MARK

CO_OPTIMIZED, CO_VARARGS, CO_VARKEYWORDS = 0x1, 0x4, 0x8
CODE, PATH, SOURCE, LAYOUT = -1, -2, -3, -4
NO_KEYS = (), [], []  # nothing is known of a module's
LONGEST_SOURCE, SOURCE_PIECE = 4 << 20, 64 << 10  # bytes

_LOADS = {
    opcode.opmap[name]
    for name in ("LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS") if name in opcode.opmap
}
_NAME_LOADS = {opcode.opmap["LOAD_NAME"]}
_LOAD_GLOBAL, _EXTENDED_ARG = opcode.opmap["LOAD_GLOBAL"], opcode.opmap["EXTENDED_ARG"]
_HAS_LINES = sys.version_info >= (3, 10)  # co_lines
_HALVED = sys.version_info >= (3, 11)  # LOAD_GLOBAL keeps a flag in its lowest bit


class CodeInfo:
    """What the agent keeps of a code object that is recorded."""

    __slots__ = (
        "id", "lines", "layouts", "globals", "is_function", "reads_frame", "ref", "opcodes", "steady", "parameters",
        "scope", "encoder", "encode", "encode_all", "briefly", "encode_raised", "hidden_return", "activates", "watched",
        "handlers", "tracer", "is_module", "unreadable", "turns",
        "names", "hides", "names_of", "tellers", "starts", "entry", "native", "way", "keys", "pause",
    )


class _Named(ref):
    """A weak reference to a code object, with its qualified name."""

    __slots__ = ("qualname",)


class CodeTable:
    """Assigns ids to code objects and paths, and tells the recorder about each before its id is first used."""

    def __init__(self, emit, start_folder, module_names_from_globals, filter_, encoder):
        self.emit, self.filter, self.encoder = emit, filter_, encoder
        self.infos = {}  # id of a code object -> CodeInfo
        self.natives = {}  # the same -> what the accelerator knows of it
        self.paths = {}
        # Threads meet new code at the same time: numbers come from counters that one C call moves on.
        self.next_code, self.next_path = count().__next__, count().__next__
        self.start_folder = start_folder
        self.module_names_from_globals = module_names_from_globals
        self.qualnames = {}  # until 3.10: id of a code object -> _Named

    def add(self, code, frame, activates):
        """Registers `code`, which is recorded in `frame` for the first time. `activates`: it is of the activation file."""
        info = CodeInfo()
        info.id = self.next_code()
        info.lines, info.layouts, info.names_of, info.tellers = {}, {}, {}, {}
        info.is_function = bool(code.co_flags & CO_OPTIMIZED)
        info.globals = _global_names(code, info.is_function)
        info.activates = activates
        info.watched = activates or bool(info.globals)  # whether there is something to do when it is entered
        info.steady = None
        # Of a function: it may hold the dict of `f_locals` itself. Else: its namespace must not be looked at.
        info.reads_frame = is_fragile(code) or info.is_function and not _LOCALS_READERS.isdisjoint(code.co_names)
        info.opcodes = code.co_code
        info.handlers = info.unreadable = info.turns = ()  # not looked at yet
        info.native = None  # of _ct_accelerator
        info.pause = 0  # lines that are too long for the accelerator
        info.starts, info.entry = 0, None  # the second: the line that tells of a call as well
        info.tracer, info.is_module = None, False  # the second: once its locals were its globals
        # Of a module: how its latest line took the variables; all keys it had then, those shown, and the others.
        info.way, info.keys = None, NO_KEYS
        info.names, info.hides = frozenset(code.co_varnames + code.co_cellvars + code.co_freevars), False
        path, has_source = self._path(code)
        parameters = code.co_argcount + code.co_kwonlyargcount
        parameters += bool(code.co_flags & CO_VARARGS) + bool(code.co_flags & CO_VARKEYWORDS)
        info.parameters = arguments = code.co_varnames[:parameters] if info.is_function else ()
        self._follow_filter(info, code, frame)
        name = code.co_name
        if name == "<module>" and not info.is_function:
            module = dict.get(frame.f_globals, "__name__")
            if self.module_names_from_globals and type(module) is str:
                name = "<%s>" % module
            else:
                name = "<%s>" % _stem(code.co_filename)
        else:
            name = self.qualname(code)
        last_line = 0 if has_source else _last_line(code)
        self.emit((CODE, info.id, path, code.co_firstlineno, name, arguments, last_line, _columns(code), None))
        key, infos, natives = id(code), self.infos, self.natives

        def forget(_):
            natives.pop(key, None)
            gone = infos.pop(key, None)
            if gone is not None:
                # Which hold it: a program may collect no garbage, and none sees the accelerator's.
                gone.tracer = None
                gone.lines.clear()

        info.ref = ref(code, forget)
        # Another thread may have been faster; what counts is what the table holds.
        return infos.setdefault(key, info)

    def _follow_filter(self, info, code, frame):
        """How the values of `code` are shown."""
        where = (code.co_filename, dict.get(frame.f_globals, "__name__"), lambda: self.qualname(code))
        info.scope = scope = self.filter.scope(*where)
        info.encoder = encoder = self.encoder.under(scope.attributes)
        info.encode, info.encode_all, info.briefly = encoder.value, encoder.values, encoder.briefly
        action = scope.returned(self.filter.object_names(*where))
        info.hidden_return = None if action == ALLOW else (MARK, HIDDEN, action)
        # An exception has no name that a pattern could mean: it is shown where values without a name are.
        info.encode_raised = encoder.raised if scope.default == ALLOW else encoder.type_of_exception

    def qualname(self, code):
        """`co_qualname`; until 3.10 as far as it is known."""
        if _HALVED:
            return code.co_qualname
        known = self.qualnames.get(id(code))
        return code.co_name if known is None else known.qualname

    def learn_names(self, code):
        """Takes note of the qualified names of what `code` defines, where the interpreter keeps none."""
        if not _HALVED and id(code) not in self.qualnames:
            self._name_nested(code, "" if code.co_name == "<module>" else _inner_prefix(code.co_name, code))

    def _name_nested(self, code, prefix):
        """What `co_qualname` says from 3.11 on, put together from how code objects are nested."""
        names = self.qualnames
        for constant in code.co_consts:
            if type(constant) is type(code):
                key = id(constant)
                named = _Named(constant, lambda _, key=key: names.pop(key, None))
                named.qualname = prefix + constant.co_name
                names[key] = named
                self._name_nested(constant, _inner_prefix(named.qualname, constant))

    def _path(self, code):
        filename = code.co_filename
        known = self.paths.get(filename)
        if known is not None:
            return known
        path = self.next_path()
        source = self._source(filename)
        self.emit((PATH, path, filename, None))
        for start in range(0, len(source or b""), SOURCE_PIECE):
            self.emit((SOURCE, path, source[start:start + SOURCE_PIECE], None))
        return self.paths.setdefault(filename, (path, source is not None))

    def _source(self, filename):
        """The text of a file as it is now, or None: it is what the recorder needs to place lines and columns."""
        if filename.startswith("<"):
            return None
        try:
            file = FileIO(filename if filename.startswith("/") else self.start_folder + "/" + filename)
        except (OSError, ValueError):
            return None
        try:
            pieces, size = [], 0
            while True:
                piece = file.read(1 << 20)
                if not piece:
                    return b"".join(pieces)
                pieces.append(piece)
                size += len(piece)
                if size > LONGEST_SOURCE:
                    return None
        except OSError:
            return None
        finally:
            file.close()


def is_fragile(code):
    """Whether `f_locals` would change the namespace of a class body, into which it copies cells until 3.12.

    The cell `__class__` is empty until the class stands, and takes a property of that name away; `__classdict__` would
    become an attribute of the class.
    """
    if not COPIES_CELLS or code.co_flags & CO_OPTIMIZED:
        return False
    cells = code.co_cellvars
    return "__classdict__" in cells or "__class__" in cells and "__class__" in code.co_names


COPIES_CELLS = sys.version_info < (3, 13)
COPIES_FOR_TRACERS = sys.version_info < (3, 11)  # it is not `f_locals` alone: the interpreter does it for any tracer
_LOCALS_READERS = frozenset(("locals", "vars", "eval", "exec", "dir"))


def _global_names(code, is_function):
    """The names that `code` itself looks up as globals, in order of first use; attributes are not among them."""
    if not code.co_names:
        return ()
    found, extended = {}, 0
    wanted = _LOADS if is_function else _LOADS | _NAME_LOADS
    instructions = code.co_code
    for at in range(0, len(instructions), 2):
        operation = instructions[at]
        if operation in wanted:
            argument = extended | instructions[at + 1]
            if _HALVED and operation == _LOAD_GLOBAL:
                argument >>= 1
            found[code.co_names[argument]] = None
        extended = (extended | instructions[at + 1]) << 8 if operation == _EXTENDED_ARG else 0
    return tuple(name for name in found if not (name.startswith("__") and name.endswith("__")))


def _columns(code):
    """(line, column, line, column, …): where on its line each line begins to run; columns count UTF-8 bytes from 0."""
    if not _HALVED:
        return ()
    columns, positions = {}, list(code.co_positions())
    for start, _, line in code.co_lines():
        if line and line not in columns and start // 2 < len(positions):
            column = positions[start // 2][2]
            if column is not None:
                columns[line] = column
    flat = []
    for pair in columns.items():
        flat += pair
    return tuple(flat)


def _last_line(code):
    """The highest line of `code` and all that is nested in it, for files whose text can't be had."""
    if _HAS_LINES:
        lines = [line for _, _, line in code.co_lines() if line]
    else:
        line, lines = code.co_firstlineno, [code.co_firstlineno]
        for step in code.co_lnotab[1::2]:
            line += step - 256 if step >= 0x80 else step
            lines.append(line)
    return max([code.co_firstlineno, 1] + lines + [_last_line(c) for c in code.co_consts if type(c) is type(code)])


def _stem(filename):
    """Of a file's name, without its folder and what is behind its last dot."""
    name = filename.rpartition("/")[2]
    stem = name.rpartition(".")[0]
    return stem if stem.strip(".") else name


def _inner_prefix(qualname, code):
    """What the qualified names of what `code` defines begin with."""
    return qualname + (".<locals>." if code.co_flags & CO_OPTIMIZED else ".")
