for _ in range(210): pass
# harness: no-oracle the slow tracer compares types, which runs code of one here
# Values at the edges of all that says how much of one is shown.
import array
import collections
import datetime
import decimal
import enum
import functools
import pathlib
import types


class Plain:
    def __init__(self, *names, **more):
        for name in names:
            setattr(self, name, name)
        self.__dict__.update(more)


class Child(Plain):
    pass


class Slotted:
    __slots__ = "a", "__dict__"


class Hostile:
    def trap(self, *args):
        print("code of a value ran")
        raise RuntimeError

    __repr__ = __eq__ = __getattr__ = __getattribute__ = __len__ = __iter__ = __bool__ = __str__ = __reduce__ = trap
    __hash__ = None


class Meta(type):
    def __eq__(cls, other):
        print("code of a type ran")
        return True

    __hash__ = type.__hash__


class OfMeta(metaclass=Meta):
    pass


class Items(list):
    pass


Colour = enum.Enum("Colour", "RED GREEN")


def show(value, other=None):
    first = value
    both = [first]
    return value


def show_two(a, b):
    number = 1
    return a, b, number


def generator():
    yield


async def coroutine():
    pass


def nested(depth, make):
    value = make(0)
    for n in range(depth):
        value = make(value)
    return value


def numbers():
    for bits in (0, 15, 30, 31, 32, 45, 62, 63, 64, 8192):
        for more in (-1, 0, 1):
            yield 2**bits + more
            yield -(2**bits + more)
    yield from ([2**8192, 1], (2**8193,), {1: 2**8192, 2**8192: 2}, Plain(a=2**8200), [[2**8200]])
    yield from (0.0, -0.0, 1e308, float("inf"), float("nan"), True, False, None, ..., 1j, 2.5)


def texts():
    for length in (0, 99, 100, 101, 199, 200, 4000):
        for unit in ("a", "é", "☃", "😀", "\ud800", "\0", "aé☃😀"):
            text = unit * length
            yield text[:length]
            yield text.encode("utf-8", "surrogatepass")[:length]
    yield bytearray(b"abc")
    yield memoryview(b"abc")


def containers():
    for size in (0, 1, 9, 10, 11, 15, 16, 31, 32, 257):
        for make in (list, tuple, set, frozenset, collections.deque):
            yield make(range(size))
        yield dict.fromkeys(range(size))
        yield {str(n): [n] for n in range(size)}
        yield [[n] for n in range(size)]
        yield [(n, n) for n in range(size)]
        yield tuple([{n: n} for n in range(size)])
        yield [Plain(a=n) for n in range(size)]
        yield Plain(*["name%d" % n for n in range(size)])
        yield Plain(**{"name%d" % n: (n,) for n in range(size)})


def trees():
    # Around the bound on values that are looked at one by one.
    for width in (9, 10, 11):
        for height in (9, 10):
            yield [[[n] for n in range(width)] for _ in range(height)]
            yield {n: {m: (m,) for m in range(width)} for n in range(height)}
            yield Plain(**{"a%d" % n: Plain(**{"b%d" % m: [m] for m in range(width)}) for n in range(height)})
            yield [show] + [[show, [n], Plain] for n in range(width * height // 4)]


def deep():
    for depth in (1, 2, 3, 4, 16, 17, 18, 19):
        yield nested(depth, lambda v: [v])
        yield nested(depth, lambda v: (v, 1))
        yield nested(depth, lambda v: {"k": v})
        yield nested(depth, lambda v: Plain(v=v))
        yield nested(depth, lambda v: Plain(v=[{"k": (v,)}]))


def cycles():
    a = [1]
    a.append(a)
    yield a
    b = {"b": 1}
    b["self"] = (b, [b])
    yield b
    c = Plain(x=1)
    c.self = c
    c.other = [c, {"c": c}]
    yield c
    d = Child(x=c)
    c.child = d
    yield [d, c]


def others():
    changed = Plain("a")
    changed.__class__ = Child
    yield changed
    replaced = Plain()
    replaced.__dict__ = collections.OrderedDict(a=1)
    yield replaced
    odd = Plain()
    odd.__dict__["two words"] = odd.__dict__["é"] = 1
    odd.__dict__["n" * 300] = 2
    yield odd
    keys = Plain()
    keys.__dict__[1] = keys.__dict__[None] = 2
    yield keys
    slotted = Slotted()
    slotted.a = slotted.b = [1]
    yield slotted
    yield Hostile()
    yield OfMeta()
    yield OfMeta
    yield {"h": Hostile(), "m": [OfMeta(), OfMeta]}
    yield Items([1, [2]])
    yield generator()
    waiting = coroutine()
    yield waiting
    yield [waiting, generator()]
    waiting.close()
    named = generator()
    named.__qualname__ = "é" * 150
    yield named
    yield named
    yield from (show, len, Plain, types, Plain.__init__, slotted.__init__, lambda: 0, Meta, type, object())
    yield from (Colour.RED, decimal.Decimal("1.5"), datetime.date(2000, 1, 2), pathlib.PurePath("a/b"), range(3))
    yield from (array.array("b", [1]), slice(1), functools.partial(show, 1), types.SimpleNamespace(a=[1]))
    yield from (collections.OrderedDict(a=1), collections.Counter("ab"), types.MappingProxyType({1: 2}), {}.keys())
    yield ValueError("a", [1])
    yield {(1, 2): 3, frozenset([1]): 4, None: 5, 1.5: 6, b"k": 7, "é": 8, Colour.RED: 9, show: 10}


def main():
    for kind in (numbers, texts, containers, trees, deep, cycles, others):
        for value in kind():
            show(value); show_two(1, value)
    for n in range(20):
        show("t" * 9000)
        show_two("u" * n, ["w" * 300, {"x": "y" * 250}])


main()
print("end")
