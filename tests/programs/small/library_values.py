# Values of the library, and of classes made from its types, in variables, arguments and results.
import array
import collections
import datetime
import decimal
import fractions
import functools
import io
import pathlib
import re
import types
import uuid


class Day(datetime.date):
    def __repr__(self):
        print("repr was called")
        return "no"


class Money(decimal.Decimal):
    currency = "none"


class Bag(collections.Counter):
    def items(self):
        print("items was called")
        return ()


def holds(value, *others):
    local = [value]
    return value, local


when = datetime.datetime(2020, 2, 29, 12, tzinfo=datetime.timezone.utc)
values = [
    when, when.date(), when.time(), when - when.replace(year=2019, day=1), Day(2020, 1, 2), decimal.Decimal("1.10"),
    Money("2"), fractions.Fraction(3, 9), uuid.UUID(int=7), pathlib.PurePosixPath("a", "b"), array.array("h", [1, 2]),
    memoryview(b"bytes"), collections.deque([1], 2), collections.OrderedDict(a=1), collections.defaultdict(list, k=[]),
    Bag("aab"), types.MappingProxyType({"a": 1}), {"k": 1}.keys(), {"k": 1}.items(), types.SimpleNamespace(x=1),
    functools.partial(holds, 1), re.compile("a(b)"), re.match("a(b)", "ab"), io.StringIO("text"), iter([1]),
    (n for n in ()), holds.__code__, slice(1), range(3), ..., NotImplemented, b"b", bytearray(b"c"), 1j, frozenset([1]),
]
for value in values:
    result = holds(value, 1)
moved = collections.OrderedDict.fromkeys("abc")
moved.move_to_end("a")
queue = collections.deque(maxlen=3)
for n in range(5):
    queue.append(n)
view = memoryview(bytearray(b"abc"))
view[0] = 90
view.release()
print(list(moved), queue, len(values))
