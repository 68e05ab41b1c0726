"""Encodes many values with the agent's encoder and says, in its own words, what each of them is.

usage: python values_writer.py AGENT_FOLDER SEED

Output, one line each:
  D HEX               a record that the encoder sent, marshalled
  V NAME HEX JSON     a value: its name, its encoding, and its description
  C JSON              how often code of the hostile classes ran; has to be empty

A description is [type name], [type name, content], or [type name, [descriptions]]; pairs are [name or key, value].
"""
import array
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import gc
import importlib
import io
import json
import os
import pathlib
import random
import re
import sys
import time
import types
import uuid
from marshal import dumps

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])

_ct_values = importlib.import_module("_ct_values")
_ct_filter = importlib.import_module("_ct_filter")

DEPTH, ITEMS, BYTES = 6, 20, 300
encoder = _ct_values.Encoder(lambda record: print("D", dumps(record, 2).hex()), DEPTH, ITEMS, BYTES)


PATTERNS = ((lambda name: name[:2] == "r_", 1), (lambda name: name[:2] == "d_", 2))  # redact, drop
hiding = encoder.under(_ct_filter.Attributes(PATTERNS, 1000))


def show(name, value, description, by=encoder):
    encoded = dumps(by.value(value), 2)
    print("V", name.replace(" ", "_"), encoded.hex(), json.dumps(description))


def has_surrogates(text):
    return any(0xD800 <= ord(c) < 0xE000 for c in text)


def describe(v):
    """For values within the bounds."""
    name = type(v).__qualname__
    if v is None:
        return [name]
    if type(v) is int:
        return [name, str(v)]
    if type(v) is str:
        if has_surrogates(v):
            return [name, repr(v)]
        return [name, v]
    if type(v) in (bool, float, complex, bytes, bytearray):
        return [name, {True: "true", False: "false"}[v] if type(v) is bool else repr(v)]
    if type(v) in (list, tuple, set, frozenset):
        return [name, [describe(item) for item in v]]
    if type(v) is dict:
        return [name, [["tuple", [describe(key), describe(item)]] for key, item in v.items()]]
    raise TypeError(name)


# -- plain values

plain = [
    None, True, False, 0, 1, -1, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**45 - 1, 2**45, -(2**45), 2**53, -(2**53),
    2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64, 10**100, -(10**100), 2**8191,
    0.0, -0.0, 0.1, 1e16, 1e15, 1.5e-5, 1e-4, 1e300, 5e-324, float("inf"), float("-inf"), float("nan"),
    0j, 1j, -1j, complex(-0.0, 1), complex(1, -0.0), complex(0, float("nan")), complex(1e16, float("-inf")),
    complex(1.5, 2.5), complex(float("nan"), 0),
    "\x9f\xa0\xad\u200b\u2028\ue000\U000e0001\ud800", "", "a", "\x00", "\ufeffmark", "h\xe9 \u20ac \U0001f600", "\ud800", "a'\udfff\"", "it's\ud800", "\\\n\t\x01\ud800",
    b"", b"abc", b"\x00\xff'", b"'\"\\\n",
    bytearray(b"xy"), [], (), {}, set(), frozenset(), [1], (1,), {1}, frozenset([None]), {"a": 1, 2: [3]},
    [[[[[]]]]], (1, (2, [3, {"k": (4,)}])), [True, 1, 1.0, "1", None], {(): ()}, ["x" * 199],
]
for number, value in enumerate(plain):
    show("plain %d %.20r" % (number, value), value, describe(value))

# -- bounds

# No value that is shown in part is shown as if it were whole.
wide = (1 << 9000) + 5
show("wide int", wide, ["int", "0x80" + "00" * 31 + "\u2026 <9001 bits>"])
show("wide negative int", -wide, ["int", "-0x80" + "00" * 31 + "\u2026 <9001 bits>"])
shown_wide = "0x80" + "00" * 31 + "\u2026 <%d bits>"
show("wide ints in a list", [wide, -wide, "x"], ["list", [["int", shown_wide % 9001], ["int", "-" + shown_wide % 9001], ["str", "x"]]])
for bits in range(8188, 8206):
    content = str(1 << bits - 1) if bits <= 8192 else shown_wide % bits
    show("int of %d bits" % bits, 1 << bits - 1, ["int", content])
    show("int of %d bits in a list" % bits, [1 << bits - 1], ["list", [["int", content]]])
show("first digits of a wide int in a list", [0xABC << 20000], ["list", [["int", "0xabc" + "0" * 61 + "\u2026 <20012 bits>"]]])
show("text at the bound", "y" * 300, ["str", "y" * 300])
show("long text", "y" * 301, ["str", "'%s'\u2026 <1 more characters>" % ("y" * 300)])
same = "z" * 250 + "!"
show("long text once", same, ["str", same])
show("long text again", [same], ["list", [["str", same]]])
show("long text of astral characters", "\U0001f600" * 310, ["str", "'%s'\u2026 <10 more characters>" % ("\U0001f600" * 300)])
show("long text with surrogates", "\ud800" * 302, ["str", "'%s'\u2026 <2 more characters>" % ("\\ud800" * 300)])
show("long bytes", b"q" * 305, ["bytes", "b'%s'\u2026 <5 more bytes>" % ("q" * 300)])
show("long bytearray", bytearray(b"q" * 305), ["bytearray", "bytearray(b'%s')\u2026 <5 more bytes>" % ("q" * 300)])


