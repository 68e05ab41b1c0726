"""Changes objects with slots, and their classes, at random; each look at them at once has to find what is found one by one.

usage: python slots_writer.py AGENT_FOLDER SEED STEPS THREADS READS
  READS             0: no pointers of objects can be read; 1: they can

Prints what differs, and in the end how many looks there were, how many objects were referred to, and how often code of the
classes ran, which has to be 0.
"""
import importlib
import random
import sys
import threading
from marshal import dumps

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
_ct_values = importlib.import_module("_ct_values")
_ct_filter = importlib.import_module("_ct_filter")
seed, steps, threads, reads = map(int, sys.argv[2:6])
if not reads:
    _ct_values._objects.loaded["_imp"] = None  # as where `_ctypes` can't be had
PATTERNS = ((lambda name: name[:2] == "r_", 1), (lambda name: name[:2] == "d_", 2))  # redact, drop
MARK, AS_KEPT, KEPT = _ct_values.MARK, _ct_values.AS_KEPT, -30
ran = 0


def trap(*args):
    global ran
    ran += 1
    raise RuntimeError("code of a class ran")


class Traps:
    __slots__ = ()
    __getattribute__ = __getattr__ = __eq__ = __repr__ = __len__ = __bool__ = trap
    __hash__ = object.__hash__


def class_of(name, slots, *bases, **names):
    if slots is not None:
        names["__slots__"] = slots
    return type(name, bases or (object,), names)


class Meta(type):
    __eq__ = __getattribute__ = trap
    __hash__ = type.__hash__


class Text(str):
    pass


class OfMeta(metaclass=Meta):
    __slots__ = ("a", "b")


def made():
    """New classes, each with what becomes its instances' classes by an assignment."""
    base = class_of("Base", ("a", "b"))
    child = class_of("Child", ("c",), base)
    both = class_of("Both", None, base)
    other = class_of("OtherBoth", None, base)
    private = class_of("Private", ("_Private__x", "a"))
    lent = class_of("Lent", ("b",), x=base.__dict__["a"], a=base.__dict__["b"])
    like = class_of("Like", ("a", "b"))
    return {
        base: like, like: base, child: None, both: other, other: both, private: None, lent: None, OfMeta: None,
        class_of("Twice", ("a", "c"), child): None,
        class_of("Documented", {"a": "first", "b": "second"}): None,
        class_of("Weak", ("a", "__weakref__")): None,
        class_of("WithDict", ("a", "__dict__"), Traps): None,
        class_of("Trapped", ("b", "c"), Traps): None,
        class_of("Long", ("a", "n" * 250)): None,
        class_of("Wide", tuple(["s%d" % n for n in range(30)])): None,
        class_of("Secret", ("a", "r_a", "d_a", "b")): None,
        class_of("Odd", ("a", "\u00e9\u00fc")): None,
        class_of("Items", ("a",), list, __hash__=object.__hash__): None,
        class_of("Trouble", ("a", "b"), Exception): None,
    }


KINDS = made()


class Slow(_ct_values.Encoder):
    """Looks at attributes one by one."""

    def _object(self, name, dict_of, slots):
        def handler(v, depth, walk):
            if depth <= 0 or walk.nodes <= 0 or id(v) in walk.path:
                return self._enter(v, depth, walk)
            names, values, left_out, dropped = self._fields(v, dict_of, slots)
            return self._entered_struct(name, names, values, v, depth, walk, left_out, dropped)

        return handler


lines = []
fast = _ct_values.Encoder(lambda record: lines.append(record), 4, 12, 300)
slow = Slow(lambda record: None, 4, 12, 300)
pairs = [(fast, slow)]
hiding = Slow(lambda record: None, 4, 12, 300)
hiding.attributes = _ct_filter.Attributes(PATTERNS, 1000)
hiding.allowed = hiding.attributes.allowed
pairs.append((fast.under(_ct_filter.Attributes(PATTERNS, 1000)), hiding))
local = threading.local()
looks = referred = 0


def resolved(v, kept):
    """What is encoded, with what is referred to in its place."""
    global referred
    if type(v) is tuple and len(v) == 4 and v[0] is MARK and v[1] == AS_KEPT:
        version, encoded = kept[v[2]]
        assert version == v[3], "another version"
        referred += 1
        return resolved(encoded, kept)
    if type(v) is tuple or type(v) is list:
        return type(v)([resolved(each, kept) for each in v])
    return v


