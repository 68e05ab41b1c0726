for _ in range(210): pass
# harness: no-oracle the slow tracer looks at attributes by the classes' own code
# Attributes in slots, and what becomes of them and of the classes that they are of.
import collections


class Trapped:
    __slots__ = ()

    def trap(self, *args):
        print("code of a value ran")
        raise RuntimeError

    __getattr__ = __getattribute__ = __eq__ = __bool__ = __len__ = __repr__ = trap
    __hash__ = object.__hash__


class Base(Trapped):
    __slots__ = ("a", "b")


class Hashed(Base):
    __slots__ = ()

    def __hash__(self):  # by address, sets would be in another order each time
        return object.__getattribute__(self, "a")


class Child(Base):
    __slots__ = {"c": "documented", "__x": "private"}


class Twice(Child):
    __slots__ = ("a", "__weakref__")


class Both(Base):
    pass


class OtherBoth(Base):
    pass


class Like(Trapped):
    __slots__ = ("a", "b")


class WithDict:
    __slots__ = ("a", "__dict__")


class Lent:
    __slots__ = ("b",)
    a = Base.a


class Long:
    __slots__ = ("a", "n" * 250)


class Password:
    __slots__ = ("a", "password", "b")


class Items(list):
    __slots__ = ("a",)
    __hash__ = object.__hash__


class Text(str):
    __slots__ = ()


class Group(set):
    pass


class Frozen(frozenset):
    pass


class SlottedGroup(set):
    __slots__ = ("a",)


class SlottedFrozen(Frozen):
    __slots__ = ("a",)


class OtherTable(dict):
    pass


class Table(dict):
    pass


class MadeTwice(Table):
    pass


class SlottedTable(dict):
    __slots__ = ("a", "__dict__")


class OfOrdered(collections.OrderedDict):
    pass


class Odd:
    __slots__ = ("a", "b")


class Meta(type):
    def trap(cls, *args):
        print("code of a class ran")
        raise RuntimeError

    __getattribute__ = __eq__ = trap
    __hash__ = type.__hash__


class OfMeta(metaclass=Meta):
    __slots__ = ("a", "b")


type.__setattr__(Odd, "z", 1)
Odd.n = Lent.c = Odd.a  # another's name
KINDS = [Base, Child, Twice, Both, OtherBoth, Like, WithDict, Lent, Long, Password, Items, Odd, OfMeta]
NAMES = "a", "b", "c", "_Child__x", "d", "n" * 250, "password"


def show(value):
    both = [value, value]
    return both


def put(value, name, content):
    try:
        object.__setattr__(value, name, content)
    except (AttributeError, TypeError):
        pass


def take(value, name):
    try:
        object.__delattr__(value, name)
    except (AttributeError, TypeError):
        pass


def new(kind, content):
    value = list.__new__(kind) if kind is Items else object.__new__(kind)
    for name in NAMES:
        put(value, name, content)
    return value


def each_kind():
    for kind in KINDS:
        yield object.__new__(kind) if kind is not Items else Items()
        for content in (1, "t" * 199, "t" * 201, None, 1.5, [1], (2, [3]), {4: 5}, show, Base, 10**40):
            yield new(kind, content)
        value = new(kind, 1)
        for name in NAMES:
            put(value, name, [name])
            yield value
        for name in NAMES:
            take(value, name)
            yield value
        value = new(kind, 1)
        put(value, "a", value)  # in itself
        yield value
        put(value, "a", [value, {"in": value}])
        yield value