def more(count):
    return ["<more>", "<\u2026 %d more>" % count]


def ints(numbers):
    return [["int", str(n)] for n in numbers]


def a_dict(count):
    return [["tuple", [["int", str(n)], ["int", str(n)]]] for n in range(count)]


show("long list", list(range(25)), ["list", ints(range(20)) + [more(5)]])
show("long tuple", tuple(range(25)), ["tuple", ints(range(20)) + [more(5)]])
show("long mixed list", ["s"] * 30, ["list", [["str", "s"]] * 20 + [more(10)]])
show("long set", {7} | {n + 100 for n in range(29)}, None)
show("long dict", {n: n for n in range(23)}, ["dict", a_dict(20) + [more(3)]])
deep = []
for _ in range(6):
    deep = [deep]
show("too deep", deep, ["list", [["list", [["list", [["list", [["list", [["list", [["list", "<list \u2026>"]]]]]]]]]]]]])


def within(left, outer):
    """[[None]] * 20, shown with so many values left to look at; the last one of these is only named."""
    shown = []
    for number in range(20):
        if left <= 0:
            return shown + [more(20 - number)], left
        left -= 1
        if left == 0:
            shown.append(["list", "<list \u2026>"])
        elif outer:
            items, left = within(left, False)
            shown.append(["list", items])
        else:
            shown.append(["list", [["NoneType"]]])
    return shown, left


