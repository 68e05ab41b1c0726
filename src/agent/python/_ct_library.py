"""How values of library types are shown that hold their content out of sight: one explicit list, by the types' names.

The rule of _ct_values holds: no code of the program runs. A type counts as the one of its
name only if what is asked of it is code of its own in C, or a slot (`_c_level`); the calls of library code made here are
methods in C of exactly that type, on a part of the value that the bounds limit.

Compiled when a value of such a type is first met, which most programs don't live to see (`_ct_later.py`); the list of types
is in `_ct_values`. A maker is called with (encoder, class, name to show) and gives the function (value, depth, walk) -> encoded, or None
where the class is not the one meant. The class may be a base of the value's own.
"""
from gc import get_referents

from _ct_values import (
    LONG_BYTES, LONG_TEXT, MARK, MORE, RAW, SEQUENCE, STRUCT, TOO_DEEP, TYPED, GetSetType, MemberType, MethodDescriptorType,
)
from _ct_values import PLAIN as _PLAIN
from _ct_values import _dict_of, _mro_of
from _ct_values import _name_of as _name
from _ct_values import is_own

LARGE_DECIMAL = 4096  # bytes of memory; `repr` writes out all of its digits
SMALL_ARRAY = 1000  # elements of an array of a subclass, of which no part can be had without its own code
WIDEST_PART = 1 << 8192  # of a fraction
NOT_READABLE = (AttributeError, TypeError, ValueError, RuntimeError, BufferError, NotImplementedError, OverflowError)

C_LEVEL = frozenset(map(id, (type(object.__repr__), MethodDescriptorType, GetSetType, MemberType)))
PLAIN = _PLAIN | frozenset(map(id, (str, bytes)))


def _name_of(cls):
    """A type's name as a plain str: where names may be given, the interpreter takes subclasses too."""
    return str.__str__(_name(cls))


def _c_level(cls, *names):
    """The attributes of these names that `cls` itself has in C, None in the place of any other."""
    space = _dict_of(cls)
    found = [space.get(name) for name in names]
    return [each if id(type(each)) in C_LEVEL and each.__objclass__ is cls else None for each in found]


def _field(v, name):
    """`v.name` where a descriptor in C or the value's own dict says it; else None."""
    for cls in _mro_of(type(v)) or ():
        found = _dict_of(cls).get(name)
        if found is not None:
            if type(found) is not GetSetType and type(found) is not MemberType or found.__objclass__ is not cls:
                return None
            try:
                return found.__get__(v)
            except NOT_READABLE:
                return None
    for cls in _mro_of(type(v)) or ():
        found = _dict_of(cls).get("__dict__")
        if type(found) is GetSetType and is_own(found, cls):
            return dict.get(found.__get__(v), name)
    return None


def _opaque(name):
    return (MARK, RAW, name, "<%s>" % name.rpartition(":")[2])


def _raw(encoder, name, text):
    left = len(text) - encoder.max_bytes
    if left > 0:
        text = "%s\u2026 <%d more characters>" % (text[:encoder.max_bytes], left)
    return (MARK, RAW, name, text)


def _fields(encoder, name, names, values, depth, walk):
    if depth <= 0 or walk.nodes <= 0:
        return (MARK, TOO_DEEP, name)
    shown = encoder._items(list(values), len(values), depth - 1, walk)
    return (MARK, STRUCT, name, names[:len(shown) - (len(shown) < len(names))], shown)


# -- dates and numbers


