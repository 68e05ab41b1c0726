"""Changes containers at random and encodes them after each change, with and without referring to what was sent before.

usage: python kept_writer.py AGENT_FOLDER SEED STEPS THREADS READS_POINTERS

Output, one line each:
  D HEX             a record that the encoder sent, marshalled
  V HEX HEX         the values of a step as a list: as in a recording, and as they are
  C JSON            how often code of the hostile class ran, which has to be 0, and whether pointers of large containers and of objects were read
"""
import gc
import importlib
import json
import random
import sys
import threading
import weakref
from marshal import dumps

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
_ct_values = importlib.import_module("_ct_values")
_ct_filter = importlib.import_module("_ct_filter")
seed, steps, threads, reads_pointers = map(int, sys.argv[2:6])
if not reads_pointers:
    _ct_values._kept.loaded["_imp"] = _ct_values._objects.loaded["_imp"] = None  # as where `_ctypes` can't be had
PATTERNS = ((lambda name: name[:2] == "r_", 1), (lambda name: name[:2] == "d_", 2))  # redact, drop
ITEMS = 120
PLAIN = (int, float, bool, str, type(None))
ran = 0
lines = []  # a call of `append` is one of C: the order is that of the ring


class Hostile(int):
    """Not to be asked whether it is like anything."""

    def trap(self, *args):
        global ran
        ran += 1
        return True

    __eq__ = __ne__ = __lt__ = __index__ = __int__ = __bool__ = __buffer__ = trap
    __hash__ = int.__hash__


class Holder:
    pass


class OtherHolder:
    pass


encoder = _ct_values.Encoder(lambda record: lines.append("D " + dumps(record, 2).hex()), 4, ITEMS, 300)
hiding = encoder.under(_ct_filter.Attributes(PATTERNS, 1000))
encoder.values([len, Hostile])  # described: from now on they don't count as looked at


def tell(kept, as_they_are):
    lines.append("V %s %s" % (dumps(kept, 2).hex(), dumps(as_they_are, 2).hex()))


def changed_meanwhile():
    """Another thread changes a list between two looks at it for one step: here it does so when a record is sent."""
    first, second = list(range(60)), list(range(80))
    emit, kept = encoder.emit, encoder.kept.look.__self__

    def then_change(record):
        emit(record)
        first[7] = "changed"

    for _ in range(3):
        tell(encoder.values([first, first]), [list(range(60))] * 2)
    kept.emit = then_change
    encoder.values([second])
    tell(encoder.values([first, second, first]), [list(range(60)), list(range(80)), list(first)])
    kept.emit = emit
    assert first[7] == "changed"
    tell(encoder.values([first, second]), [list(first), list(second)])


def another_in_its_place():
    """A container goes, and one of another kind gets its id."""
    look, items = encoder.kept.look, tuple(range(60))
    for kind, shown in ((0, list(items)), (1, items), (2, dict(zip(items[::2], items[1::2]))), (0, list(items))):
        for _ in range(3):
            walk = _ct_values.new_walk(_ct_values.BY_REFERENCE)
            known = look(items, kind, items, len(items) if kind < 2 else 30, 4, walk, encoder)
            if known is not None:
                tell([known], [encoder.value(shown)])
        assert known is not None


def hidden_from_now_on():
    """A key that a filter hides comes into a dict that is kept."""
    table = {"n%d" % number: number for number in range(40)}
    for name in ("n1", "n40", "r_secret", "d_secret", "n2"):
        table[name] = "new"
        for _ in range(3):
            tell(hiding.values([table]), [hiding.value(table)])


def as_many_as_may_be():
    """Small tuples count where they are known, too: objects are shown as far as they are without that."""
    v, pairs = Holder(), [(each,) for each in range(20)]
    just_as_many = _ct_values.NODES - 2 - len(pairs)  # besides the two lists
    v.others, v.pairs = [[] for _ in range(just_as_many - 2)], pairs
    for _ in range(4):
        tell(encoder.values([v]), [encoder.value(v)])
        v.others.append([])


def agreed_on_meanwhile():
    """A function for packed lines is made while another thread's record is told briefly."""
    kept, items = encoder.kept.look.__self__, list(range(60))
    if kept.memory is None:
        return
    for _ in range(60):  # what was in its place may not have been plain: then it is not looked through at once
        encoder.values([items])
    encoder.max_depth, encoder.max_items, encoder.max_bytes = 2, 8, 200
    agreed = importlib.import_module("_ct_packed_kept").agreement(kept, _ct_values.LIST, encoder)
    encoder.max_depth, encoder.max_items, encoder.max_bytes = encoder.bounds
    known = agreed(items, threading.get_ident())
    tell([(_ct_values.MARK, _ct_values.AS_KEPT, known.slot, known.version)], [encoder.value(items)])