show("too many", [[[None]] * 20] * 20, ["list", within(_ct_values.NODES, True)[0]])
pairs = {n: [n] for n in range(19)}
show("too many in a dict", [[[None]] * 20] * (_ct_values.NODES // 21) + [pairs], None)

# -- cycles and shared references

cycle = [1]
cycle.append(cycle)
show("cycle", cycle, ["list", [["int", "1"], ["list", "<cycle: the enclosing list>"]]])
ring = {}
ring["self"] = (ring,)
show("cycle through a tuple", ring,
     ["dict", [["tuple", [["str", "self"], ["tuple", [["dict", "<cycle: the enclosing dict>"]]]]]]])
shared = [1]
show("shared", [shared, shared], ["list", [["list", ints([1])]] * 2])

# -- what the language and its library make


@dataclasses.dataclass
class Point:
    x: int
    y: object = None


Pair = collections.namedtuple("Pair", "left right")


class Colour(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    HIGH = 3


class Suit(str, enum.Enum):
    SPADES = "s"


class Planet(enum.Enum):
    EARTH = (3, 4)

    def __init__(self, mass, private):
        self.mass, self._private = mass, private


Access = enum.Flag("Access", "READ WRITE")
Mode = enum.IntFlag("Mode", "X Y")
NAME_OF_TWO = ["str", "READ|WRITE"] if sys.version_info >= (3, 11) else ["NoneType"]


class Plain:
    def method(self):
        pass


class Slotted:
    __slots__ = ("a", "b", "unset")


class SlottedChild(Slotted):
    __slots__ = ("c",)


class Both(Slotted):
    pass


class Text(str):
    pass


class Whole(int):
    pass


class Real(float):
    pass


class Items(list):
    pass


class Table(dict):
    pass


class Group(set):
    pass


class Row(tuple):
    pass


class Raw(bytes):
    pass


class Trouble(Exception):
    pass


def with_attributes(v, **attributes):
    for name, value in attributes.items():
        setattr(v, name, value)
    return v


show("dataclass", Point(1, "two"), ["Point", [["x", ["int", "1"]], ["y", ["str", "two"]]]])
show("object in itself", with_attributes(Plain(), me=0), ["Plain", [["me", ["int", "0"]]]])
loop = Plain()
loop.me = loop
show("cycle of objects", loop, ["Plain", [["me", ["Plain", "<cycle: the enclosing Plain>"]]]])
show("namedtuple", Pair(1, [2]), ["Pair", [["left", ["int", "1"]], ["right", ["list", ints([2])]]]])
Wide = collections.namedtuple("Wide", ["f%d" % n for n in range(22)])
show("wide namedtuple", Wide(*range(22)), ["Wide", [["f%d" % n, ["int", str(n)]] for n in range(20)] + [["\u2026", more(2)]]])
times = ["year", "mon", "mday", "hour", "min", "sec", "wday", "yday", "isdst"]
show("struct sequence", time.struct_time(range(9)), ["struct_time", [["tm_" + times[n], ["int", str(n)]] for n in range(9)]])
show("struct sequence with items without a name", os.stat_result(range(10)), ["stat_result", ints(range(10))])
show("int enum", Level.HIGH, ["Level", [["name", ["str", "HIGH"]], ["value", ["int", "3"]]]])
show("enum", Colour.RED, ["Colour", [["name", ["str", "RED"]], ["value", ["int", "1"]]]])
show("text enum", Suit.SPADES, ["Suit", [["name", ["str", "SPADES"]], ["value", ["str", "s"]]]])
show("enum of tuples with attribute", Planet.EARTH, ["Planet", [
    ["name", ["str", "EARTH"]], ["value", ["tuple", ints([3, 4])]], ["mass", ["int", "3"]], ["_private", ["int", "4"]]]])
show("flags", Access.READ | Access.WRITE, ["Access", [["name", NAME_OF_TWO], ["value", ["int", "3"]]]])
show("no flags", Access(0), ["Access", [["name", ["NoneType"]], ["value", ["int", "0"]]]])
show("int flags", Mode.X, ["Mode", [["name", ["str", "X"]], ["value", ["int", "1"]]]])
show("empty object", Plain(), ["Plain", []])
show("slots", with_attributes(Slotted(), a=1, b=2), ["Slotted", [["b", ["int", "2"]], ["a", ["int", "1"]]]])
show("inherited slots", with_attributes(SlottedChild(), a=1, c=3), ["SlottedChild", [["a", ["int", "1"]], ["c", ["int", "3"]]]])
show("slots and dict", with_attributes(Both(), a=1, d=4), ["Both", [["d", ["int", "4"]], ["a", ["int", "1"]]]])
fields = [["f%d" % n, ["int", str(n)]] for n in range(20)]
show("many fields", with_attributes(Plain(), **{"f%d" % n: n for n in range(22)}), ["Plain", fields + [["\u2026", more(2)]]])
show("str subclass", Text("t"), ["Text", "t"])
show("long str subclass", Text("t" * 301), ["Text", "'%s'\u2026 <1 more characters>" % ("t" * 300)])
show("int subclass", Whole(7), ["Whole", "7"])
show("wide int subclass", Whole(wide), ["Whole", "0x80" + "00" * 31 + "\u2026 <9001 bits>"])
show("float subclass", Real(-0.0), ["Real", "-0.0"])
show("list subclass", Items([1]), ["Items", ints([1])])
show("list subclass with attribute", with_attributes(Items([1]), tag="t"),
     ["Items", [["", ["Items", ints([1])]], ["tag", ["str", "t"]]]])
show("str subclass with attribute", with_attributes(Text("s"), tag=1), ["Text", [["", ["str", "s"]], ["tag", ["int", "1"]]]])
show("dict subclass", Table(a=1), ["Table", [["tuple", [["str", "a"], ["int", "1"]]]]])
show("ordered dict", collections.OrderedDict(a=1), ["OrderedDict", [["tuple", [["str", "a"], ["int", "1"]]]]])
show("default dict", collections.defaultdict(list, a=1), ["defaultdict", [["tuple", [["str", "a"], ["int", "1"]]]]])
show("set subclass", Group([1]), ["Group", ints([1])])
show("tuple subclass", Row((1,)), ["Row", ints([1])])
show("bytes subclass", Raw(b"r"), ["Raw", "Raw(b'r')"])
SubPair = type("SubPair", (Pair,), {})
show("tuple subclass with attribute", with_attributes(Row((1,)), tag=2), ["Row", [["", ["Row", ints([1])]], ["tag", ["int", "2"]]]])
show("set subclass with attribute", with_attributes(Group([1]), tag=2), ["Group", [["", ["Group", ints([1])]], ["tag", ["int", "2"]]]])
show("bytes subclass with attribute", with_attributes(Raw(b"r"), tag=2), ["Raw", [["", ["Raw", "Raw(b'r')"]], ["tag", ["int", "2"]]]])
show("int subclass with attribute", with_attributes(Whole(7), tag=2), ["Whole", [["", ["int", "7"]], ["tag", ["int", "2"]]]])
show("namedtuple with attribute", with_attributes(SubPair(1, 2), tag=3), ["SubPair", [["left", ["int", "1"]], ["right", ["int", "2"]], ["tag", ["int", "3"]]]])
held = []
held.append(Row([held]))
show("cycle of a tuple subclass", held[0], ["Row", [["list", [["Row", "<cycle: the enclosing Row>"]]]]])
show("range", range(5), ["range", "range(0, 5)"])
show("range with step", range(9, 1, -2), ["range", "range(9, 1, -2)"])
show("slice", slice(1, None), ["slice", [["start", ["int", "1"]], ["stop", ["NoneType"]], ["step", ["NoneType"]]]])
show("ellipsis", ..., ["ellipsis", "Ellipsis"])
show("function", describe, ["function", "<function describe>"])
show("function again", [describe], ["list", [["function", "<function describe>"]]])
show("lambda", lambda: 0, ["function", "<function <lambda>>"])
show("class", Point, ["type", "<class '__main__.Point'>"])
show("builtin class", int, ["type", "<class 'int'>"])
show("the mark itself", (StopIteration, 1), ["tuple", [["type", "<class 'StopIteration'>"], ["int", "1"]]])
show("module", json, ["module", "<module 'json'>"])
show("builtin", len, ["builtin_function_or_method", "<built-in function len>"])
show("method", Plain().method, ["method", "<bound method Plain.method>"])
show("datetime", datetime.datetime(2020, 1, 2, 3), ["datetime", "datetime.datetime(2020, 1, 2, 3, 0)"])
aware = datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc)
show("datetime with timezone", aware, ["datetime", repr(aware)])
aware = datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=2), "there"))
show("datetime with named timezone", aware, ["datetime", repr(aware)])
show("date", datetime.date(2020, 1, 2), ["date", "datetime.date(2020, 1, 2)"])
show("time", datetime.time(1, tzinfo=datetime.timezone.utc), ["time", repr(datetime.time(1, tzinfo=datetime.timezone.utc))])
show("timedelta", datetime.timedelta(1), ["timedelta", "datetime.timedelta(days=1)"])
show("decimal", decimal.Decimal("1.50"), ["Decimal", "Decimal('1.50')"])

