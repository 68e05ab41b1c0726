"""Turns values of the program into what `marshal` may write. Encoding: design-docs/wire-protocol.md.

The rule of this file: no code of the program runs to look at one of its values. Types are compared by identity
(`type(x)` and `id`, never `isinstance`, `==` or a hash of a type, which a metaclass may define), attributes are read
through the descriptors of the interpreter itself, and containers are copied by one C call before they are looked at,
because another thread may change them meanwhile.
"""
from _functools import partial
from _operator import is_
from _weakref import ref
from itertools import chain, compress, count, islice
from marshal import dumps

from _ct_builtins import BUILTINS
from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_guard import of_program
from _ct_later import Later

MARK = StopIteration  # marshal has a one-byte form for it, and a value of the program never comes out as it

DESCRIBED = -12
MORE, LONG_TEXT, LONG_BYTES, STRUCT, RAW, SEQUENCE, MAPPING, TOO_DEEP, CYCLE, EXCEPTION, BIG_INT, TYPED = range(1, 13)
HIDDEN, WITHOUT, AS_KEPT = 13, 14, 15
DEEP_LIST, DEEP_TUPLE, DEEP_DICT = [(MARK, TOO_DEEP, "builtins:" + name) for name in ("list", "tuple", "dict")]
NAMED = (LONG_BYTES, STRUCT, RAW, SEQUENCE, MAPPING, TOO_DEEP, TYPED, WITHOUT)  # those that name a type themselves
LIST, TUPLE, DICT = 0, 1, 2  # kinds of what AS_KEPT refers to
OF_OBJECT, OF_SET, OF_DICT = 0, 1, 2  # what classes are made from, for the accelerator
ALLOW, REDACT = 0, 1  # actions of a filter; anything else is drop

WIDE_TEXT = 60  # characters; what is described by more is not referred to within what is referred to itself
SHORT_TEXT = 200  # characters; longer ones are sent once and then referred to
BIG_INT_BITS = 8192
LONGEST_RECORD = 64 << 10  # bytes of a line; anything longer is taken again, with less of it
BRIEF_RECORD = 100000  # bytes of all values of one step, when they had to be shortened
NODES = 100  # values looked at one by one below one variable; lists of plain values don't count
FEW = 4  # items of a dict from which on it is worth asking whether it is still the same
MANY = 32  # elements from which on a container is worth being referred to, rather than sent again
OBJECTS = 500  # looks at objects, before what refers to them is compiled
MOST_LISTS = 256  # of small tuples, that are known
ADDRESS = 8  # bytes
SMALL = 8  # elements of a tuple that is looked at as a plain value is, in a list that is known
LOOKS = 100  # at such containers, before what refers to them is compiled
BY_REFERENCE = 64 << 10  # about so many bytes may a record refer to; in full they would be too long for it, too

PLAIN_TYPES = (int, float, bool, type(None), complex)
PLAIN = frozenset(map(id, PLAIN_TYPES))
PLAIN_KEYS = PLAIN | frozenset(map(id, (tuple, frozenset)))

FunctionType = type(lambda: None)
BuiltinType = type(len)
MethodType = type(type("", (), {"f": lambda self: None})().f)
ModuleType = type(__builtins__) if type(__builtins__) is not dict else type(__import__("sys"))
GetSetType = type(FunctionType.__dict__["__code__"])
MemberType = type(type("", (), {"__slots__": ("a",)}).__dict__["a"])
MappingProxyType = type(type.__dict__)
HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE
TEXTS = 1 << 27 | 1 << 28  # Py_TPFLAGS_BYTES_SUBCLASS, Py_TPFLAGS_UNICODE_SUBCLASS: of keys that may be names
MethodDescriptorType = type(str.join)

_mro_of = type.__dict__["__mro__"].__get__
_dict_of = type.__dict__["__dict__"].__get__
_flags_of = type.__dict__["__flags__"].__get__
_name_of = type.__dict__["__name__"].__get__
_qualname_of = type.__dict__["__qualname__"].__get__
_module_of = type.__dict__["__module__"].__get__
_function_qualname = FunctionType.__dict__["__qualname__"].__get__
_module_dict = ModuleType.__dict__["__dict__"].__get__
# What reads the dict of an instance of a class that Python code makes: from 3.15 on it is one for all of them.
SHARED_DICT = type("", (), {}).__dict__["__dict__"]
_DICT_DOC = SHARED_DICT.__doc__
if SHARED_DICT.__objclass__ is not object:
    SHARED_DICT = None
# The interpreter's own that no class made by Python code is needed for.
_DICT_OWNERS = frozenset((
    "builtins:BaseException", "builtins:classmethod", "builtins:function", "builtins:staticmethod", "builtins:type",
    "collections:OrderedDict", "functools:_lru_cache_wrapper", "_io:_IOBase", "_ast:AST", "ast:AST",
))
_exception_args = BaseException.__dict__["args"].__get__
_exception_dict = BaseException.__dict__["__dict__"].__get__
_method_function = MethodType.__dict__["__func__"].__get__
_oserror_parts = [OSError.__dict__[name].__get__ for name in ("errno", "strerror", "filename", "filename2")]
_Group = BUILTINS.get("BaseExceptionGroup")  # 3.11+
_message_of_group = _Group.__dict__["message"].__get__ if _Group is not None else None