def date(encoder, cls, name):
    """`__repr__` is C code that looks at nothing but the zone."""
    method, tzinfo = _c_level(cls, "__repr__", "tzinfo")
    if method is None:
        return None
    parts = []
    if tzinfo is not None:
        for part in ("year", "month", "day", "hour", "minute", "second", "microsecond"):
            parts += [_dict_of(base)[part].__get__ for base in _mro_of(cls)[:2] if part in _dict_of(base)][:1]
        fold = _dict_of(cls)["fold"].__get__

    def handler(v, depth, walk):
        zone = tzinfo.__get__(v) if tzinfo is not None else None
        if zone is None or _is_plain_timezone(zone):
            return (MARK, RAW, name, method(v))
        # The zone's repr would run its own code.
        naive = method(cls(*[part(v) for part in parts], fold=fold(v)))
        return (MARK, RAW, name, "%s, tzinfo=%s)" % (naive[:-1], _zone_text(zone)))

    return handler


def timezone(encoder, cls, name):
    method, = _c_level(cls, "__repr__")
    if method is None:
        return None
    return lambda v, depth, walk: (MARK, RAW, name, method(v)) if _is_plain_timezone(v) else _opaque(name)


def zoneinfo(encoder, cls, name):
    return (lambda v, depth, walk: (MARK, RAW, name, _zone_text(v))) if _c_level(cls, "key")[0] else None


def _is_plain_timezone(zone):
    """Whether nothing but C code runs for `repr(zone)`: a `datetime.timezone` of an ordinary offset and name."""
    namespace = _dict_of(type(zone))
    if namespace.get("__module__", "datetime") != "datetime" or _name_of(type(zone)) != "timezone":
        return False
    if None in _c_level(type(zone), "__repr__", "__getinitargs__"):
        return False
    offset, *name = namespace["__getinitargs__"](zone)
    return _c_level(type(offset), "__repr__")[0] is not None and (not name or type(name[0]) is str)


def _zone_text(zone):
    key = None
    if _name_of(type(zone)) == "ZoneInfo" and _c_level(type(zone), "key")[0]:
        key = _field(zone, "key")
    return "zoneinfo.ZoneInfo(key=%r)" % key if type(key) is str else "<%s>" % _name_of(type(zone))


def decimal(encoder, cls, name):
    method, size = _c_level(cls, "__repr__", "__sizeof__")
    if method is None or size is None:
        return None

    def handler(v, depth, walk):
        memory = size(v)
        if memory > LARGE_DECIMAL:
            return (MARK, RAW, name, "<Decimal of %d bytes>" % memory)
        return _raw(encoder, name, method(v))

    return handler


def fraction(encoder, cls, name):
    parts = _c_level(cls, "_numerator", "_denominator")
    if None in parts:
        return None
    top, bottom = parts

    def handler(v, depth, walk):
        try:
            pair = (top.__get__(v), bottom.__get__(v))
        except AttributeError:  # in the middle of being made
            return _opaque(name)
        if type(pair[0]) is not int or type(pair[1]) is not int or not max(abs(pair[0]), pair[1]) < WIDEST_PART:
            return _opaque(name)
        return _raw(encoder, name, "Fraction(%d, %d)" % pair)

    return handler


def uuid(encoder, cls, name):
    number, = _c_level(cls, "int")
    if number is None:
        return None

    def handler(v, depth, walk):
        try:
            digits = number.__get__(v)
        except AttributeError:
            return _opaque(name)
        if type(digits) is not int or not 0 <= digits < 1 << 128:
            return _opaque(name)
        digits = "%032x" % digits
        parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
        return (MARK, RAW, name, "UUID('%s')" % "-".join(parts))

    return handler


# -- the interpreter's own


def code_with_a_name(encoder, cls, name):
    of = _c_level(cls, "co_name" if _name_of(cls) == "code" else "__qualname__")[0].__get__
    shown = name.rpartition(":")[2]
    return lambda v, depth, walk: (MARK, RAW, name, "<%s %s>" % (shown, str.__str__(of(v))))