# -- library types whose content is out of sight: each is the list of _ct_library.py


class Berlin(datetime.tzinfo):
    """A zone whose every answer is the program's code."""

    def trap(self, *args):
        raise RuntimeError("zone")

    utcoffset = dst = tzname = __repr__ = trap


class Day(datetime.datetime):
    def replace(self, *args, **kwargs):
        raise RuntimeError("replace")

    __repr__ = replace


class Price(decimal.Decimal):
    pass


class Imaginary(complex):
    pass


class Queue(collections.deque):
    pass


class House(pathlib.PurePosixPath):
    pass


def texts(*words):
    return [["str", word] for word in words]


def raw_shown(name, value, text=None):
    show(name, value, [type(value).__qualname__, repr(value) if text is None else text])


zone = datetime.timezone.utc
for number, value in enumerate((
    datetime.date.min, datetime.date.max, datetime.time(1, 2, 3, 4, fold=1), datetime.time.max, datetime.timedelta.min,
    datetime.timedelta.max, datetime.timedelta(microseconds=-1), datetime.datetime.max, zone,
    datetime.timezone(datetime.timedelta(hours=-3, microseconds=5)), datetime.timezone(datetime.timedelta(hours=2), "there"),
    datetime.datetime(2020, 1, 2, 3, 4, 5, 6, zone, fold=1), decimal.Decimal("-0"), decimal.Decimal("NaN"), decimal.Decimal("-sNaN12"),
    decimal.Decimal("Infinity"), decimal.Decimal("1E+1000"), fractions.Fraction(1, 3), fractions.Fraction(-(10**30), 7),
    uuid.UUID(int=0), uuid.UUID("12345678-9abc-def0-1234-56789abcdef0"), pathlib.PurePosixPath("a"), pathlib.Path("/a/b"),
    pathlib.PurePosixPath(), pathlib.PurePosixPath("./a//b/./c/"), pathlib.PurePosixPath("//a"), pathlib.PurePosixPath("///a"),
    pathlib.PurePosixPath("/"), pathlib.PurePosixPath("."), pathlib.PurePosixPath("a", "/b", "c"), pathlib.PurePosixPath("a/..", ".b"),
    pathlib.PurePosixPath("it's"), pathlib.PurePosixPath("a") / "b", pathlib.PurePosixPath("/a/b").parent,
    pathlib.PurePosixPath("/a/b").relative_to("/a"), pathlib.PurePosixPath("a", ""), pathlib.PurePosixPath("/", "", "b"),
)):
    # What a path is asked it may keep, so what is shown has to come first.
    shown = encoder.value(value)
    raw_shown("library %d" % number, value)
    if encoder.value(value) != shown:
        raise AssertionError(value)
raw_shown("zone of the program", datetime.datetime(2020, 1, 2, tzinfo=Berlin()), "datetime.datetime(2020, 1, 2, 0, 0, tzinfo=<Berlin>)")
raw_shown("time in it", datetime.time(3, fold=1, tzinfo=Berlin()), "datetime.time(3, 0, fold=1, tzinfo=<Berlin>)")
raw_shown("datetime subclass", Day(2020, 1, 2), "Day(2020, 1, 2, 0, 0)")
raw_shown("datetime subclass in a zone", Day(2020, 1, 2, tzinfo=Berlin()), "datetime.datetime(2020, 1, 2, 0, 0, tzinfo=<Berlin>)")
raw_shown("decimal subclass", Price("1.50"), "Decimal('1.50')")
show("decimal subclass with attribute", with_attributes(Price("1.50"), unit="m"),
     ["Price", [["", ["Price", "Decimal('1.50')"]], ["unit", ["str", "m"]]]])
raw_shown("long decimal", decimal.Decimal("1" * 400), "Decimal('%s\u2026 <111 more characters>" % ("1" * 291))
raw_shown("path subclass", House("/a/./b"), "House('/a/b')")
raw_shown("long path", pathlib.PurePosixPath("x" * 400), "PurePosixPath('%s\u2026 <117 more characters>" % ("x" * 285))
if sys.version_info >= (3, 9):
    zoneinfo = importlib.import_module("zoneinfo")
    raw_shown("zone by key", zoneinfo.ZoneInfo("UTC"))
    raw_shown("datetime in it", datetime.datetime(2020, 1, 2, tzinfo=zoneinfo.ZoneInfo("UTC")))