class Encoder:
    """Encodes values; `emit(tuple)` sends a definition record that later records refer to."""

    def __init__(self, emit, max_depth, max_items, max_bytes):
        self.emit = emit
        self.max_depth, self.max_items, self.max_bytes = max_depth, max_items, max_bytes
        self.handlers = {}  # id of a type -> (weak reference or type, handler)
        # For the accelerator: id of a class shown by what its instances hold and are made from -> (weak reference, name, what
        # that is, whether they have dicts, (name of a slot, place of its class in the mro, …)); and its own encoder.
        self.flat, self.native = {}, None
        # Numbers come from C: two threads must never get the same one.
        self.texts, self.next_text = {}, count().__next__  # id -> (the text, its marker)
        self.objects, self.next_object = {}, count(-1, -1).__next__  # id -> (weak reference, marker)
        self.object_markers = {}  # description -> marker
        self.wide = set()  # numbers of long descriptions
        self.bounds = max_depth, max_items, max_bytes
        self.kept = _KeptLater(emit)
        self.shown = _Shown()
        # For dicts that show the same: see _ct_tables; and a number, another one each time values are told briefly.
        self.tables, self.table_bytes = {}, 0
        self.latest_brief, self.next_brief = 0, count(1).__next__
        # What becomes of attributes and keys, and the names known to be shown; None where all are.
        self.attributes = self.allowed = None
        self.by_attributes = {}
        self._register()

    def under(self, attributes):
        """An encoder that hides what `attributes` say and shares all else with this one."""
        if attributes is None:
            return self
        other = self.by_attributes.get(id(attributes))
        if other is None:
            other = Encoder.__new__(Encoder)
            other.__dict__.update(self.__dict__)
            other.attributes, other.allowed, other.handlers = attributes, attributes.allowed, {}
            other.flat, other.native = {}, None
            other.tables, other.table_bytes = {}, 0
            other._register()
            other = self.by_attributes.setdefault(id(attributes), other)
        return other

    # -- the two ways in

    def value(self, v):
        """One value, encoded, within all bounds."""
        return self.encode(v, self.max_depth, new_walk(0))

    def values(self, many):
        """A list of encoded values; None where they are known to be too long for a record. Identity tests in a row are the
        cheapest way to tell types apart."""
        described, handlers, depth, walk, out = self.objects, self.handlers, self.max_depth, None, []
        add = out.append
        for v in many:
            kind = type(v)
            if kind is int or v is None or kind is float or kind is bool:
                add(v)
            elif kind is str and len(v) < SHORT_TEXT:
                add(v)
            elif id(v) in described:
                add(described[id(v)][1])
            else:
                if walk is None:
                    walk = new_walk(BY_REFERENCE)
                else:
                    walk.nodes = NODES
                    walk.path.clear()
                add((handlers.get(id(kind)) or self._classify(kind))[1](v, depth, walk))
                if walk.size > LONGEST_RECORD:
                    return None
        return out

    def briefly(self, many):
        """The same for a record that grew too long: little more than the type of each value, unless it is wide integers
        that it can do without."""
        if any([type(v) is int and v.bit_length() > BIG_INT_BITS for v in many]):
            shown = self.values([_Ready(self._int(v, 0, None)) if type(v) is int else v for v in many])
            if shown is not None and len(dumps(shown, 2)) <= LONGEST_RECORD:
                return shown
        self.latest_brief = self.next_brief()  # ahead of what it is about
        self.max_depth, self.max_items, self.max_bytes = 2, 8, 200
        try:
            encoded = [self.value(v) for v in many]
            room = BRIEF_RECORD // (len(encoded) or 1)
            return [
                short if len(dumps(short, 2)) <= room else (MARK, TOO_DEEP, type_name(type(v)))
                for short, v in zip(encoded, many)
            ]
        finally:
            self.max_depth, self.max_items, self.max_bytes = self.bounds

    def show_as_builtin(self, cls):
        """Instances of `cls` stand for functions of C code."""
        self.handlers[id(cls)] = (cls, self._builtin)

    def raised(self, v):
        """An exception as far as it is told where it is raised: what it is and says."""
        text = exception_text(v)
        return self.value(v) if text is None else (MARK, EXCEPTION, type_name(type(v)), [], text, (), [])

    def type_of_exception(self, v):
        """An exception of which nothing is shown but what it is."""
        return (MARK, EXCEPTION, type_name(type(v)), [], None, (), [])

    def first(self, items):
        """As many of what a container holds as are shown."""
        return _first(items, self.max_items)

    def ready(self, encoded):
        """Stands for a value that is encoded already among others that are not."""
        return _Ready(encoded)

    # -- what a filter hides

    def _hide(self, names, values):
        """(names, values, number of those dropped) without what the filter hides."""
        kept, shown = [], []
        for name, value in zip(names, values):
            action = self.attributes.action(name)
            if action == ALLOW:
                kept.append(name)
                shown.append(value)
            elif action == REDACT:
                kept.append(name)
                shown.append(_REDACTED)
        return kept, shown, len(names) - len(kept)

    def _hide_items(self, items):
        """(items of a mapping, number of those dropped) without what the filter hides under keys that are texts."""
        shown = []
        for key, value in items:
            text = _key_text(key)
            action = ALLOW if text is None else self.attributes.action(text)
            if action == ALLOW:
                shown.append((key, value))
            elif action == REDACT:
                shown.append((key, _REDACTED))
        return shown, len(items) - len(shown)

    # -- by type

    def encode(self, v, depth, walk):
        handler = self.handlers.get(id(type(v)))
        if handler is None:
            handler = self._classify(type(v))
        return handler[1](v, depth, walk)

    def _register(self):
        """What the language itself defines; these types live as long as the interpreter."""
        for types, handler in (
            (PLAIN_TYPES + (type(...),), lambda v, depth, walk: v),
            ((int,), self._int),
            ((str,), self._text),
            ((bytes,), self._bytes),
            ((bytearray,), lambda v, depth, walk: self._buffer("builtins:bytearray", v)),
            ((list,), self._list),
            ((tuple,), self._tuple),
            ((dict,), self._dict),
            ((set, frozenset), self._set),
            ((FunctionType,), self._function),
            ((type,), self._class),
            ((ModuleType,), self._module),
            ((range,), self._range),
            ((slice,), self._slice),
            ((BuiltinType,), self._builtin),
            ((MethodType,), self._method),
            ((_Ready,), lambda v, depth, walk: v.content),
        ):
            for each in types:
                self.handlers[id(each)] = (each, handler)

    def _classify(self, cls):
        """Finds out once per type how its values are shown."""
        name = type_name(cls)
        mro = _mro_of(cls)
        if mro is None:  # some of the interpreter's own types are never made ready: nothing can be asked of them
            mro = (object,)
        bases = set(map(id, mro))
        dict_of, slots = _layout(mro)
        made_from = None  # of what the accelerator can show
        library = self._of_library(name, _mro_of(cls) or (cls,))
        if library is not None:
            handler = library
        elif dict_of is not None and _is_enum(cls):
            handler = self._enum(name, dict_of, slots)
        elif id(type) in bases:
            handler = self._class
        elif id(BaseException) in bases:
            handler = self._exception(name, slots)
        elif id(int) in bases:
            handler = self._int_subclass(name, dict_of)
        elif id(complex) in bases:
            handler = self._subclass(name, dict_of, slots, lambda v, depth, walk: complex.__pos__(v))
        elif id(float) in bases:
            handler = self._subclass(name, dict_of, slots, lambda v, depth, walk: float.__float__(v))
        elif id(str) in bases:
            handler = self._subclass(name, dict_of, slots, self._copied_text)
        elif id(bytes) in bases or id(bytearray) in bases:
            handler = self._subclass(name, dict_of, slots, lambda v, depth, walk: self._buffer(name, v))
        elif id(tuple) in bases:
            handler = self._tuple_subclass(name, dict_of, *_fields_of_tuple(cls, mro, self.bounds[1]))
        elif id(list) in bases:
            handler = self._subclass(name, dict_of, slots, lambda v, depth, walk: self._sequence(
                name, list.__getitem__(v, slice(self.max_items)), list.__len__(v), depth, walk))
        elif id(dict) in bases:
            made_from = OF_DICT
            handler = self._subclass(name, dict_of, slots, lambda v, depth, walk: self._mapping(
                name, _first(dict.items(v), self.max_items), dict.__len__(v), depth, walk))
        elif id(set) in bases:
            made_from = OF_SET
            handler = self._subclass(name, dict_of, slots, lambda v, depth, walk: self._sequence(
                name, _first(set.__iter__(v), self.max_items), set.__len__(v), depth, walk))
        elif id(frozenset) in bases:
            made_from = OF_SET
            handler = self._subclass(name, dict_of, slots, lambda v, depth, walk: self._sequence(
                name, list(islice(frozenset.__iter__(v), self.max_items)), frozenset.__len__(v), depth, walk))
        elif id(ModuleType) in bases:
            handler = self._module
        elif dict_of is not None or slots:
            handler = self._object(name, dict_of, slots)
            made_from = OF_OBJECT
        else:
            # Nothing is known of it but its type, and its repr may be anything.
            opaque = (MARK, RAW, name, "<%s>" % name.rpartition(":")[2])
            handler = lambda v, depth, walk: opaque  # noqa: E731
        if self.attributes is not None and dict_of is not None and _is_enum(cls):
            handler = self._member(name, dict_of, handler)
        key = id(cls)
        handlers, flat = self.handlers, self.flat

        def forget(_):
            handlers.pop(key, None)
            forget_flat()

        def forget_flat():
            if flat.pop(key, None) is not None and self.native is not None:
                self.native.forget(key)

        held = ref(cls, forget)
        readers = [get for _, get in slots] + ([dict_of] if dict_of is not None else [])
        if made_from is not None and all([hasattr(get, "reader") for get in readers]):
            shown = name, made_from, dict_of is not None, tuple(chain.from_iterable([(slot, get.place) for slot, get in slots]))
            flat[key] = (held, *shown)
            if self.native is not None:
                self.native.show(cls, *shown)
        else:
            forget_flat()  # with other bases it was
        entry = handlers[key] = (held, handler)
        return entry

    def _of_library(self, name, mro):
        """How values of a type of the library's, or of a class made from one, are shown; None for all others."""
        for number, base in enumerate(mro):
            maker = LIBRARY.get(type_name(base))
            content = _maker(maker)(self, base, name) if maker is not None else None
            if content is None:
                continue
            if number == 0 and maker in SCALARS:
                return content
            # What the classes made from it add.
            return self._subclass(name, *_layout(mro[:number]), content)
        return None

    # -- plain things with a bound

    def _int(self, v, depth, walk):
        bits = v.bit_length()
        if bits <= BIG_INT_BITS:
            return v
        return (MARK, BIG_INT, v < 0, bits, (abs(v) >> (bits - 256)).to_bytes(32, "big"))

    def _text(self, v, depth, walk):
        length = len(v)
        if length < SHORT_TEXT:
            return v
        known = self.texts.get(id(v))
        if known is not None:
            return known[1]
        marker = (MARK, self.next_text())
        if length <= self.max_bytes:
            self.emit((DESCRIBED, marker[1], v, None))
        else:
            self.emit((DESCRIBED, marker[1], (MARK, LONG_TEXT, v[:self.max_bytes], length), None))
        # Holding the text keeps its id its own; the recorder remembers four times as many.
        self.texts[id(v)] = (v, marker)
        while len(self.texts) > 64:
            try:
                del self.texts[next(iter(self.texts))]
            except (StopIteration, RuntimeError, KeyError) as error:  # another thread was here
                if of_program(error):
                    raise
                break
        return marker

    def _copied_text(self, v, depth, walk):
        """The text of a subclass's instance: a new copy every time, so there is nothing to refer back to."""
        text = str.__str__(v)
        return text if len(text) <= self.max_bytes else (MARK, LONG_TEXT, text[:self.max_bytes], len(text))

    def _bytes(self, v, depth, walk):
        if len(v) <= self.max_bytes:
            return v
        return (MARK, LONG_BYTES, "builtins:bytes", v[:self.max_bytes], len(v))

    def _buffer(self, name, v):
        base = bytearray if id(bytearray) in map(id, _mro_of(type(v))) else bytes
        length = base.__len__(v)
        return (MARK, LONG_BYTES, name, bytes(base.__getitem__(v, slice(0, self.max_bytes))), length)

    def _range(self, v, depth, walk):
        ends = (v.start, v.stop, v.step)
        if max(abs(ends[0]), abs(ends[1]), abs(ends[2])) >> BIG_INT_BITS:
            return (MARK, RAW, "builtins:range", "range(...)")
        return (MARK, RAW, "builtins:range", "range(%d, %d)" % ends[:2] if ends[2] == 1 else "range(%d, %d, %d)" % ends)

    def _slice(self, v, depth, walk):
        return self._struct("builtins:slice", ("start", "stop", "step"), (v.start, v.stop, v.step), v, depth, walk)

    # -- containers

    def _enter(self, v, depth, walk, name=None):
        """None when the walk may go into `v`; else what stands for it. `name`: its type's, if that is known."""
        if depth <= 0 or walk.nodes <= 0:
            return (MARK, TOO_DEEP, name or type_name(type(v)))
        if id(v) in walk.path:
            return (MARK, CYCLE, name or type_name(type(v)))
        return None

    def _items(self, items, total, depth, walk):
        """What a container shows of the list `items`, which nobody else has; `total`: how many it holds."""
        if not all_plain(items):
            return self._one_by_one(items, total, depth, walk)
        if total > len(items):
            items.append((MARK, MORE, total - len(items)))
        return items

    def _one_by_one(self, items, total, depth, walk):
        handlers, described, out = self.handlers, self.objects, []
        add = out.append
        for item in items:
            kind = type(item)
            if kind is int or item is None or kind is float or kind is bool:
                add(item)
            elif kind is str and len(item) < SHORT_TEXT:
                add(item)
            elif walk.nodes <= 0 and id(item) not in described:
                break
            elif kind is tuple and depth <= 0:
                walk.nodes -= 1
                add(DEEP_TUPLE)
            elif id(item) in described:
                add(described[id(item)][1])
            else:
                walk.nodes -= 1
                add((handlers.get(id(kind)) or self._classify(kind))[1](item, depth, walk))
        if total > len(out):
            add((MARK, MORE, total - len(out)))
        return out

    def _list(self, v, depth, walk):
        if depth <= 0 or walk.nodes <= 0:
            return DEEP_LIST
        total, most = len(v), self.max_items
        if total >= MANY and walk.room > 0:
            # The length is another thread's to change; what is no longer than it may be is cut without being copied.
            items = tuple(v)[:most] if total <= most else tuple(v[:most])
            known = self.kept.look(v, LIST, items, total, depth, walk, self)
            if known is not None:
                return known
        items = v[:most]
        if all_plain(items):
            if total > len(items):
                items.append((MARK, MORE, total - len(items)))
            return items
        shown = self.shown
        if shown.memory is not None and type(items[0]) is tuple and total == len(items) < MANY and walk.room > 0:
            known = self._pairs(v, tuple(items), depth, walk, shown)
            if known is not None:
                return known
        path = walk.path
        if id(v) in path:
            return (MARK, CYCLE, "builtins:list")
        path.append(id(v))
        items = self._one_by_one(items, total, depth - 1, walk)
        path.pop()
        return items

    def _pairs(self, v, items, depth, walk, shown):
        """A list of few small tuples of plain values, encoded; None for any other. `items`: what is in the list `v`."""
        at = id(items) + shown.start
        pointers, known = shown.memory[at:at + ADDRESS * len(items)], shown.lists.get(id(v))
        if known is None or known[0] != pointers:
            tuples = small_tuples(items, self.bounds[1])
            if tuples < 0:
                return None
            deep = [DEEP_TUPLE if type(item) is tuple else item for item in items]
            known = (pointers, list(items), deep, tuples)
            shown.keep(id(v), known)
        # They count as they do one by one.
        if known[3] >= walk.nodes:
            return None
        walk.nodes -= known[3]
        return known[1] if depth > 1 else known[2]

    def _tuple(self, v, depth, walk):
        if depth <= 0 or walk.nodes <= 0:
            return DEEP_TUPLE
        if len(v) >= MANY and walk.room > 0:
            known = self.kept.look(v, TUPLE, v[:self.max_items], len(v), depth, walk, self)
            if known is not None:
                return known
        if len(v) <= self.max_items and all_plain(v):
            return v
        path = walk.path
        if id(v) in path:
            return (MARK, CYCLE, "builtins:tuple")
        path.append(id(v))
        items = self._items(list(v[:self.max_items]), len(v), depth - 1, walk)
        path.pop()
        return tuple(items)

    def _set(self, v, depth, walk):
        stop = self._enter(v, depth, walk)
        if stop is not None:
            return stop
        items = _first(v, self.max_items)
        return (MARK, SEQUENCE, "builtins:" + type(v).__name__, self._items(items, len(v), depth - 1, walk))

    def _sequence(self, name, items, total, depth, walk):
        if depth <= 0 or walk.nodes <= 0:
            return (MARK, TOO_DEEP, name)
        del items[self.max_items:]
        return (MARK, SEQUENCE, name, self._items(items, total, depth - 1, walk))

    def _dict(self, v, depth, walk):
        if depth <= 0 or walk.nodes <= 0:
            return DEEP_DICT
        if id(v) in walk.path:
            return self._enter(v, depth, walk)
        if len(v) >= FEW and walk.room > 0 and self.kept.by_state is not None:
            return self.kept.by_state(v, depth, walk, self)
        return self.looked_through(v, depth, walk, None)

    def looked_through(self, v, depth, walk, state):
        """The dict `v`, each of its items looked at. `state`: what `_ct_pointers` read of it; None where that says nothing."""
        flat, total, allowed = _flat(v.items(), self.max_items), len(v), self.allowed
        if len(flat) >= MANY and walk.room > 0:
            known = self.kept.look(v, DICT, tuple(flat), total, depth, walk, self, state)
            if known is not None:
                return known
        if len(flat) == 2 * total and all_plain(flat) and (allowed is None or not hides(allowed, flat)):
            return (MARK, MAPPING, "builtins:dict", flat)
        walk.path.append(id(v))
        out = self._of_flat("builtins:dict", flat, total, depth, walk)
        walk.path.pop()
        return out

    def _mapping(self, name, items, total, depth, walk):
        """A mapping of the pairs `items`, a list."""
        if depth <= 0 or walk.nodes <= 0:
            return (MARK, TOO_DEEP, name)
        return self._of_flat(name, list(chain.from_iterable(items)), total, depth, walk)

    def _of_flat(self, name, flat, total, depth, walk):
        """A mapping of the list `flat`: a key, its value, and so on."""
        dropped = 0
        allowed = self.allowed
        if allowed is not None and hides(allowed, flat):
            items, dropped = self._hide_items(list(zip(flat[::2], flat[1::2])))
            flat = list(chain.from_iterable(items))
            total -= dropped
        shown = flat if all_plain(flat) else self._one_by_one(flat, len(flat), depth - 1, walk)
        cut = shown is not flat and _is_cut(shown)
        if cut or 2 * total > len(flat):
            # What stands for the rest takes the place of a key; a key whose value did not fit goes with it.
            if cut:
                shown.pop()
            del shown[len(shown) // 2 * 2:]
            shown.append((MARK, MORE, total - len(shown) // 2))
        out = (MARK, MAPPING, name, shown)
        return (MARK, WITHOUT, dropped, out) if dropped else out

    def _struct(self, name, names, values, v, depth, walk, left_out=0, dropped=0):
        stop = self._enter(v, depth, walk)
        return self._entered_struct(name, names, list(values), v, depth, walk, left_out, dropped) if stop is None else stop

    def _entered_struct(self, name, names, values, v, depth, walk, left_out, dropped):
        """The same behind `_enter`, with a list of values that nobody else has."""
        if not left_out and all_plain(values):
            out = (MARK, STRUCT, name, names, values)
        else:
            walk.path.append(id(v))
            values = self._items(values, len(values) + left_out, depth - 1, walk)
            walk.path.pop()
            # What stands for the rest has no name of its own.
            out = (MARK, STRUCT, name, names[:len(values) - 1] if _is_cut(values) else names, values)
        return (MARK, WITHOUT, dropped, out) if dropped else out

    # -- objects

    def _object(self, name, dict_of, slots):
        def handler(v, depth, walk):
            if depth <= 0 or walk.nodes <= 0:
                return too_deep
            if id(v) in walk.path:
                return (MARK, CYCLE, name)
            names, values, left_out, dropped = self._fields(v, dict_of, slots)
            return self._entered_struct(name, names, values, v, depth, walk, left_out, dropped)

        def with_dict(v, depth, walk):
            """The same where all attributes are in the dict, few, and shown: all in one, as most values are such objects."""
            nonlocal known
            if depth <= 0 or walk.nodes <= 0:
                return too_deep
            path = walk.path
            if id(v) in path:
                return (MARK, CYCLE, name)
            if shown.objects is not None:
                self._refer(v, me(), name, dict_of, too_deep)
            elif walk.room > 0:
                shown.look(self)
            try:
                flat = tuple(from_iterable(items_of(dict_of(v))))
            except RecursionError:  # not for us to hold: see _ct_guard
                raise
            except (TypeError, AttributeError, RuntimeError) as error:  # no dict; other bases than before; changed meanwhile
                if of_program(error):
                    raise
                return handler(v, depth, walk)
            names, expected = flat[::2], known  # which another thread may change between two looks
            # Mostly they are those of the instance before: the same objects.
            if len(names) != len(expected) or not all(map(is_, names, expected)):
                if not self.are_shown(names):
                    return handler(v, depth, walk)
                known = names
            if len(names) > self.max_items:
                return handler(v, depth, walk)
            values = list(flat[1::2])
            if not all_plain(values):
                path.append(id(v))
                values = self._one_by_one(values, len(values), depth - 1, walk)
                path.pop()
                if _is_cut(values):
                    names = names[:len(values) - 1]
            return (MARK, STRUCT, name, names, values)

        def with_slots(v, depth, walk):
            """The same with slots, or with both."""
            nonlocal known
            if depth <= 0 or walk.nodes <= 0:
                return too_deep
            path = walk.path
            if id(v) in path:
                return (MARK, CYCLE, name)
            if shown.objects is not None:
                self._refer(v, me(), name, dict_of, too_deep, read)
            elif walk.room > 0:
                shown.look(self)
            flat = read(v, walk)
            if flat is None:
                return handler(v, depth, walk)
            size = len(flat) // 2
            names, expected = flat[:size], known
            if len(names) != len(expected) or not all(map(is_, names, expected)):
                if not self.are_shown(names):
                    return handler(v, depth, walk)
                known = names
            if size > self.max_items:
                return handler(v, depth, walk)
            values = list(flat[size:])
            if not all_plain(values):
                path.append(id(v))
                values = self._one_by_one(values, size, depth - 1, walk)
                path.pop()
                if _is_cut(values):
                    names = names[:len(values) - 1]
            return (MARK, STRUCT, name, names, values)

        known, too_deep, shown = (), (MARK, TOO_DEEP, name), self.shown
        from_iterable = chain.from_iterable
        items_of = dict.items
        own = with_slots if slots else with_dict
        me = ref(own)  # no circle: what is garbage some programs look through (`gc.DEBUG_SAVEALL`)
        if not slots:
            return handler if dict_of is None else own
        read = flat_reader(dict_of, slots)
        return own

    def are_shown(self, names):
        """Whether all attributes of these names are shown as they are."""
        allowed = self.allowed
        if len(names) > self.bounds[1]:
            return False
        for each in names:
            if type(each) is not str or len(each) > SHORT_TEXT or allowed is not None and each not in allowed:
                return False
        return True

    def _refer(self, v, in_full, name, dict_of, too_deep, read=None):
        """Has instances of the class of `v` referred to from the next one on, where they show the same as before."""
        key = id(type(v))
        entry = self.handlers.get(key)
        if entry is not None and entry[1] is in_full:
            self.handlers[key] = entry[0], self.shown.objects.handler(self, name, dict_of, in_full, too_deep, read)

    def _fields(self, v, dict_of, slots):
        """(names, values, number of those beyond the bound, number of those that a filter dropped)"""
        names, values, left_out, whole = [], [], 0, ()
        hides, allowed = False, self.allowed
        if dict_of is not None:
            try:
                fields = _attributes(dict_of, v)
            except TypeError as error:
                if of_program(error):
                    raise
                return self._fields_again(v)
            if fields is not None:
                flat = _flat(dict.items(fields), self.max_items)
                left_out = dict.__len__(fields) - len(flat) // 2
                names, values = flat[::2], flat[1::2]
                for name in names:
                    if type(name) is not str or len(name) > SHORT_TEXT or allowed is not None and name not in allowed:
                        are_texts = [type(name) is str for name in names]
                        whole, values = tuple(compress(names, are_texts)), list(compress(values, are_texts))
                        hides = allowed is not None and not allowed.issuperset(whole)
                        names = [name[:SHORT_TEXT] for name in whole]
                        break
                else:
                    if not slots:
                        return tuple(names), values, left_out, 0
                    whole = tuple(names)
        for slot, get in slots:
            try:
                values.append(get(v))
                names.append(slot)
                if allowed is not None and slot not in allowed:
                    hides = True
            except AttributeError as error:  # a slot that holds nothing yet
                if of_program(error):
                    raise
                pass
            except TypeError as error:
                if of_program(error):
                    raise
                return self._fields_again(v)
        if not hides:
            return tuple(names), values, left_out, 0
        names, values, dropped = self._hide([*whole, *names[len(whole):]], values)
        return tuple([name[:SHORT_TEXT] for name in names]), values, left_out, dropped

    def _fields_again(self, v):
        """Those of an instance whose class has got other bases since it was classified."""
        self.handlers.pop(id(type(v)), None)
        return self._fields(v, *_layout(_mro_of(type(v))))

    def _subclass(self, name, dict_of, slots, base):
        """A subclass of a builtin: its content, and its attributes where it has any."""
        def handler(v, depth, walk):
            stop = self._enter(v, depth, walk, name)
            if stop is not None:
                return stop
            walk.path.append(id(v))
            content = base(v, depth, walk)
            walk.path.pop()
            names, values, left_out, dropped = self._fields(v, dict_of, slots)
            if not names:
                if type(content) is not tuple or content[1] not in NAMED:
                    content = (MARK, TYPED, name, content)
                return (MARK, WITHOUT, dropped, content) if dropped else content
            return self._struct(name, ("",) + names, [_Ready(content)] + values, v, depth, walk, left_out, dropped)

        return handler

    def _enum(self, name, dict_of, slots):
        """A member: its name, its value, and what the class's own code has added."""
        def handler(v, depth, walk):
            try:
                attributes = _attributes(dict_of, v) or {}
            except TypeError as error:  # its class has got other bases since
                if of_program(error):
                    raise
                self.handlers.pop(id(type(v)), None)
                return self.encode(v, depth, walk)
            member, value = dict.get(attributes, "_name_"), dict.get(attributes, "_value_")
            if type(member) is not str and member is not None:
                return (MARK, RAW, name, "<%s>" % name.rpartition(":")[2])
            others = [key for key in self.first(dict.keys(attributes)) if type(key) is not str or key not in ENUM_OWN]
            if not others and id(type(value)) in PLAIN:
                return (MARK, STRUCT, name, ("name", "value"), [member, self.encode(value, depth, walk)])
            names, values, left_out, dropped = self._fields(v, dict_of, slots)
            own = [pair for pair in zip(names, values) if pair[0] not in ENUM_OWN]
            names = ("name", "value") + tuple([each for each, _ in own])
            return self._struct(name, names, [member, value] + [each for _, each in own], v, depth, walk, left_out, dropped)

        return handler

    def _int_subclass(self, name, dict_of):
        def whole(v, depth, walk):
            return self._int(int.__add__(v, 0), depth, walk)

        with_attributes = self._subclass(name, dict_of, (), whole)

        def handler(v, depth, walk):
            content = whole(v, depth, walk)
            if dict_of is not None:
                try:
                    attributes = _attributes(dict_of, v)
                except TypeError as error:  # its class has got other bases since
                    if of_program(error):
                        raise
                    self.handlers.pop(id(type(v)), None)
                    return self.encode(v, depth, walk)
                if attributes is not None and dict.__len__(attributes):
                    return with_attributes(v, depth, walk)
            return (MARK, TYPED, name, content)

        return handler

    def _member(self, name, dict_of, handler):
        """A member of an enum: its name is that of its value, too."""
        def of_member(v, depth, walk):
            try:
                member = dict.get(_attributes(dict_of, v) or {}, "_name_")
            except TypeError as error:  # its class has got other bases since
                if of_program(error):
                    raise
                self.handlers.pop(id(type(v)), None)
                return self.encode(v, depth, walk)
            action = self.attributes.action(member) if type(member) is str else ALLOW
            if action == ALLOW:
                return handler(v, depth, walk)
            member = member[:SHORT_TEXT - 1]
            if action == REDACT:
                return (MARK, STRUCT, name, ("name", "value"), [member, _REDACTED.content])
            return (MARK, WITHOUT, 1, (MARK, STRUCT, name, ("name",), [member]))

        return of_member

    def _tuple_subclass(self, name, dict_of, fields, names_by_place):
        """`fields`: the names of all items, or None. `names_by_place`: all that each item goes by."""
        every_name = [each for names in names_by_place for each in names]

        def handler(v, depth, walk):
            stop = self._enter(v, depth, walk, name)
            if stop is not None:
                return stop
            items = list(islice(tuple.__iter__(v), self.max_items))
            total = tuple.__len__(v)
            names = fields[:len(items)] if fields is not None and len(fields) == total else None
            left_out, dropped = total - len(items), 0
            if self.allowed is not None and not self.allowed.issuperset(every_name):
                actions = [self._action(each) for each in names_by_place[:len(items)]]
                actions += [ALLOW] * (len(items) - len(actions))
                items = [_REDACTED if action == REDACT else item for item, action in zip(items, actions)]
                shown = [action in (ALLOW, REDACT) for action in actions]
                dropped = len(items) - sum(shown)
                items = list(compress(items, shown))
                names = names and tuple(compress(names, shown))
            more, values, beyond = (), [], 0
            if dict_of is not None:
                more, values, beyond, of_those = self._fields(v, dict_of, ())  # tuples have no slots
                dropped += of_those
            if names is not None:
                return self._struct(name, names + more, items + values, v, depth, walk, left_out + beyond, dropped)
            walk.path.append(id(v))
            content = self._sequence(name, items, len(items) + left_out, depth, walk)
            walk.path.pop()
            if more:
                return self._struct(name, ("",) + more, [_Ready(content)] + values, v, depth, walk, beyond, dropped)
            return (MARK, WITHOUT, dropped, content) if dropped else content

        return handler

    def _action(self, names):
        """What becomes of a value that goes by all of `names`."""
        for name in names:
            action = self.attributes.action(name)
            if action != ALLOW:
                return action
        return ALLOW

    def _exception(self, name, slots):
        def handler(v, depth, walk):
            stop = self._enter(v, depth, walk, name)
            if stop is not None:
                return stop
            walk.path.append(id(v))
            args = self._items(list(_exception_args(v)[:self.max_items]), len(_exception_args(v)), depth - 1, walk)
            names, values, left_out, dropped = self._fields(v, _exception_dict, slots)
            fields = self._items(values, len(values) + left_out, depth - 1, walk)
            walk.path.pop()
            if _is_cut(fields):
                names = names[:len(fields) - 1]
            out = (MARK, EXCEPTION, name, args, exception_text(v), names, fields)
            return (MARK, WITHOUT, dropped, out) if dropped else out

        return handler

    # -- what the program is made of: described once, then referred to

    def _described(self, v, name, description):
        known = self.objects.get(id(v))
        if known is not None:
            return known[1]
        marker = self.object_markers.get(description)
        if marker is None:
            if len(self.object_markers) > 50000:
                return (MARK, RAW, name, description)
            marker = (MARK, self.next_object())
            if len(description) > WIDE_TEXT:
                self.wide.add(marker[1])
            self.emit((DESCRIBED, marker[1], (MARK, RAW, name, description), None))
            self.object_markers[description] = marker
        # Forgotten by native code alone: what a type of the interpreter's own holds (`object.__new__`) goes with that type, at
        # the very end, when 3.11 to 3.13 crash on Python code. A leak in the program may keep the agent alive until then.
        key, objects = id(v), self.objects
        objects[key] = (ref(v, partial(objects.pop, key)), marker)
        return marker

    def _function(self, v, depth, walk):
        return self._described(v, "builtins:function", "<function %s>" % _exactly(_function_qualname(v)))

    def _class(self, v, depth, walk):
        return self._described(v, "builtins:type", "<class '%s'>" % type_name(v).replace("builtins:", "")
                               .replace(":", "."))

    def _module(self, v, depth, walk):
        names = _module_dict(v)  # None until 3.11, when the module's __init__ was never called
        name = dict.get(names, "__name__") if names is not None else None
        return self._described(v, "builtins:module", "<module '%s'>" % (name if type(name) is str else "?"))

    def _builtin(self, v, depth, walk):
        return self._described(v, "builtins:builtin_function_or_method", "<built-in function %s>" % v.__name__)

    def _method(self, v, depth, walk):
        function = _method_function(v)
        qualname = _exactly(_function_qualname(function)) if type(function) is FunctionType else "?"
        return (MARK, RAW, "builtins:method", "<bound method %s>" % qualname)


class Walk:
    """How far one walk through a value may still go, and the containers that it is inside of.

    `room`: how much may still be referred to in the record that the value is for; 0 where nothing may. `table`: the
    containers that can be, once it is known; `objects`: the same of objects. `size`: bytes on the wire, as far as known.
    `notes`: what becomes of containers, where somebody wants to know that. `getters`: see `flat_reader`.
    """

    nodes, table, objects, getter, getter_of, size, notes, getters = NODES, None, None, None, None, 0, None, None


def new_walk(room):
    walk = Walk()
    walk.path, walk.room = [], room
    return walk


class _KeptLater:
    """Stands for a `Kept` until so many large containers were looked at that one is worth its making."""

    def __init__(self, emit):
        self.emit, self.look_number = emit, count(1).__next__  # each number once, whatever threads there are
        self.made, self.uses = None, []
        self.by_state = None  # encodes a dict, once it is known that states of dicts can be read

    def when_made(self, use):
        """Calls `use` with the `Kept` as soon as there is one."""
        if self.made is None:
            self.uses.append(use)
        if self.made is not None:
            use(self.made)

    def look(self, v, kind, items, total, depth, walk, encoder, state=None):
        if self.look_number() == LOOKS:
            compiled = _kept.compiled()
            if compiled is not None:
                self.made = compiled["Kept"](self.emit, self)
                self.look = self.made.look
                for use in self.uses:
                    use(self.made)
        return None


class _Shown:
    """Lists of small tuples as they were shown last: where the elements are the same objects, so is what is shown. And,
    once many objects were looked at, what refers to those that stay the same.

    `lists`: id -> (pointers of the elements, encoded, encoded where tuples are too deep, how many are tuples).
    """

    def __init__(self):
        self.lists, self.look_number = {}, count(1).__next__
        self.memory = self.start = self.objects = None

    def look(self, encoder):
        """An object was looked at. Finding the way to read pointers takes a millisecond or two."""
        if self.look_number() == OBJECTS:
            compiled = _objects.compiled()
            if compiled is not None:
                objects = compiled["Objects"](encoder)
                self.start, self.memory = compiled["START"], objects.memory
                if self.memory is not None:
                    self.objects = objects

    def keep(self, key, known):
        if len(self.lists) >= MOST_LISTS:
            self.lists.clear()
        self.lists[key] = known


class _Ready:
    """Carries what is encoded already through `_items`."""

    __slots__ = ("content",)

    def __init__(self, content):
        self.content = content


_REDACTED = _Ready((MARK, HIDDEN, REDACT))
_WIDE = 1 << BIG_INT_BITS


def type_name(cls):
    """`module:qualname`, read past whatever a metaclass defines."""
    try:
        module, name = _module_of(cls), _qualname_of(cls)
    except AttributeError as error:
        if of_program(error):
            raise
        return "?:" + _exactly(_name_of(cls))
    return "%s:%s" % (module if type(module) is str else "?", _exactly(name))


def _exactly(text):
    """A name as a plain str: where names may be given, the interpreter takes subclasses too."""
    return text if type(text) is str else str.__str__(text)


def _key_text(key):
    """A key as a plain str; None for one that is no text. `os.environ` keeps its names as bytes."""
    if type(key) is str:
        return key
    bases = set(map(id, _mro_of(type(key)) or ()))
    if id(bytes) in bases:
        return bytes.decode(key, "latin-1")
    return str.__str__(key) if id(str) in bases else None


def _first(items, most):
    """The first of what a set or a dict holds. Making room for them may run garbage collection, whose finalizers may
    change the container; what was taken until then has to do."""
    taken = []
    try:
        taken.extend(islice(items, most))
    except RecursionError:  # not for us to hold: see _ct_guard
        raise
    except RuntimeError as error:
        if of_program(error):
            raise
        pass
    return taken


def _flat(items, most):
    """The first of the pairs `items` of a dict, as a list of a key, its value, and so on. See `_first`."""
    taken = []
    try:
        taken.extend(chain.from_iterable(islice(items, most)))
    except RecursionError:
        raise
    except RuntimeError as error:
        if of_program(error):
            raise
        pass
    return taken


def all_plain(items):
    """Whether `items` can be sent as they are. Wide integers among them are no matter: a record that grows too long is
    taken again, with less of it."""
    for item in items:
        kind = type(item)
        if (
            kind is not int and item is not None and kind is not float and kind is not bool
            and (kind is not str or len(item) >= SHORT_TEXT)
        ):
            return False
    return True


def small_tuples(items, most):
    """How many of them are small tuples of plain ones; below 0 where some are neither such nor plain themselves. Tuples
    are shown as far as `most` elements."""
    number, most = 0, min(SMALL, most)
    for item in items:
        kind = type(item)
        if kind is int or item is None or kind is float or kind is bool or kind is str and len(item) < SHORT_TEXT:
            continue
        if kind is not tuple or len(item) > most or not all_plain(item):
            return -1
        number += 1
    return number


def hides(allowed, flat):
    """Whether one of the keys in `flat`, a key, its value, and so on, is not known to be shown."""
    for key in flat[::2]:
        kind = type(key)
        if key not in allowed if kind is str else id(kind) not in PLAIN_KEYS and _flags_of(kind) & TEXTS:
            return True
    return False


def _is_cut(items):
    """Whether the last one stands for others that were left out."""
    last = items[-1] if items else None
    return type(last) is tuple and len(last) == 3 and last[0] is MARK and last[1] == MORE


def _layout(mro):
    """(reader of the instance's __dict__ or None, [(slot name, reader)]) from the interpreter's own descriptors."""
    dict_of, slots, foreign = None, [], False
    for place, cls in enumerate(mro):
        namespace = _dict_of(cls)
        descriptor = namespace.get("__dict__")
        # A descriptor may have been borrowed from another class, on whose instances alone it works.
        # A partial function gets its dict by being asked, and those that have one don't stay flat when nested.
        if (
            (type(descriptor) is GetSetType or type(descriptor) is MemberType)
            and is_own(descriptor, cls)
            and type_name(cls) != "functools:partial"
        ):
            dict_of = _reader(cls, place, "__dict__", descriptor)
            foreign = foreign or not _reads_dict(cls, descriptor)
        if _is_python_class(cls):
            for name, attribute in list(namespace.items()):
                if type(attribute) is MemberType and type(name) is str and attribute.__objclass__ is cls:
                    slots.append((name, _reader(cls, place, name, attribute)))
    slots.reverse()
    # The one of a class of Python's may well call that of a class of C code.
    return None if foreign else dict_of, slots


def is_own(descriptor, cls):
    """Whether a descriptor of the name `__dict__` in `cls` is that of this class, not borrowed from another one."""
    return descriptor.__objclass__ is cls or descriptor is SHARED_DICT


def _reads_dict(cls, descriptor):
    """Whether `descriptor`, the `__dict__` of `cls`, does nothing but read what is in the instance.

    C code may do anything there, such as asking another object of the program's for its attributes, as proxies do.
    """
    if type(descriptor) is MemberType or descriptor.__doc__ == _DICT_DOC or type_name(cls) in _DICT_OWNERS:
        return True
    compiled = _dict_getters.compiled()
    return compiled is not None and compiled["is_same_getter"](descriptor, BaseException.__dict__["__dict__"])


def _reader(cls, place, name, descriptor):
    """Reads what `descriptor`, of that name in `cls`, stands for in an instance; `place` is where `cls` is in the mro.

    A descriptor refers to its class, and a class of the program's to the module that it is of: held here, they would not
    go when the program lets go of them. So it is looked up each time, by the interpreter's own means.
    """
    if not _flags_of(cls) & HEAP_TYPE:
        return descriptor.__get__  # the class lives on anyway
    kind, get = type(descriptor), type(descriptor).__get__

    def found(cls):
        try:
            return _dict_of(_mro_of(cls)[place])[name]
        except LookupError as error:
            if of_program(error):
                raise
            raise TypeError("its class has got other bases since") from None

    def read(v):
        return get(found(type(v)), v)

    def reader(cls):
        """Reads instances of `cls`, for as long as it may be held."""
        descriptor = found(cls)
        if type(descriptor) is not kind:
            raise TypeError("its class has got another attribute of that name since")
        return descriptor.__get__

    read.reader, read.place = reader, place
    return read


def flat_reader(dict_of, slots):
    """Reads the attributes of an instance at once: their names, those in its dict first, and behind those as many values.
    None where that takes more than a look."""
    names = tuple([name for name, _ in slots])
    key = id(names)

    def getters_of(cls):
        found = None
        if dict_of is not None:
            found = getattr(dict_of, "reader", None)
            found = found(cls) if found is not None else dict_of
        return found, [get.reader(cls) if hasattr(get, "reader") else get for _, get in slots]

    def read(v, walk):
        try:
            # They are held for one record: to look them up takes as long as to read a dozen instances.
            getters = walk.getters
            if getters is None:
                getters = walk.getters = {}
            found = getters.get(key)
            if found is None:
                found = getters[key] = getters_of(type(v))
            get_dict, get_slots = found
            bound = names
            try:
                values = [get(v) for get in get_slots]
            except AttributeError as error:  # one of them holds nothing yet
                if of_program(error):
                    raise
                bound, values = _bound(names, get_slots, v)
            if get_dict is None:
                return (*bound, *values)
            attributes = get_dict(v)
            if type(attributes) is not dict:
                return None
            # One C call, between whose parts nothing else runs.
            return tuple(chain(attributes, bound, iter(attributes.values()), values))
        except RecursionError:  # not for us to hold: see _ct_guard
            raise
        except (TypeError, AttributeError, RuntimeError) as error:  # no dict; other bases than before; changed meanwhile
            if of_program(error):
                raise
            return None

    return read


def _bound(names, getters, v):
    """The names of the slots of `v` that hold something, and what they hold."""
    bound, values = [], []
    for name, get in zip(names, getters):
        try:
            values.append(get(v))
            bound.append(name)
        except AttributeError as error:
            if of_program(error):
                raise
    return bound, values


def instance_dict(v):
    """The dict of an ordinary object's attributes; None where it has none."""
    dict_of, _ = _layout(_mro_of(type(v)))
    found = _attributes(dict_of, v) if dict_of is not None else None
    return found if type(found) is dict else None


def _attributes(dict_of, v):
    """What `dict_of` finds; None where that is no dict, or there is none."""
    try:
        found = dict_of(v)
    except AttributeError as error:
        if of_program(error):
            raise
        return None
    return found if type(found) is dict or id(dict) in map(id, _mro_of(type(found))) else None


def _is_python_class(cls):
    return "__slots__" in _dict_of(cls)


ENUM_OWN = frozenset(("_name_", "_value_", "__objclass__", "_sort_order_", "_inverted_", "_boundary_"))


def _is_enum(cls):
    return any([type_name(meta) in ("enum:EnumMeta", "enum:EnumType") for meta in _mro_of(type(cls)) or ()])


def _fields_of_tuple(cls, mro, most):
    """(the names of all items, or None; for each place the names that its item goes by) of a subclass of tuple. Beyond
    `most` items none is shown."""
    fields = _declared_fields(mro)
    if fields is None:
        fields = _struct_sequence_fields(_dict_of(cls))
    by_place = [[name] for name in fields or ()]
    for each in mro:
        for name, member in list(_dict_of(each).items()):
            place = _place_of(member) if type(name) is str else None
            if place is not None and 0 <= place < most:
                by_place += [[] for _ in range(len(by_place), place + 1)]
                by_place[place].append(name)
    return fields, by_place


def _declared_fields(mro):
    """The `_fields` of a named tuple, which the program may have changed."""
    for cls in mro:
        fields = _dict_of(cls).get("_fields")
        if fields is not None:
            if type(fields) is tuple and all(type(name) is str for name in fields):
                return fields
            return None
    return None


def _struct_sequence_fields(namespace):
    """Names of the items of a tuple of C code, such as `pwd.struct_passwd`; those without a name are the last ones."""
    seen, unnamed = namespace.get("n_sequence_fields"), namespace.get("n_unnamed_fields")
    if type(seen) is not int or type(unnamed) is not int:
        return None
    names = [name for name, member in list(namespace.items()) if type(member) is MemberType and type(name) is str]
    return tuple(names[:max(seen - unnamed, 0)])


def _place_of(member):
    """Which item of a named tuple a member of its class is for; None for other members."""
    kind = type(member)
    if type_name(kind).lstrip("_") != "collections:_tuplegetter":  # 3.8 to 3.11: of `_collections`
        return None
    reduce = _dict_of(kind).get("__reduce__")
    if type(reduce) is not MethodDescriptorType or reduce.__objclass__ is not kind:  # a class that goes by the name
        return None
    return reduce(member)[1][0]


def is_exit(error):
    """Whether it is a SystemExit, which is how a program asks to end."""
    return has_base(type(error), SystemExit)


def has_base(cls, base):
    """`issubclass` for the interpreter's own classes, without asking the program."""
    return id(base) in map(id, _mro_of(cls) or ())


def exception_text(error):
    """`str(error)` where that runs the interpreter's own code alone; else None."""
    for cls in _mro_of(type(error)):
        method = _dict_of(cls).get("__str__")
        if method is not None:
            break
    if id(cls) not in SAFE_STR:
        return None
    # A group says its message, and how many exceptions it holds.
    parts = _exception_args(error) if id(cls) != id(_Group) else (_message_of_group(error),)
    if id(cls) == id(OSError):
        parts += tuple(get(error) for get in _oserror_parts)
    for part in parts:
        if id(type(part)) not in PLAIN and type(part) is not str and type(part) is not bytes:
            return None
        if type(part) is int and not -_WIDE < part < _WIDE:
            return None
    try:
        text = method.__get__(error)()
    except RecursionError:
        raise
    except Exception as failure:  # of an exception whose __init__ was never called
        if failure.__traceback__.tb_next is not None:  # no: a signal handler of the program raised
            raise
        return None
    return text[:SHORT_TEXT * 5] if type(text) is str else None


SAFE_STR = frozenset(map(id, (BaseException, KeyError, OSError, _Group)))

# Types that can be shown only with the help of library code: the whole list. What shows them is in _ct_library.
SCALARS = {
    "date": "datetime:datetime datetime:time datetime:date datetime:timedelta",
    "timezone": "datetime:timezone",
    "zoneinfo": "zoneinfo:ZoneInfo",
    "decimal": "decimal:Decimal",
    "fraction": "fractions:Fraction",
    "uuid": "uuid:UUID",
    "code_with_a_name": "builtins:generator builtins:coroutine builtins:async_generator builtins:code",
    "memoryview": "builtins:memoryview",
    "yielded": "builtins:async_generator_wrapped_value",
    "path": "pathlib:PosixPath pathlib:PurePosixPath pathlib._local:PosixPath pathlib._local:PurePosixPath",
    "file": "_io:TextIOWrapper _io:BufferedReader _io:BufferedWriter _io:BufferedRandom _io:FileIO",
    "number": (
        "numpy:bool numpy:bool_ numpy:int8 numpy:int16 numpy:int32 numpy:int64 numpy:longlong "
        "numpy:uint8 numpy:uint16 numpy:uint32 numpy:uint64 numpy:ulonglong numpy:float16 numpy:float32 "
        "numpy:complex64"
    ),
    "moment": "numpy:datetime64 numpy:timedelta64",
}
CONTAINERS = {
    "view_of_dict": "builtins:dict_keys builtins:dict_values builtins:dict_items builtins:mappingproxy",
    "deque": "collections:deque",
    "ordered_dict": "collections:OrderedDict",
    "frozen_dict": "builtins:frozendict",
    "array": "array:array",
    "match": "re:Match",
    "ndarray": "numpy:ndarray",
    "series": "pandas:Series pandas.core.series:Series",
    "data_frame": "pandas:DataFrame pandas.core.frame:DataFrame",
    "property_": "builtins:property",
    "wrapped": "builtins:staticmethod builtins:classmethod",
    "cell": "builtins:cell",
    "partial": "functools:partial",
    "template": "string.templatelib:Template",
    "interpolation": "string.templatelib:Interpolation",
    "generic_alias": "types:GenericAlias",
    "union": "types:UnionType typing:Union",
    "pattern": "re:Pattern",
}
LIBRARY = {name: maker for makers in (SCALARS, CONTAINERS) for maker, names in makers.items() for name in names.split()}
_library = Later(["_ct_library"], ["gc", "_ct_values"])
_kept = Later(
    ["_ct_pointers", "_ct_tables", "_ct_kept"],
    ["_frozen_importlib", "_imp", "_operator", "_thread", "itertools", "marshal", "mmap", "sys", "_ct_later", "_ct_values"],
)
_dict_getters = Later(
    ["_ct_pointers", "_ct_getters"],
    ["_frozen_importlib", "_imp", "mmap", "sys", "_ct_builtins", "_ct_later"],
)
_objects = Later(
    ["_ct_pointers", "_ct_objects"],
    ["_frozen_importlib", "_imp", "_operator", "_thread", "itertools", "marshal", "mmap", "sys", "_ct_builtins", "_ct_guard",
     "_ct_later", "_ct_values"],
)
_makers = {}


def _maker(name):
    """The maker of that name; the first one has its module compiled."""
    if not _makers:
        compiled = _library.compiled()
        if compiled is None:
            return lambda encoder, cls, name: None
        _makers.update(compiled)
    return _makers[name]