def containers():
    for size in (0, 1, 10, 33, 101):
        many = [new(KINDS[n % len(KINDS)], n) for n in range(size)]
        yield [many[:20], tuple(many)]
        yield {value: n for n, value in enumerate(many)}
        yield {n: [value] for n, value in enumerate(many)}
        yield {(n, value): {value} for n, value in enumerate(many)}
        many = [new(Hashed, n) for n in range(min(size, 33))]
        yield [set(many), {frozenset(many): [set(many)]}]
        one = set(range(size))
        yield one
        one.difference_update(range(0, size, 2))
        yield [one, frozenset(one), {"in": one}]
        yield {"%d" % n for n in range(1)}
    for size in (110, 111):
        yield {n: [new(Base, n)] for n in range(size)}
        yield {n: {m: m for m in range(40)} for n in range(size)}
    yield {Text("password"): 1, "a": 2}
    yield {b"password": 1, KINDS[0]: 2, show: 3}
    yield {"password": [1], KINDS[0]: [2], None: {3}}
    wide = type("Wide", (), {"__slots__": tuple(["s%d" % n for n in range(40)])})
    value = wide()
    for n in range(40):
        put(value, "s%d" % n, [n] if n % 3 else n)
        yield [value, value]
    yield [[value, value], [value, value]]


def made_from():
    """Instances of classes made from sets and dicts, without attributes and with some."""
    for kind in (Group, Frozen, SlottedGroup, SlottedFrozen):
        for size in (0, 33, 111):
            yield kind(range(size))
            yield [kind([(n, (n,)) for n in range(size)])]
        yield kind([show])
        yield {"in": [kind([new(Hashed, 1)])]}
    for kind in (Table, SlottedTable, collections.defaultdict, collections.Counter, collections.OrderedDict, OfOrdered):
        for size in (0, 33, 111):
            value = kind()
            for n in range(size):
                value[n] = n
            yield value
            for n in range(size):
                value[n] = [n] if n % 2 else {n: kind()}
            yield value
            yield [value, (value, {"in": value})]
        value = kind()
        value["in"] = value
        value[new(Base, 1)] = {1: value}
        yield value
        value["password"] = 1
        yield value
        value = kind()
        value[Text("password")] = value[b"password"] = value["name"] = 1
        yield value
        value = kind()
        value["table"] = {n: {m: m for m in range(40)} for n in range(5)}
        value["rows"] = list(range(100))
        for n in range(3):
            value["rows"][n] = -n
            yield value
    for kind in (Group, Table, SlottedGroup, SlottedTable):
        value = kind()
        for name in ("a", "b", "password"):
            put(value, name, [name])
            yield value
            yield [value]
        for name in ("a", "b", "password"):
            take(value, name)
            yield value
    value = Table()
    value.__dict__ = collections.OrderedDict(a=1)
    yield value
    value = Table()
    value[1] = 2
    object.__setattr__(value, "__class__", OtherTable)
    yield [value]
    yield MadeTwice({1: 2})
    MadeTwice.__bases__ = (OtherTable,)
    yield [value, MadeTwice({1: 2})]


def changed():
    value, other = new(Both, 1), new(Both, 2)
    for _ in range(3):
        yield [value, other]
        object.__setattr__(value, "__class__", OtherBoth)
    yield [value, other]
    one, like = new(Base, 1), new(Like, 2)
    yield [one, like]
    object.__setattr__(one, "__class__", Like)
    yield [one, like]
    for base in (Like, Base, Like):
        Both.__bases__ = (base,)
        yield [other, new(Both, [3])]
    Both.__bases__ = (Base,)
    yield [other, new(Both, [3])]
    # The descriptors of the classes' slots.
    for kind in (Base, Child, Odd):
        value = new(kind, 1)
        put(value, "b", 2)
        a, b = kind.__dict__.get("a", 0), kind.__dict__.get("b", 0)
        for change in ({"a": b}, {"b": a}, {"a": property(show)}, {"a": Like.a}, {"a": a, "b": b}, {"z": 2}, {"z": b}):
            for name, content in change.items():
                type.__setattr__(kind, name, content)
            for _ in range(3):
                yield [value, value]
        if a and b:
            type.__delattr__(kind, "a")
            yield [value, value]
            yield [value]
            kind.a = a
            yield [value, value]
        for n in range(5):
            kind.count = n
            yield [value, value]


def main():
    for kind in (each_kind, containers, made_from, changed):
        for value in kind():
            show(value)


main()
print("end")