show("complex subclass", Imaginary(1, -2), ["Imaginary", "(1-2j)"])
show("array", array.array("i", [1, 2]), ["array", ints([1, 2])])
show("array of floats", array.array("d", [0.5]), ["array", [["float", "0.5"]]])
show("array of characters", array.array("u" if sys.version_info < (3, 13) else "w", "hi"), ["array", texts("h", "i")])
show("long array", array.array("b", [7]) * 25, ["array", ints([7] * 20) + [more(5)]])
show("memoryview", memoryview(b"x'"), ["memoryview", 'memoryview(b"x\'")'])
show("memoryview of a part", memoryview(bytearray(b"abcdef"))[4:1:-2], ["memoryview", "memoryview(b'ec')"])
show("memoryview of numbers", memoryview(array.array("h", [258])), ["memoryview", "memoryview(b'\\x02\\x01')"])
show("long memoryview", memoryview(b"q" * 305), ["memoryview", "memoryview(b'%s')\u2026 <5 more bytes>" % ("q" * 300)])
released = memoryview(b"x")
released.release()
show("released memoryview", released, ["memoryview", "<memoryview>"])
show("table of bytes", memoryview(bytes(6)).cast("B", (2, 3)), ["memoryview", "memoryview(b'%s')" % ("\\x00" * 6)])
show("deque", collections.deque([1, "two"], 5), ["deque", [["int", "1"], ["str", "two"]]])
show("long deque", collections.deque(range(25)), ["deque", ints(range(20)) + [more(5)]])
show("deque subclass", with_attributes(Queue([1]), tag="t"), ["Queue", [["", ["Queue", ints([1])]], ["tag", ["str", "t"]]]])
tail = collections.deque()
tail.append(tail)
show("cycle of a deque", tail, ["deque", [["deque", "<cycle: the enclosing deque>"]]])
counter = collections.Counter("aab")
show("counter", counter, ["Counter", [["tuple", [["str", "a"], ["int", "2"]]], ["tuple", [["str", "b"], ["int", "1"]]]]])
moved = collections.OrderedDict.fromkeys("abc")
moved.move_to_end("a")
show("order of a moved key", moved, ["OrderedDict", [["tuple", [["str", key], ["NoneType"]]] for key in "bca"]])
pairs_of = {"a": 1}
show("keys", pairs_of.keys(), ["dict_keys", texts("a")])
show("values", pairs_of.values(), ["dict_values", ints([1])])
show("items", pairs_of.items(), ["dict_items", [["tuple", [["str", "a"], ["int", "1"]]]]])
show("items of a counter", counter.items(), ["dict_items", [["tuple", [["str", "a"], ["int", "2"]]], ["tuple", [["str", "b"], ["int", "1"]]]]])
show("items of an ordered dict", moved.items(), ["odict_items", "<odict_items>"])
show("mapping proxy", types.MappingProxyType(pairs_of), ["mappingproxy", [["tuple", [["str", "a"], ["int", "1"]]]]])
show("mapping proxy of another", types.MappingProxyType(collections.UserDict()), ["mappingproxy", "<mappingproxy>"])
show("namespace", types.SimpleNamespace(a=1), ["SimpleNamespace", [["a", ["int", "1"]]]])
show("partial", functools.partial(describe, 1, b=2), ["partial", [
    ["func", ["function", "<function describe>"]], ["args", ["tuple", ints([1])]],
    ["keywords", ["dict", [["tuple", [["str", "b"], ["int", "2"]]]]]]]])
show("property", property(describe), ["property", [["fget", ["function", "<function describe>"]], ["fset", ["NoneType"]], ["fdel", ["NoneType"]]]])
show("static method", staticmethod(describe), ["staticmethod", [["__func__", ["function", "<function describe>"]]]])
show("cell", (lambda x: lambda: x)(1).__closure__[0], ["cell", [["cell_contents", ["int", "1"]]]])
pattern = re.compile("(a)(b)?", re.I)
shown_pattern = ["Pattern", [["pattern", ["str", "(a)(b)?"]], ["flags", ["int", "34"]]]]
show("pattern", pattern, shown_pattern)
show("match", pattern.search("xAx"), ["Match", [
    ["span", ["tuple", ints([1, 2])]], ["match", ["str", "A"]], ["groups", ["tuple", [["str", "A"], ["NoneType"]]]],
    ["re", shown_pattern]]])
long_match = re.match("x+", "x" * 400)
show("long match", long_match, ["Match", [
    ["span", ["tuple", ints([0, 400])]], ["match", ["str", "'%s'\u2026 <100 more characters>" % ("x" * 300)]],
    ["groups", ["tuple", []]], ["re", ["Pattern", [["pattern", ["str", "x+"]], ["flags", ["int", "32"]]]]]]])
if sys.version_info >= (3, 9):
    show("generic alias", list[int], ["GenericAlias", [["__origin__", ["type", "<class 'list'>"]], ["__args__", ["tuple", [["type", "<class 'int'>"]]]]]])
if sys.version_info >= (3, 14):
    x = [1]
    show("template", eval('t"a{x!r:>{len(x)}}b"'), ["Template", [
        ["strings", ["tuple", texts("a", "b")]],
        ["interpolations", ["tuple", [["Interpolation", [
            ["value", ["list", ints([1])]], ["expression", ["str", "x"]], ["conversion", ["str", "r"]],
            ["format_spec", ["str", ">1"]]]]]]]]])
if sys.version_info >= (3, 15):
    show("frozen dict", eval("frozendict")(a=1, b=[2]), ["frozendict", [
        ["tuple", [["str", "a"], ["int", "1"]]], ["tuple", [["str", "b"], ["list", ints([2])]]]]])
    show("long frozen dict", eval("frozendict")((n, n) for n in range(50)), None)
    show("sentinel", eval("sentinel")("NOTHING"), None)