def shown_by_another_thread():
    """Another thread shows an object with fewer names while those of this one's are compared with what is known to be
    shown: here it does so when they have been counted."""
    def made(**attributes):
        v = Holder()
        v.__dict__.update(attributes)
        return v

    def count(v):
        number = len(v)
        if v == ("a", "b") and waits:
            show(waits.pop())
        return number

    objects = _ct_values._objects.compiled() or {}
    for show in (lambda v: hiding.values([v]), lambda v: [hiding.value(v)]):
        show(made(a=1, b=2))
        waits = [made(a=1)]
        vars(_ct_values)["len"] = objects["len"] = count
        shown = show(made(a=1, r_b="kept back"))
        del vars(_ct_values)["len"], objects["len"]
        assert not waits and "kept back" not in repr(shown), shown


def let_go():
    """What is known of objects keeps neither them nor their classes alive."""
    class Short:
        pass

    gone = [weakref.ref(Short)]
    made = [Short() for _ in range(8)]
    for number, each in enumerate(made):
        each.number, each.pairs, each.inner = number, [(number, 1)], Holder()
        each.inner.content = [Holder(), "text", number]
        gone += [weakref.ref(each), weakref.ref(each.inner), weakref.ref(each.inner.content[0])]
    before = len(lines)
    for _ in range(4):
        encoder.values(made)
    assert not encoder.shown.objects or len(lines) > before
    del made, each, Short
    gc.collect()
    assert not [each for each in gone if each() is not None]


