"""What random values are made of, and a description of each in words of its own: `tell(number, value)` prints it.

A description is [kind of record, type name] and, where the kind has one, a content. The recorder's agent has no part in
this, and the filter of the test keeps this file out of the trace.
"""
import array
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import json
import pathlib
import re
import sys
import types
import uuid

ITEMS, BYTES = 8, 250  # the recording's own bounds
MOST = 60  # values in one; with more of them the recorder may run into its bound on all


class Plain:
    def __init__(self, **names):
        self.__dict__.update(names)


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a, b):
        self.a, self.b = a, b


@dataclasses.dataclass
class Point:
    x: object
    y: object = None


Pair = collections.namedtuple("Pair", "left right")
Colour = enum.Enum("Colour", "RED GREEN")
Level = enum.IntEnum("Level", "LOW HIGH")
Flags = enum.IntFlag("Flags", "A B")


class Suit(str, enum.Enum):
    SPADES = "s"



class Hostile:
    """Whoever looks in any way but the interpreter's own is found out."""

    def trap(self, *args):
        sys.stderr.write("code of a value ran\n")
        raise RuntimeError("hostile")

    __repr__ = __eq__ = __getattr__ = __getattribute__ = __len__ = __iter__ = __bool__ = __reduce__ = __str__ = trap
    __hash__ = None


class Items(list):
    pass


class Table(dict):
    pass


class Row(tuple):
    pass


class Group(set):
    pass


class Whole(int):
    pass


class Real(float):
    pass


class Text(str):
    pass


class Raw(bytes):
    pass


class Imaginary(complex):
    pass


class Price(decimal.Decimal):
    pass


class Trouble(Exception):
    pass


def function():
    pass


def link(a, b):
    """Puts b into a, where that can take it."""
    kind = type(a)
    if kind in (list, collections.deque, Items):
        a.append(b)
    elif kind in (dict, Table, collections.OrderedDict):
        a["link"] = b
    elif kind in (Plain, types.SimpleNamespace):
        a.link = b


MORE = ["Raw", "<more>"]
WRITTEN_AS_REPR = (
    float, complex, datetime.date, datetime.datetime, datetime.time, datetime.timedelta, datetime.timezone, decimal.Decimal,
    fractions.Fraction, uuid.UUID, pathlib.PurePosixPath, pathlib.PosixPath, range, type(...),
)


class Describing:
    def __init__(self):
        self.count, self.inside = 0, []

    def value(self, v):
        self.count += 1
        kind = type(v)
        name = kind.__qualname__
        if kind is Hostile:
            return ["Struct", name, []]
        for is_of, how in self.PLAIN:
            if is_of(v):
                return how(self, name, v)
        if len(self.inside) > 40 or any([v is each for each in self.inside]):
            return ["Raw", name, "<cycle: the enclosing %s>" % name]
        self.inside.append(v)
        try:
            return self.container(kind, name, v)
        finally:
            self.inside.pop()

    # -- what holds nothing else

    def text(self, name, v):
        v = str(v)
        if len(v) > BYTES:
            return ["Raw", name, "%r\u2026 <%d more characters>" % (v[:BYTES], len(v) - BYTES)]
        if any([0xD800 <= ord(c) < 0xE000 for c in v]):
            return ["Raw", name, repr(v)]
        return ["String", name, v]

    def bytes(self, name, v):
        shown = repr(bytes(v)[:BYTES])
        left = "\u2026 <%d more bytes>" % (len(v) - BYTES) if len(v) > BYTES else ""
        return ["Raw", name, (shown if name == "bytes" else "%s(%s)" % (name, shown)) + left]

    def whole(self, name, v):
        if -(2**63) <= v < 2**63:
            return ["Int", name, int.__repr__(v)]
        return ["Raw", name, int.__repr__(v)]

    PLAIN = (
        (lambda v: v is None, lambda self, name, v: ["None", name]),
        (lambda v: type(v) is bool, lambda self, name, v: ["Bool", name, str(v).lower()]),
        (lambda v: type(v) in (int, Whole), whole),
        (lambda v: type(v) in (str, Text), text),
        (lambda v: type(v) in (bytes, bytearray, Raw, memoryview), bytes),
        (lambda v: type(v) in WRITTEN_AS_REPR, lambda self, name, v: ["Raw", name, repr(v)]),
        (lambda v: type(v) is Real, lambda self, name, v: ["Raw", name, repr(float(v))]),
        (lambda v: type(v) is Imaginary, lambda self, name, v: ["Raw", name, repr(complex(v.real, v.imag))]),
        (lambda v: type(v) is Price, lambda self, name, v: ["Raw", name, repr(v)]),
        (lambda v: isinstance(v, enum.Enum), lambda self, name, v: ["Struct", name, [
            ["name", self.value(v._name_)], ["value", self.value(v._value_)]]]),
        (lambda v: type(v) is types.FunctionType, lambda self, name, v: ["Raw", name, "<function %s>" % v.__qualname__]),
        (lambda v: type(v) is types.BuiltinFunctionType, lambda self, name, v: ["Raw", name, "<built-in function %s>" % v.__name__]),
        (lambda v: type(v) is types.ModuleType, lambda self, name, v: ["Raw", name, "<module '%s'>" % v.__name__]),
        (lambda v: isinstance(v, type), lambda self, name, v: ["Raw", "type", repr(v) if v.__module__ != "builtins" else "<class '%s'>" % v.__name__]),
    )

    # -- what does

    def some(self, items, total):
        shown = [self.value(item) for item in items[:ITEMS]]
        return shown + [MORE + ["<\u2026 %d more>" % (total - ITEMS)]] if total > ITEMS else shown

    def pairs(self, items):
        shown = [["Tuple", "tuple", [self.value(key), self.value(item)]] for key, item in items[:ITEMS]]
        return shown + [MORE + ["<\u2026 %d more>" % (len(items) - ITEMS)]] if len(items) > ITEMS else shown

    def fields(self, name, fields):
        return ["Struct", name, [[field, self.value(item)] for field, item in fields]]

    def container(self, kind, name, v):
        if kind is Pair:
            return self.fields(name, [("left", v.left), ("right", v.right)])
        if kind is tuple:
            return ["Tuple", name, self.some(list(v), len(v))]
        if isinstance(v, (list, tuple, set, frozenset, collections.deque, array.array)):
            return ["Sequence", name, self.some(list(v), len(v))]
        if isinstance(v, (dict, types.MappingProxyType)):
            return ["Sequence", name, self.pairs(list(v.items()))]
        if kind in (type({}.keys()), type({}.values())):
            return ["Sequence", name, self.some(list(v), len(v))]
        if kind is slice:
            return self.fields(name, [("start", v.start), ("stop", v.stop), ("step", v.step)])
        if kind is Slotted:
            return self.fields(name, [("b", v.b), ("a", v.a)])
        if kind is functools.partial:
            return self.fields(name, [("func", v.func), ("args", v.args), ("keywords", v.keywords)])
        if kind is type(re.compile("")):
            return self.fields(name, [("pattern", v.pattern), ("flags", v.flags)])
        if isinstance(v, BaseException):
            return self.fields(name, [("args", v.args)] + list(v.__dict__.items()))
        return self.fields(name, list(v.__dict__.items()))


def tell(number, v):
    describing = Describing()
    described = describing.value(v)
    print(json.dumps([number, described if describing.count <= MOST else None]))