with open(__file__, "rb", 0) as opened:
    told = "FileIO name=%r mode='rb'" % __file__
    show("file", opened, ["FileIO", "<%s>" % told])
show("closed file", opened, ["FileIO", "<%s closed>" % told])
with open(__file__) as opened:
    show("text file", opened, None)
show("text in memory", io.StringIO("a"), None)
show("generator", (n for n in ()), ["generator", "<generator <genexpr>>"])
show("iterator", iter([1]), ["list_iterator", "<list_iterator>"])
show("code", describe.__code__, ["code", "<code describe>"])
show("exception", ValueError("no", 1), ["ValueError", [["args", ["tuple", [["str", "no"], ["int", "1"]]]]]])
show("own exception", with_attributes(Trouble("x"), code=3),
     ["Trouble", [["args", ["tuple", [["str", "x"]]]], ["code", ["int", "3"]]]])

# -- what a filter hides of attributes and keys, at every depth

REDACTED = ["<redacted>", "<redacted>"]


def show_hidden(name, value, description):
    for turn in ("first", "again"):
        show("hidden %s, %s" % (name, turn), value, description, hiding)


def pair(key, shown):
    return ["tuple", [["str", key], shown]]


one = ["int", "1"]
show_hidden("key", {"a": 1, "r_x": 2, "d_y": 3, "b": 1}, ["dict", [pair("a", one), pair("r_x", REDACTED), pair("b", one)]])
show_hidden("all keys", {"d_x": 1}, ["dict", []])
show_hidden("key of a text subclass", {Text("r_x"): 1}, ["dict", [["tuple", [["Text", "r_x"], REDACTED]]]])
show_hidden("other keys", {b"r_x": 1, ("r_x",): 1}, None)
show_hidden("key of a long dict", dict({"d_x": 0, "r_y": 0}, **{"k%d" % n: n for n in range(30)}), ["dict", [
    pair("r_y", REDACTED)] + [pair("k%d" % n, ["int", str(n)]) for n in range(18)] + [more(12)]])
show_hidden("attribute", with_attributes(Plain(), a=1, r_x=2, d_y=3), ["Plain", [["a", one], ["r_x", REDACTED]]])
show_hidden("long attribute", with_attributes(Plain(), **{"r_" + "x" * 300: 2}), ["Plain", [["r_" + "x" * 198, REDACTED]]])
Secretive = type("Secretive", (), {"__slots__": ("r_slot", "d_slot", "slot")})
show_hidden("slots", with_attributes(Secretive(), r_slot=1, d_slot=2, slot=1), ["Secretive", [["slot", one], ["r_slot", REDACTED]]])
Fields = collections.namedtuple("Fields", "a r_b d_c")
show_hidden("namedtuple", Fields(1, 2, 3), ["Fields", [["a", one], ["r_b", REDACTED]]])
Wide = collections.namedtuple("Wide", ["r_0", "d_1"] + ["f%d" % n for n in range(2, 23)])
show_hidden("wide namedtuple", Wide(*range(23)), ["Wide", [["r_0", REDACTED]] + [
    ["f%d" % n, ["int", str(n)]] for n in range(2, 20)] + [["\u2026", more(3)]]])
Longer = type("Longer", (Fields,), {"__new__": lambda cls, *items: tuple.__new__(cls, items)})
show_hidden("namedtuple of another length", Longer(1, 2, 3, 4), ["Longer", [one, REDACTED, ["int", "4"]]])
Changed = collections.namedtuple("Changed", "a r_b d_c")
Changed._fields = ("a", "b")
show_hidden("namedtuple without its fields", Changed(1, 2, 3), ["Changed", [one, REDACTED]])
Renamed = collections.namedtuple("Renamed", "a r_b d_c")
Renamed._fields = ("r_a", "b", "c")
show_hidden("namedtuple with other fields", Renamed(1, 2, 3), ["Renamed", [["r_a", REDACTED], ["b", REDACTED]]])
far = type(Fields.__dict__["a"])
show_hidden("fields far away", type("Far", (tuple,), {"r_a": far(1 << 60, ""), "r_b": far(-1, "")})((1,)), ["Far", [one]])
Getter = type("_tuplegetter", (), {"__module__": "_collections", "__reduce__": lambda self: sys.exit("asked")})
show_hidden("what looks like a field", type("Row", (tuple,), {"r_a": Getter()})((1,)), ["Row", [one]])
show("struct sequence, hidden", time.struct_time(range(9)), ["struct_time", [
    ["tm_" + times[n], REDACTED if n == 1 else ["int", str(n)]] for n in range(9) if n != 2]], encoder.under(
        _ct_filter.Attributes(((lambda name: name == "tm_mon", 1), (lambda name: name == "tm_mday", 2)), 1000)))
show("struct sequence with items without a name, hidden", os.stat_result(range(10)),
     ["stat_result", [["int", "0"], REDACTED] + ints(range(2, 10))], encoder.under(
         _ct_filter.Attributes(((lambda name: name == "st_ino", 1),), 1000)))
for base in (enum.Enum, enum.IntEnum):
    Keys = base("Keys", {"r_a": 1, "d_b": 2})
    show_hidden("member of %s" % base.__name__, Keys.r_a, ["Keys", [["name", ["str", "r_a"]], ["value", REDACTED]]])
    show_hidden("dropped member of %s" % base.__name__, [Keys.d_b], ["list", [["Keys", [["name", ["str", "d_b"]]]]]])