def run(rand):
    def atom():
        return rand.choice([
            lambda: rand.randrange(300), lambda: rand.randrange(1 << 70), lambda: rand.random(), lambda: None,
            lambda: bool(rand.randrange(2)), lambda: -0.0, lambda: "t%d" % rand.randrange(9), lambda: "u\xe9\ud800" * 9,
        ])()

    def pair():
        return tuple([atom() for _ in range(rand.choice([0, 2, 2, 2, 3, 8]))])

    def other():
        return rand.choice([
            pair, lambda: (1, [2]), lambda: (pair(), 1), lambda: (Hostile(1),), lambda: (1,) * 9,
            lambda: "x" * rand.choice([199, 200, 301]), lambda: 1 << 9000, lambda: [1], lambda: Hostile(1), lambda: (1, 2), lambda: b"b",
            lambda: len, lambda: 2j, lambda: Hostile, lambda: {},
        ])()

    def a_list():
        size = rand.choice([0, 5, 31, 32, 60, 119, 120, 121, 200, 600])
        if rand.random() < 0.2:
            return [pair() if rand.random() < 0.5 else atom() for _ in range(size)]
        if rand.random() < 0.5:
            return [rand.randrange(256) for _ in range(size)]
        return [atom() for _ in range(size)]

    def a_dict():
        return {rand.choice(["k%d", "r_%d", "d_%d", "%d"]) % n: atom() for n in range(rand.choice([3, 16, 40, 60, 70]))}

    def change(v):
        if type(v) is dict:
            keys = list(v)
            how = rand.randrange(8)
            if how < 3 and keys:
                v[rand.choice(keys)] = atom()
            elif how < 5:
                v[rand.choice(["n%d", "n%d", "r_%d", "d_%d"]) % rand.randrange(99)] = atom()
            elif how == 5 and keys:
                del v[rand.choice(keys)]
            elif how == 6:
                v[rand.choice([1, None, True, 2.5, (1, 2)])] = atom() if rand.random() < 0.7 else other()
            elif how == 7 and rand.random() < 0.1:
                v.clear()
            return
        at = rand.randrange(len(v) + 1)
        how = rand.randrange(16)
        if how < 3 and at < len(v):
            v[at] = pair() if type(v[at]) is tuple else atom()
        elif how < 5 and len(v) > 1:
            at = rand.randrange(len(v) - 1)
            v[at], v[at + 1] = v[at + 1], v[at]
        elif how < 7:
            v.append(atom())
        elif how == 7 and v:
            v.pop()
        elif how == 8:
            v.insert(at, atom())
        elif how == 9:
            v[at:at + rand.randrange(9)] = [atom() for _ in range(rand.randrange(9))]
        elif how == 10 and at < len(v):
            v[at] = {1: True, 0: False, 2: 2.0}.get(v[at], v[at]) if type(v[at]) is int else atom()  # equal, but not the same
        elif how == 11 and rand.random() < 0.2:
            v.insert(at, other())
        elif how == 15:
            v[:] = [each for each in v if type(each) in PLAIN and (type(each) is not str or len(each) < 200)]
        elif how == 12 and rand.random() < 0.2:
            v.reverse()
        elif how == 13 and rand.random() < 0.1:
            del v[rand.randrange(len(v) + 1):]
        elif how == 14 and rand.random() < 0.1:
            v[:] = a_list()

    held = [a_list() for _ in range(6)] + [a_dict() for _ in range(3)] + [tuple(a_list()) for _ in range(2)]
    rows = [[rand.randrange(9) for _ in range(60)] for _ in range(80)]
    holder, always = Holder(), [7] * 100
    objects = [Holder() for _ in range(4)]
    for number, each in enumerate(objects):
        each.a, each.b, each.c, each.number = atom(), atom(), [], number

    def change_object(v):
        how = rand.randrange(12)
        if how < 3:
            v.a = atom()
        elif how == 3:
            v.c = rand.choice([list, dict, atom, other, pair, Holder])()
        elif how == 4:
            v.__dict__.pop("b", None)
        elif how == 5:
            v.b = rand.choice(objects)
        elif how == 6:
            setattr(v, rand.choice(["r_%d", "d_%d", "n%d"]) % rand.randrange(3), atom())
        elif how in (7, 11) and type(v.c) is list:
            v.c[:] = v.c[-5:] + [rand.choice([pair, pair, pair, atom])()]
        elif how == 8 and rand.random() < 0.3:
            v.__dict__.clear()
            v.a, v.c = atom(), []
        elif how == 9:
            v.__class__ = rand.choice([Holder, OtherHolder])
        elif how == 10 and rand.random() < 0.3:
            objects[objects.index(v)] = made = Holder()
            made.a, made.c = v.a, v.c

    for _ in range(steps):
        for _ in range(rand.choice([1, 2, 4])):
            number = rand.randrange(len(held))
            if type(held[number]) is tuple or rand.random() < 0.03:
                held[number] = rand.choice([a_list, a_dict, lambda: tuple(a_list())])()
            else:
                change(held[number])
        change(rand.choice(rows))
        change_object(rand.choice(objects))
        if rand.random() < 0.05:  # what is known of one stands where another is
            one = rand.choice(objects)
            lists = encoder.shown.lists
            if lists:
                lists[id(one.c)] = rand.choice(list(lists.values()))
            table = encoder.shown.objects and encoder.shown.objects.tables.get(threading.get_ident())
            if table and table.known:
                old_place = rand.choice(list(table.known))
                place = id(one) + old_place % 8  # at the same depth: an address is never that of another one and a depth
                moved, back = table.known.pop(old_place), table.known.pop(place, None)
                table.known[place] = moved
                if back is not None:
                    table.known[old_place] = back
        change(always)
        always.extend(range(70 - len(always)))
        holder.content, holder.d_count = rand.choice(held), rand.randrange(3)
        values = [always, rand.choice(held), rand.choice(held)] + rand.choice([[], [holder], [{"in": held[0]}], [held[0], held[0]], [rows[:8]],
            [[[held[0]]], [[[held[0]]]]], [[held[0], held[1], held[2]]],
            [objects], [objects[0], [objects[1]]], [[objects] * 12]])
        if rand.random() < 0.05:
            values += [row for row in rows for _ in range(2)]  # more than there are slots, each of them met again
        by = encoder if rand.random() < 0.8 else hiding
        for each in (values, objects):
            tell(by.values(each), [by.value(v) for v in each])


workers = [threading.Thread(target=run, args=(random.Random(seed + number),)) for number in range(threads)]
if threads > 1:
    sys.setswitchinterval(1e-5)
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
if threads == 1:
    changed_meanwhile()
    another_in_its_place()
    hidden_from_now_on()
    as_many_as_may_be()
    agreed_on_meanwhile()
    shown_by_another_thread()
    let_go()
print("\n".join(lines))
print("C", json.dumps([ran, *[each.memory is not None for each in (encoder.kept.look.__self__, encoder.shown)]]))