def same(values):
    global looks
    for one, other in pairs:
        shown = one.values(values)
        taken, lines[:] = lines[:], []
        for record in taken:
            if record[0] == KEPT and record[3] == 3:
                kept[record[1]] = record[2], record[4]
        found = [resolved(each, kept) for each in shown]
        expected = [other.value(each) for each in values]
        looks += 1
        # Numbers of what is described differ; there is nothing here that is.
        if dumps(found, 2) != dumps(expected, 2):
            print("found", found, "expected", expected, sep="\n")
            sys.exit(1)


kept = {}


def run(rand, check):
    def atom():
        return rand.choice([None, True, rand.randrange(9), rand.random(), "text", "t" * rand.randrange(80), 2j])

    def other():
        return rand.choice([
            atom, lambda: [atom() for _ in range(3)], lambda: rand.choice(objects), lambda: [rand.choice(objects) for _ in range(3)],
            lambda: {atom(): rand.choice(objects)}, lambda: {rand.choice(objects): atom(), "r_x": 1},
            lambda: {rand.choice(objects)}, lambda: (rand.choice(objects), atom()), lambda: frozenset(range(rand.randrange(20))),
            lambda: {Text("r_y"): 1, rand.choice(objects): atom()},
        ])()

    def set_slot(v, name, value):
        try:
            object.__setattr__(v, name, value)
        except (AttributeError, TypeError):
            pass

    names = ["a", "b", "c", "_Private__x", "n" * 250, "r_a", "d_a", "\u00e9\u00fc", "s%d" % rand.randrange(30)]

    def change(v):
        how = rand.randrange(12)
        if how < 4:
            set_slot(v, rand.choice(names), atom())
        elif how < 7:
            set_slot(v, rand.choice(names), other())
        elif how == 7:
            try:
                object.__delattr__(v, rand.choice(names))
            except (AttributeError, TypeError):
                pass
        elif how == 8:
            into = KINDS.get(type(v))
            if into is not None:
                set_slot(v, "__class__", into)
        elif how == 9:
            set_slot(v, rand.choice(["d", "r_d", "d_d", "n%d" % rand.randrange(20)]), atom())
        elif how == 10 and check:
            change_class(rand)
        elif how == 11 and rand.random() < 0.1:
            objects[rand.randrange(len(objects))] = new()

    def new():
        kind = rand.choice(list(KINDS))
        v = object.__new__(kind) if kind is OfMeta else kind.__new__(kind)
        for name in names:
            if rand.random() < 0.7:
                set_slot(v, name, atom())
        return v

    objects = []
    objects.extend([new() for _ in range(14)])
    for _ in range(steps):
        for _ in range(rand.randrange(4)):
            change(rand.choice(objects))
        values = rand.choice([objects[:5], [objects], rand.sample(objects, 3), [tuple(objects[3:7])], [{"k": objects[8]}]])
        if check:
            same(values)
        else:
            for one, _ in pairs:
                one.values(values)


def change_class(rand):
    """What an instance's slots are read by changes, and mostly comes back."""
    kinds = [kind for kind in KINDS if type(kind) is type]
    how = rand.randrange(5)
    if how == 0:  # another attribute
        rand.choice(kinds).z = rand.random()
    elif how == 1:
        kind = rand.choice(kinds)
        members = [(name, each) for name, each in kind.__dict__.items() if type(each) is _ct_values.MemberType]
        if members:
            name, _ = rand.choice(members)
            _, another = rand.choice(members)
            before = kind.__dict__[name]
            how = rand.randrange(3)
            if how == 0:
                delattr(kind, name)
            elif how == 1:
                setattr(kind, name, another)
            else:
                setattr(kind, name, property(trap))
            changed.append((kind, name, before))
    elif how == 2 and changed:
        setattr(*changed.pop(rand.randrange(len(changed))))
    elif how == 3:  # bases of the same layout
        for kind in kinds:
            if kind.__name__ in ("Both", "OtherBoth"):
                bases = [each for each in kinds if each.__name__ in ("Base", "Like")]
                kind.__bases__ = (rand.choice(bases),)
    elif how == 4 and rand.random() < 0.2:
        for kind in list(KINDS)[:10]:
            if kind is not OfMeta:
                del KINDS[kind]
        KINDS.update(made())


changed = []
if threads == 1:
    run(random.Random(seed), True)
else:
    sys.setswitchinterval(1e-5)
    workers = [threading.Thread(target=run, args=(random.Random(seed + n), False)) for n in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
print(looks, referred, ran)