TextKeys = enum.Enum("TextKeys", {"r_a": "x"}, type=str)
show_hidden("member that is a text", TextKeys.r_a, ["TextKeys", [["name", ["str", "r_a"]], ["value", REDACTED]]])
show_hidden("member that is shown", Level.HIGH, ["Level", [["name", ["str", "HIGH"]], ["value", ["int", "3"]]]])
show_hidden("dict subclass", Table(r_a=1, d_b=2), ["Table", [pair("r_a", REDACTED)]])
show_hidden("attributes of a list", with_attributes(Items([1]), r_a=2, d_b=3), ["Items", [["", ["Items", [one]]], ["r_a", REDACTED]]])
show_hidden("dropped attribute of a text", with_attributes(Text("s"), d_b=3), ["Text", "s"])
show_hidden("exception", with_attributes(Trouble("x"), r_a=1, d_b=2), ["Trouble", [["args", ["tuple", [["str", "x"]]]], ["r_a", REDACTED]]])
show_hidden("depth", [({"k": with_attributes(Plain(), r_x={"r_y": 1}, d_z=1)},)], [
    "list", [["tuple", [["dict", [pair("k", ["Plain", [["r_x", REDACTED]]])]]]]]])
show("not hidden elsewhere", {"r_x": 1, "d_y": 1}, ["dict", [pair("r_x", one), pair("d_y", one)]])

# -- random values within the bounds

random.seed(int(sys.argv[2]))
ALPHABET = ["a", "\u00e9", "\u20ac", "\U0001f600", "\ud800", "'", '"', "\\", "\n", " ", "\ufeff", "0"]


def any_value(depth):
    kind = random.randrange(13 if depth else 7)
    if kind == 0:
        return random.choice([None, True, False])
    if kind in (1, 2):
        return random.choice([1, -1]) * random.getrandbits(random.choice([1, 8, 15, 31, 32, 45, 53, 63, 64, 65, 200]))
    if kind == 3:
        return random.choice([random.uniform(-1, 1), random.random() * 10 ** random.randrange(-320, 300), -0.0])
    if kind in (4, 5):
        return "".join(random.choice(ALPHABET) for _ in range(random.choice([0, 3, 190, 250])))
    if kind == 6:
        return bytes(random.getrandbits(8) for _ in range(random.choice([0, 3, 200])))
    items = [any_value(depth - 1) for _ in range(random.choice([0, 1, 3]))]
    if kind in (7, 8):
        return items
    if kind == 9:
        return tuple(items)
    if kind == 10:
        return {repr(item)[:9]: item for item in items}
    hashable = [item for item in items if type(item) in (int, str, bytes, float, bool, type(None))]
    return set(hashable) if kind == 11 else frozenset(hashable)


for number in range(300):
    value = any_value(4)
    show("random %d" % number, value, describe(value))

# -- what must not run

ran = collections.Counter()


def hostile(base, *extra):
    """A class whose every method counts its calls and then raises."""
    names = (
        "repr str eq ne hash len iter getitem getattr getattribute bool int float index format contains call reduce "
        "reduce_ex sizeof dir bytes buffer complex trunc add radd mul next reversed missing length_hint fspath get lt le "
        "gt ge del instancecheck subclasscheck abs neg invert and or"
    ).split() + list(extra)
    label = base.__name__

    def trap(name):
        def method(*args, **kwargs):
            ran[label + "." + name] += 1
            raise RuntimeError(name)

        return method

    space = {"__%s__" % name: trap(name) for name in names if name != "del"}
    for name in ("keys", "items", "values", "get", "bit_length", "encode", "decode", "isoformat", "utcoffset", "args", "errno"):
        space[name] = trap(name)
    space["__class__"] = property(trap("__class__"))
    space["__slots__"] = ()
    if base in (object, int, str, list, dict, set, Exception):
        del space["__slots__"]
        space["__dict__"] = property(trap("__dict__"))
    return type("Hostile" + label.title(), (base,), space)


made = []


def hostile_value(base, *args):
    """Made without any of the class's own methods."""
    cls = hostile(base)
    value = base.__new__(cls, *args)
    made.append((base.__name__, value))
    return value


hostile_value(object)
hostile_value(int, 5)
hostile_value(float, -0.0)
hostile_value(complex, 1)
hostile_value(str, "s")
hostile_value(bytes, b"b")
list.extend(hostile_value(list), [1])
dict.__setitem__(hostile_value(dict), "k", 1)
set.add(hostile_value(set), 1)
hostile_value(frozenset, [1])
hostile_value(tuple, (1,))
bytearray.extend(hostile_value(bytearray), b"ba")
hostile_value(Exception, "e")
hostile_value(KeyError, "e")
hostile_value(OSError, 2, "gone")
hostile_value(types.ModuleType)
hostile_value(datetime.datetime, 2020, 1, 1)
hostile_value(datetime.tzinfo)
hostile_value(datetime.date, 2020, 1, 1)
hostile_value(datetime.time, 1)
hostile_value(datetime.timedelta, 1)
hostile_value(fractions.Fraction)
made.append(("a path", object.__new__(hostile(pathlib.PurePosixPath))))
hostile_value(uuid.UUID)
hostile_value(array.array, "b", b"a")
collections.deque.append(hostile_value(collections.deque), 1)
collections.OrderedDict.__setitem__(hostile_value(collections.OrderedDict), "k", 1)
hostile_value(collections.Counter)
hostile_value(functools.partial, len)
hostile_value(types.SimpleNamespace)
hostile_value(io.FileIO)
hostile_value(io.TextIOWrapper)
hostile_value(staticmethod, 1)
hostile_value(decimal.Decimal, "1")
hostile_value(property)