def memoryview(encoder, cls, name):
    part, contents, size, width = _c_level(cls, "__getitem__", "tobytes", "nbytes", "itemsize")

    def handler(v, depth, walk):
        try:
            total = size.__get__(v)
            if total <= encoder.max_bytes:
                shown = contents(v)
            else:
                # In one call of C: a view that lived on could keep the program's own from being released.
                ends = (slice(encoder.max_bytes // width.__get__(v)),)
                shown = next(map(contents, map(part, (v,), ends)))
        except NOT_READABLE:  # released, or of several dimensions
            return _opaque(name)
        return (MARK, LONG_BYTES, name, shown, total)

    return handler


def view_of_dict(encoder, cls, name):
    kind = _name_of(cls)

    def handler(v, depth, walk):
        seen = get_referents(v)
        if len(seen) != 1 or not _is_dict_in_order(type(seen[0])):
            return _opaque(name)
        of, = seen
        items = encoder.first(dict.items(of))
        if kind == "mappingproxy":
            return encoder._mapping(name, items, dict.__len__(of), depth, walk)
        if encoder.attributes is not None:
            items, dropped = encoder._hide_items(items)
        else:
            dropped = 0
        shown = items if kind == "dict_items" else [item[kind == "dict_values"] for item in items]
        return encoder._sequence(name, shown, dict.__len__(of) - dropped, depth, walk)

    return handler


def _is_dict_in_order(cls):
    """Whether it is a dict, or made from one, but no OrderedDict: that one's order is not the dict's."""
    mro = _mro_of(cls) or ()
    return id(dict) in map(id, mro) and not any(["move_to_end" in _dict_of(base) for base in mro])


def _by_members(*members):
    """A maker for types whose content is in these attributes."""

    def make(encoder, cls, name):
        getters = _c_level(cls, *members)
        if None in getters:
            return None
        getters = [getter.__get__ for getter in getters]

        def handler(v, depth, walk):
            try:
                values = [get(v) for get in getters]
            except NOT_READABLE:  # nothing in it yet
                return _opaque(name)
            return _fields(encoder, name, members, values, depth, walk)

        return handler

    return make


property_ = _by_members("fget", "fset", "fdel")
wrapped = _by_members("__func__")
cell = _by_members("cell_contents")
partial = _by_members("func", "args", "keywords")
template = _by_members("strings", "interpolations")
interpolation = _by_members("value", "expression", "conversion", "format_spec")
generic_alias = _by_members("__origin__", "__args__")
union = _by_members("__args__")
pattern = _by_members("pattern", "flags")


# -- containers of the library


def yielded(encoder, cls, name):
    """What an async generator yields, which goes to whoever awaits it in a wrapper."""
    def handler(v, depth, walk):
        wrapped = get_referents(v)
        return encoder.encode(wrapped[0], depth, walk) if len(wrapped) == 1 else _opaque(name)

    return handler


def deque(encoder, cls, name):
    items, length = _c_level(cls, "__iter__", "__len__")
    if items is None or length is None:
        return None
    return lambda v, depth, walk: encoder._sequence(name, encoder.first(items(v)), length(v), depth, walk)


def ordered_dict(encoder, cls, name):
    """Its order is not the dict's after `move_to_end`, and is asked for by hashing each key."""
    in_order, = _c_level(cls, "items")

    def handler(v, depth, walk):
        total, of = dict.__len__(v), dict.items
        if in_order is not None and total <= encoder.max_items:
            if frozenset(map(id, map(type, dict.keys(v)))) <= PLAIN:
                of = in_order
        return encoder._mapping(name, encoder.first(of(v)), total, depth, walk)

    return handler


def frozen_dict(encoder, cls, name):
    pairs, length = _c_level(cls, "items", "__len__")
    if None in (pairs, length):
        return None

    def handler(v, depth, walk):
        return encoder._mapping(name, encoder.first(pairs(v)), length(v), depth, walk)

    return handler


def array(encoder, cls, name):
    part, to_list, length = _c_level(cls, "__getitem__", "tolist", "__len__")
    if None in (part, to_list, length):
        return None

    def handler(v, depth, walk):
        try:
            items = to_list(part(v, slice(encoder.max_items)))
        except NOT_READABLE:
            return _opaque(name)
        return encoder._sequence(name, items, length(v), depth, walk)

    return handler


def match(encoder, cls, name):
    """What matched, and the groups."""
    string, spans, pattern = _c_level(cls, "string", "regs", "re")
    if None in (string, spans, pattern):
        return None

    def handler(v, depth, walk):
        text, regs = string.__get__(v), spans.__get__(v)
        if type(text) is not str and type(text) is not bytes:
            return _opaque(name)
        most = encoder.max_bytes
        groups = []
        for start, stop in regs[:encoder.max_items + 1]:
            if start < 0:
                groups.append(None)
            elif stop - start <= most or type(text) is bytes:
                groups.append(text[start:stop])
            else:
                groups.append(encoder.ready((MARK, LONG_TEXT, text[start:start + most], stop - start)))
        values = (regs[0], groups[0], tuple(groups[1:]), pattern.__get__(v))
        return _fields(encoder, name, ("span", "match", "groups", "re"), values, depth, walk)

    return handler


# -- files and paths


def path(encoder, cls, name):
    """Put together from what it was made of, as it does itself when it is first asked; that would be its own code."""
    shown = name.rpartition(":")[2].rpartition(".")[2]

    def handler(v, depth, walk):
        text = _field(v, "_str")
        if type(text) is not str:
            raw, parts = _field(v, "_raw_paths"), _field(v, "_parts")
            pieces = raw if raw is not None else parts if parts is not None else [_field(v, "_raw_path")]
            if type(pieces) is not list or not all([type(piece) is str for piece in pieces]):
                return _opaque(name)
            text = _posix_path(pieces)
        return _raw(encoder, name, "%s(%r)" % (shown, text))

    return handler


def _posix_path(pieces):
    text = ""
    for piece in pieces:
        text = piece if piece[:1] == "/" or not text else text + "/" * (text[-1] != "/") + piece
    root = "//" if text[:2] == "//" and text[:3] != "///" else text[:1] if text[:1] == "/" else ""
    return root + "/".join([part for part in text.split("/") if part and part != "."]) or "."


def file(encoder, cls, name):
    shown = name.rpartition(":")[2]

    def handler(v, depth, walk):
        inner = v
        for link in ("buffer", "raw"):
            below = _field(inner, link)
            inner = inner if below is None else below
        if _name_of(type(inner)) != "FileIO" or _c_level(type(inner), "closed")[0] is None:
            return _opaque(name)
        path = _field(inner, "name")
        told = ["%s=%r" % each for each in (("name", path), ("mode", _field(inner, "mode"))) if id(type(each[1])) in PLAIN]
        if _field(inner, "closed") is True:
            told.append("closed")
        return _raw(encoder, name, "<%s>" % " ".join([shown] + told))

    return handler


# -- numpy and pandas


def number(encoder, cls, name):
    generic = [base for base in _mro_of(cls) if _name_of(base) == "generic"]
    item = _c_level(generic[0], "item")[0] if generic else None
    if item is None:
        return None

    def handler(v, depth, walk):
        content = item(v)
        return (MARK, TYPED, name, content) if id(type(content)) in PLAIN else _opaque(name)

    return handler


def moment(encoder, cls, name):
    text, = _c_level(cls, "__str__")
    return text and (lambda v, depth, walk: (MARK, RAW, name, text(v)))


def ndarray(encoder, cls, name):
    part, to_list, shape_of, dtype_of, size = _c_level(cls, "__getitem__", "tolist", "shape", "dtype", "size")
    if None in (part, to_list, shape_of, dtype_of, size):
        return None

    def content(v, shape, depth, walk):
        """One dimension after the other: each row counts as a value that is looked at."""
        if not shape:
            return to_list(v) if id(type(to_list(v))) in PLAIN else _opaque(name)
        if type(v) is not cls:  # making a part of it would run code of the subclass
            rows = to_list(v) if size.__get__(v) <= SMALL_ARRAY else None
            if rows is None:
                return _opaque(name)
        elif len(shape) == 1:
            rows = to_list(part(v, slice(encoder.max_items)))
        else:
            rows = []
            for number in range(min(shape[0], encoder.max_items)):
                if walk.nodes <= 0 or depth <= 1:
                    break
                walk.nodes -= 1
                rows.append(content(part(v, number), shape[1:], depth - 1, walk))
            if not rows and shape[0]:
                return (MARK, TOO_DEEP, name)
            if shape[0] > len(rows):
                rows.append((MARK, MORE, shape[0] - len(rows)))
            return (MARK, SEQUENCE, name, rows)
        return encoder._sequence(name, rows, shape[0], depth, walk)

    def handler(v, depth, walk):
        shape, dtype = shape_of.__get__(v), dtype_of.__get__(v)
        try:
            inner = content(v, shape, depth - 1, walk)
        except NOT_READABLE:
            return _opaque(name)
        kind = _field(dtype, "kind")
        words = _field(dtype, "str") if kind in ("M", "m", "U", "S", "V") else _name_of(_field(dtype, "type"))
        return (MARK, STRUCT, name, ("", "dtype", "shape"), [inner, words, shape])

    return handler


def _labels(index):
    """What holds an index's labels: an array or a range."""
    labels = _field(index, "_range")
    return labels if type(labels) is range else _inner_array(_field(index, "_data"))


def _inner_array(values):
    """The numpy array inside an extension array; else the thing itself."""
    inner = _field(values, "_ndarray")
    return values if inner is None else inner


def series(encoder, cls, name):
    def handler(v, depth, walk):
        manager = _field(v, "_mgr")
        blocks, axes = _field(manager, "blocks"), _field(manager, "axes")
        if not (type(blocks) is tuple and len(blocks) == 1 and type(axes) is list and len(axes) == 1):
            return _opaque(name)
        values = _inner_array(_field(blocks[0], "values"))
        return _fields(encoder, name, ("name", "index", "values"), (_field(v, "_name"), _labels(axes[0]), values), depth, walk)

    return handler


def data_frame(encoder, cls, name):
    def handler(v, depth, walk):
        manager = _field(v, "_mgr")
        blocks, axes = _field(manager, "blocks"), _field(manager, "axes")
        if not (type(blocks) is tuple and type(axes) is list and len(axes) == 2):
            return _opaque(name)
        try:
            columns = _columns(encoder, blocks, _labels(axes[0]))
        except NOT_READABLE:
            return _opaque(name)
        if depth <= 1:
            return (MARK, TOO_DEEP, name)
        total, shown = columns
        index = encoder.encode(_labels(axes[1]), depth - 1, walk)
        columns = encoder._mapping("builtins:dict", shown, total, depth - 1, walk)
        return (MARK, STRUCT, name, ("index", "columns"), [index, columns])

    return handler


def _columns(encoder, blocks, labels):
    """(number of columns, [(label, array)] of the first of them, in order)"""
    to_list, part = _c_level(type(labels), "tolist", "__getitem__")
    if to_list is not None and part is not None:
        names = to_list(part(labels, slice(encoder.max_items)))
        total = _field(labels, "size")
    elif type(labels) is range:
        names, total = list(labels[:encoder.max_items]), len(labels)
    else:
        raise TypeError("labels that can't be read")
    columns = {}
    for block in blocks:
        values, places = _field(block, "values"), _field(_field(block, "_mgr_locs"), "as_array")
        to_list, part = _c_level(type(places), "tolist", "__getitem__")
        rows = _c_level(type(values), "__getitem__", "tolist", "shape")
        for number, place in enumerate(to_list(part(places, slice(encoder.max_items)))):
            # A block of numpy's has a row for each of its columns, one of another kind is one column.
            columns[place] = rows[0](values, number) if None not in rows else _inner_array(values)
    return total, [(name, columns.get(place)) for place, name in enumerate(names)]
