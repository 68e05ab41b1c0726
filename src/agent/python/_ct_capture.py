"""Takes the variables that are visible at a step: locals, and the globals that the code names and that hold data.

What is bound differs from line to line, but hardly ever for one line: so each line remembers how to take its
variables at C speed, and how to notice that it no longer fits.
"""
import sys
from _operator import is_, itemgetter
from itertools import count

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_code import COPIES_CELLS, COPIES_FOR_TRACERS, LAYOUT, NO_KEYS
from _ct_filter import ARGUMENT, GLOBAL, LOCAL
from _ct_first_line import HOT, entry_line
from _ct_packed import MOST_NAMES, TRIES
from _ct_values import ALLOW, AS_KEPT, HEAP_TYPE, MARK, REDACT, BuiltinType, FunctionType, ModuleType
from _ct_values import _flags_of as flags_of

PAUSE = 16  # lines behind one that the accelerator found too long, before it is asked again
_CODE_LIKE = set(map(id, (FunctionType, BuiltinType, ModuleType, type)))


def _taker(names):
    if not names:
        return lambda mapping: ()
    if len(names) == 1:
        name = names[0]
        return lambda mapping: (mapping[name],)
    return itemgetter(*names)


def _taker_of_first(names, others):
    """Takes `names`, and fails like `_taker` where one of the others is missing."""
    if not others:
        return _taker(names)
    take, number = _taker(names + others), len(names)
    return lambda mapping: take(mapping)[:number]


class _Sorted:
    """Names by what becomes of their values; and how many are redacted and dropped, by kind."""

    def __init__(self, scope):
        self.scope = scope
        self.redacted, self.counts = [], [0] * 6  # local, global, argument redacted; the same dropped

    def totals(self):
        """The counts; empty where nothing is hidden."""
        return tuple(self.counts) if any(self.counts) else ()

    def sort(self, names, kinds):
        """(names that are shown, the others). `kinds` says of a name what it is."""
        shown, others = [], []
        for name in names:
            kind = kinds(name)
            action = self.scope.action(kind, name)
            if action == ALLOW:
                shown.append(name)
                continue
            others.append(name)
            if action == REDACT:
                self.redacted.append(name)
            column = 2 if kind & ARGUMENT else 1 if kind & GLOBAL else 0
            self.counts[column if action == REDACT else column + 3] += 1
        return shown, others

    def sort_alike(self, names, kind):
        """The same where all are of one kind."""
        if self.scope.shows(kind).issuperset(names):
            return names, []
        return self.sort(names, lambda name: kind)


def _names_of_module(info, held):
    """(the names of the variables in `held`, a copy of what a module has, the other names, whether these are all of its keys).

    Mostly it has those that it had at the line before, and a few more behind them.
    """
    keys = list(held)
    before, names, others = info.keys
    known = len(before)
    if known <= len(keys) and all(map(is_, before, keys)):
        names, others = names.copy(), others.copy()
    else:
        names, others, known = [], [], 0
    for name in keys[known:] if known else keys:
        if type(name) is str:
            (others if name.startswith(".") or _is_dunder(name) else names).append(name)
    is_whole = len(names) + len(others) == len(keys)
    info.keys = (keys, names, others) if is_whole else NO_KEYS  # others than plain texts are not for us to hold
    return names, others, is_whole


def _names_of_others(info, held):
    """The same of a function or a class body, which has no other names: they are left out."""
    names = [
        name for name in held
        if type(name) is str and not name.startswith(".") and (info.is_function or not _is_dunder(name))
    ]
    return names, (), info.is_function or all([type(name) is str for name in held])


def _is_dunder(name):
    return name.startswith("__") and name.endswith("__")