Meta = hostile(type)
hostile_class = type.__new__(Meta, "Made", (), {})
made.append(("a class of a hostile metaclass", hostile_class))
made.append(("its instance", object.__new__(hostile_class)))


class HostileText(str):
    def trap(self, *args):
        ran["HostileText"] += 1
        raise RuntimeError("text")

    __str__ = __repr__ = __format__ = __eq__ = __len__ = __iter__ = trap
    __hash__ = str.__hash__


named = types.FunctionType(describe.__code__, {})
named.__qualname__ = HostileText("named")
made.append(("a function of a hostile name", named))
made.append(("a method of it", types.MethodType(named, 1)))
Named = type("Named", (), {"__module__": HostileText("m")})
Named.__qualname__ = HostileText("Named")
made.append(("a class of a hostile name", Named))
made.append(("its instance", Named()))
module = types.ModuleType("m")
module.__dict__["__name__"] = HostileText("m")
made.append(("a module of a hostile name", module))


class Borrower:
    """Descriptors of another class, which work on that one's instances alone."""

    __slots__ = ()
    borrowed = Slotted.__dict__["a"]
    __dict__ = Plain.__dict__["__dict__"]


made.append(("borrowed descriptors", Borrower()))
disguised = type("datetime", (), {"__module__": "datetime", "__slots__": (), "__repr__": dict.__repr__})
made.append(("a class that goes by the name of datetime", disguised()))
zone_class = type("timezone", (datetime.tzinfo,), {"__module__": "datetime", "__repr__": HostileText.trap})
made.append(("a zone that goes by the name of timezone", datetime.datetime(2020, 1, 1, tzinfo=zone_class())))
odd_zone = datetime.timezone(datetime.timedelta(0), HostileText("name"))
made.append(("a zone of a hostile name", datetime.datetime(2020, 1, 1, tzinfo=odd_zone)))
own_space = Plain()
own_space.__dict__ = hostile(dict)()
dict.__setitem__(own_space.__dict__, "field", 1)
made.append(("an object whose dict is hostile", own_space))
slotted_errno = type("SlottedError", (OSError,), {"__getattribute__": lambda *args: ran.update(["getattribute"])})
made.append(("an OSError that looks its parts up", OSError.__new__(slotted_errno, 2, "gone", HostileText("file"))))
made.append(("keys of a hostile dict", dict.keys(hostile_value(dict))))
made.append(("a proxy of a hostile dict", types.MappingProxyType(hostile_value(dict))))
made.append(("an OrderedDict of hostile keys", collections.OrderedDict({HostileText("k"): 1})))
made.append(("a datetime in a hostile zone", datetime.datetime(2020, 1, 1, tzinfo=hostile_value(datetime.tzinfo))))
made.append(("a deque of hostile values", collections.deque([hostile_value(object)])))
made.append(("a partial of a hostile function", functools.partial(hostile_value(functools.partial, len))))


class Exporter:
    def __buffer__(self, flags):
        ran["buffer"] += 1
        return memoryview(b"b" * 900)

    def __release_buffer__(self, view):
        ran["release"] += 1


if sys.version_info >= (3, 12):
    made.append(("a view of the program's bytes", memoryview(Exporter())))
made.append(("a match in a text of a class", re.match("a", HostileText("a"))))
row = type("Fields", (tuple,), {"_fields": (HostileText("a"),)})
made.append(("a tuple of hostile field names", row((1,))))

made.append(("a dict of hostile keys", {HostileText("r_k"): 1, HostileText("d_k"): 1}))

ran.clear()
for number, (name, value) in enumerate(made):
    show("hostile %d %s" % (number, name), value, None)
    show("hostile %d in containers" % number, [{"k": (value,)}, value], None)
    for each in (encoder, hiding):
        each.values((value, 1, [value]))
        each.briefly((value, [value]))
counted = dict(ran)
for _, value in made[:5]:  # that nothing was counted means something only if something would have been
    try:
        repr(value)
    except RuntimeError:
        pass
if len(ran) != 5:
    counted["the traps don't work"] = 1

# -- a container that changes while it is looked at: finalizers run when the garbage collector does

if sys.version_info < (3, 12):
    victim = {n: n for n in range(15)}

    class Finalizer:
        def __del__(self):
            victim[len(victim)] = 0

    def garbage():
        for _ in range(3):
            lost = Finalizer()
            lost.me = lost

    threshold = gc.get_threshold()
    gc.set_threshold(1)
    for _ in range(200):
        garbage()
        encoder.value(victim)
        encoder.value(set(victim))
    gc.set_threshold(*threshold)

print("C", json.dumps(counted))