class Capture:
    """Builds and remembers layouts: which names, in which order, a step's values stand for."""

    def __init__(self, emit, packer, accelerate):
        self.emit, self.packer = emit, packer
        # Makes an accelerator, or None; called when there is much to tell, and then no more.
        self.accelerate, self.accelerator, self.is_busy = accelerate, None, False
        self.on_accelerated = None  # what is done with it
        self.next_layout = count().__next__  # threads meet new lines at the same time

    def at_entry(self, info, frame):
        """Whether a global that `info`'s code names turned from code into data or back since it was last entered."""
        names = frame.f_globals
        if type(names) is not dict:
            return
        kinds = [id(type(names.get(name, MARK))) for name in info.globals]
        if kinds != info.steady:
            info.steady = kinds
            info.lines.clear()
            if info.native is not None:
                self.settle(info)

    def settle(self, info):
        """Tells the accelerator of which kinds globals are, and whether calls need but be told."""
        steady = None if info.steady is None else tuple(info.steady)
        info.native.settle(steady if info.globals else (), info.starts > HOT and info.entry is None)

    def tell(self, info, layout, line, values):
        """Whether the accelerator has told a line that shows `values`, a tuple; there has to be one."""
        if info.pause:  # mostly the next ones are as long
            info.pause -= 1
            return False
        if self.accelerator.output.tell(info.encoder.native, layout, line, values):
            return True
        info.pause = PAUSE
        return False

    def be_busy(self, infos):
        """There is much to tell: each line is looked at anew, and told by the accelerator if that is possible."""
        if self.accelerate is not None:
            self.is_busy = True
            try:
                for info in list(infos.values()):
                    info.lines.clear()
                    info.way = None
            except MemoryError:  # then lines that are known are told as before
                pass

    def let_lines_enter(self, info, code):
        """Has the first line of each call of `code` tell of the call too, from the next one on, if there is such a line."""
        line = entry_line(code, info.opcodes) if info.is_function else None
        if line in info.lines:  # else it has no LINE event, for all that is known
            info.entry = line
            info.lines.pop(line, None)

    def _watch(self, info, frame, tell):
        """What is to be asked instead of `tell` where a line tells of a call: it does what at_entry does as well."""
        names = frame.f_globals
        if not info.globals or type(names) is not dict:
            return tell
        kinds = [type(names.get(name, MARK)) for name in info.globals]
        if any([flags_of(kind) & HEAP_TYPE for kind in kinds]):

            def watch(frame):
                steady = info.steady
                self.at_entry(info, frame)
                if info.steady is not steady:
                    return None
                return tell is not None and tell(frame)

            return watch
        # Types that live as long as the interpreter may be held.
        (first, first_kind), *others = zip(info.globals, kinds)

        def watch_lasting(frame):
            names = frame.f_globals
            if type(names.get(first, MARK)) is not first_kind:
                return turned(frame)
            if others:
                for name, kind in others:
                    if type(names.get(name, MARK)) is not kind:
                        return turned(frame)
            return tell is not None and tell(frame)

        def turned(frame):
            info.steady = None
            self.at_entry(info, frame)

        return watch_lasting

    def relayout(self, info, line, frame, mapping):
        """(layout id, values) the long way, and a shorter way kept for the next time."""
        kind = type(mapping)
        if kind is dict or kind is FrameLocalsProxy:
            bound = mapping if kind is dict else dict(mapping)
        elif issubclass(kind, dict):
            # The namespace of a class body may be a mapping of the program's own; its methods are not called.
            bound = dict(dict.items(mapping))
        else:
            bound = {}
        is_shared = bound is frame.f_globals
        copies = kind is not dict and not info.is_function and COPIES_CELLS and not COPIES_FOR_TRACERS
        if copies and frame.f_code.co_cellvars and _deletes(kind):
            info.reads_frame = True  # each look has a method of the program's delete the cell `__class__` from it
        if is_shared:
            info.is_module = True
        # A module's variables are other threads' to change as well.
        held = bound if info.is_function else bound.copy()
        # From 3.13 on a frame that is inside an inlined comprehension shows that one's variables alone.
        in_module = kind is FrameLocalsProxy and kind is not dict and info.is_module
        names, unshown, is_whole = (_names_of_module if is_shared else _names_of_others)(info, held)
        if not is_whole:
            # A key of a class of the program's that hashes like a name would be asked whether it is that name.
            held = {name: value for name, value in held.items() if type(name) is str}
        hides = _Sorted(info.scope)
        # A module's variables are its locals as well: not only where both are one dict, which they are not inside of a
        # comprehension (from 3.12 on it has no frame of its own).
        is_module = is_shared or frame.f_code.co_name == "<module>"
        of_module = LOCAL | GLOBAL if is_module and not info.is_function else 0
        if info.is_function:
            names, others = hides.sort(names, lambda name: LOCAL | ARGUMENT if name in info.parameters else LOCAL)
        else:
            names, others = hides.sort_alike(names, of_module or LOCAL)
        if others:
            info.hides = True
        if unshown:
            others = [*others, *unshown]
        take = _taker_of_first(names, others)
        shared, present, absent = frame.f_globals, [], []
        if type(shared) is dict and bound is not shared:
            shared = shared.copy()  # the same
        if in_module:
            # All that the module has, as at its other lines.
            present = [
                name for name in list(shared) if type(name) is str and name not in bound and not _is_dunder(name)
            ]
        elif bound is not shared and type(shared) is dict:
            builtins = frame.f_builtins
            for name in info.globals:
                if name in shared:
                    if name not in bound and not _is_code(shared[name]):
                        present.append(name)
                elif name not in builtins:
                    absent.append(name)
        present, hidden = hides.sort(present, lambda name: of_module or GLOBAL)
        take_globals = _taker_of_first(present, hidden) if present or hidden else None
        enters = line == info.entry
        if enters and info.native is not None:
            self.at_entry(info, frame)
        key = (tuple(names + present), tuple(hides.redacted), hides.totals(), enters)
        layout = info.layouts.get(key)
        if layout is None:
            layout = self.next_layout()
            self.emit((LAYOUT, layout, info.id, *key, None))
            info.names_of[layout] = key[0], enters
            info.layouts[key] = layout
        values = take(held)
        if present:
            values += take_globals(shared)
        if self.is_busy and not info.is_function and info.encoder.native is None and self._has_accelerator():
            self.accelerator.look_for(info.encoder)
        if (kind is dict or kind is FrameLocalsProxy) and not in_module:
            is_bare = info.is_function and not (info.reads_frame or info.hides or absent) and take_globals is None
            tries = TRIES if is_bare and len(held) == len(names) <= MOST_NAMES else 0
            tell = None
            if self.is_busy and info.is_function and not info.reads_frame:
                tell = self._accelerated(info, frame.f_code, line, enters)
                shared_names = tuple(present + hidden)
                if tell is not None and tell.add(
                    layout, tuple(names), tuple(others), shared_names, len(present), tuple(absent),
                ):
                    tries = 0
                else:
                    tell = None
            watch = self._watch(info, frame, None) if enters and tell is None else tell
            known = (watch, (len(held), take, take_globals, layout, tuple(absent), tries))
            if is_shared:
                # Each line of a module runs once, mostly, and shows what the one before it did.
                info.way = known[1] if is_whole and kind is dict else None
            elif enters == (line == info.entry):  # else another thread has just had it tell of calls
                info.lines[line] = known
        return layout, values

    def _has_accelerator(self):
        """Whether there is one; made at the first call."""
        if self.accelerate is not None:
            accelerate, self.accelerate = self.accelerate, None
            self.accelerator = accelerate()
            if self.accelerator is not None:
                self.on_accelerated(self.accelerator)
        return self.accelerator is not None

    def _accelerated(self, info, code, line, enters):
        """What tells `line` by the accelerator; None where there is none."""
        if not self._has_accelerator():
            return None
        before, _ = info.lines.get(line, (None, None))
        if type(before) is self.accelerator.library.Line:
            return before
        made = self.accelerator.line(info, code, line, enters)
        self.settle(info)
        return made

    def pack(self, info, line, frame, way, values):
        """Has `line`, which shows `values` by `way`, told as a packed one from now on, if their types allow it."""
        names, _ = info.names_of[way[3]]
        tell = self.packer.teller(info, line, way[3], names, values)
        self._tell_by(tell, info, line, frame, way, way[5] - 1 if tell is not None else 0)

    def pack_kept(self, info, line, frame, way, values, shown):
        """The same where not all of the `values` are plain, and are sent as `shown`: one may be a container that is kept."""
        places = []
        for place, value in enumerate(values):
            kind = type(value)
            if kind is list or kind is tuple:
                places.append(place)
            elif kind is not int and value is not None and kind is not float and kind is not bool:
                places.clear()
                break
        if len(places) != 1:
            tell, _ = info.lines.get(line, (None, None))
            info.lines[line] = tell, (*way[:5], way[5] - 1)
            return
        known = shown[places[0]]
        if type(known) is not tuple or len(known) != 4 or known[0] is not MARK or known[1] != AS_KEPT:
            return  # it may be later
        names, _ = info.names_of[way[3]]
        tell = self.packer.kept_teller(info, line, way[3], names, values, places[0])
        if tell is not None:
            self._tell_by(tell, info, line, frame, way, way[5] - 1)

    def _tell_by(self, tell, info, line, frame, way, tries):
        """Has `line` told by `tell` from now on, and where that fails by `way`, with so many tries left."""
        _, enters = info.names_of[way[3]]
        way = (*way[:5], tries)
        known = (self._watch(info, frame, tell) if enters else tell, way)
        if enters == (line == info.entry):  # else another thread has just had it tell of calls
            info.lines[line] = known


def count_as_code(cls):
    """Instances of `cls`, which has to live on, stand for functions."""
    _CODE_LIKE.add(id(cls))


def _deletes(kind):
    """Whether a mapping of the type `kind` has a method of its own that deletes keys."""
    for each in type.__dict__["__mro__"].__get__(kind):
        if each is dict:
            return False
        if "__delitem__" in type.__dict__["__dict__"].__get__(each):
            return True
    return True


def _is_code(value):
    """Functions, classes and modules: what a program is made of, not what it works on."""
    kind = type(value)
    return id(kind) in _CODE_LIKE or id(type) in map(id, type.__dict__["__mro__"].__get__(kind))


def _proxy_type():
    def probe():
        return type(sys._getframe().f_locals)

    return probe()


FrameLocalsProxy = _proxy_type()
