"""Changes containers at random and encodes them after each change, with and without referring to what was sent before.

usage: python kept_writer.py AGENT_FOLDER SEED STEPS THREADS READS WHAT
  READS             0: nothing; 1: pointers; 2: states of dicts, too
  WHAT              containers, or tables: dicts of dicts

Output, one line each:
  D HEX             a record that the encoder sent, marshalled
  V HEX HEX         the values of a step as a list: as in a recording, and as they are
  C JSON            how often code of the hostile class ran, which has to be 0, and whether pointers of large containers and of objects were read, and states of dicts; how often a table was what it
                    had been
"""
import gc
import importlib
import json
import operator
import random
import sys
import threading
import types
import weakref
from marshal import dumps

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
_ct_values = importlib.import_module("_ct_values")
_ct_filter = importlib.import_module("_ct_filter")
seed, steps, threads, reads = map(int, sys.argv[2:6])
if reads == 1:  # as where dicts have no versions
    _ct_values._kept.loaded["sys"] = types.SimpleNamespace(**dict(vars(sys), version_info=(3, 14)))
if not reads:
    _ct_values._kept.loaded["_imp"] = _ct_values._objects.loaded["_imp"] = None  # as where `_ctypes` can't be had
shows_tables = sys.argv[6] == "tables"
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


HOSTILE = Hostile(1 << 40)  # as a key: not to be compared by the dicts themselves

class Holder:
    pass


class OtherHolder:
    pass


encoder = _ct_values.Encoder(lambda record: lines.append("D " + dumps(record, 2).hex()), 4, ITEMS, 300)
hiding = encoder.under(_ct_filter.Attributes(PATTERNS, 1000))
encoder.values([len, json, Hostile, Holder])  # described: from now on they don't count as looked at


same_again = 0


def count_tables():
    """Counts how often a table is found to be encoded as before."""
    names = encoder.kept.by_state.__globals__
    goes_again = names["_goes_again"]

    def count(kept, way, walk):
        global same_again
        again = goes_again(kept, way, walk)
        same_again += again
        return again

    names["_goes_again"] = count


def tell(kept, as_they_are):
    if kept is None:  # as it is too long for a record
        assert len(dumps(as_they_are, 2)) > _ct_values.LONGEST_RECORD
        return
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


def changed_while_encoded():
    """Another thread changes a dict in a table while the table is looked at: here it does so when a record is sent."""
    if encoder.kept.by_state is None:
        return
    table = {key: {n: key for n in range(20)} for key in "abcdefghij"}
    other, emit, kept = list(range(70)), encoder.emit, encoder.kept.look.__self__
    tables = encoder.kept.by_state.__globals__
    content_of = tables["_content_of"]

    def change_first(*args):
        tables["_content_of"] = content_of
        table["a"][3] = "changed"
        return content_of(*args)

    tables["_content_of"] = change_first
    while table["a"][3] != "changed":
        shown = encoder.values([table])
    tell(shown, [encoder.value({**table, "a": {**table["a"], 3: "a"}})])
    for _ in range(80):
        tell(encoder.values([table]), [encoder.value(table)])

    def change_then(record):
        emit(record)
        table["b"][4] = "changed as well"

    encoder.values([other])
    kept.emit = change_then
    encoder.values([table, other])
    kept.emit = emit
    for _ in range(80):
        tell(encoder.values([table]), [encoder.value(table)])
    assert table["b"][4] == "changed as well"


def told_briefly_meanwhile():
    """A table is encoded while another thread's record is told briefly, or begins to be."""
    if encoder.kept.by_state is None:
        return
    tables = encoder.kept.by_state.__globals__
    content_of, version = tables["_content_of"], tables["version"]

    def begin():
        encoder.latest_brief = encoder.next_brief()
        encoder.max_items = 8

    def begin_now(state):
        tables["version"] = version
        begin()
        return version(state)

    def end_now(*args):
        encoder.max_items = encoder.bounds[1]
        return content_of(*args)

    for begins in range(2):
        table = {n: {key: n for key in range(3)} for n in range(10)}
        for number in range(12):
            if number < 6 and begins:
                tables["version"], tables["_content_of"] = begin_now, end_now
            elif number < 6:
                begin()
            shown = encoder.values([table])
            tables["version"], tables["_content_of"] = version, content_of
            encoder.max_items = encoder.bounds[1]
            if number >= 6:
                tell(shown, [encoder.value(table)])


def apart():
    """Attributes of objects in a table, which change in their own way."""
    class Own:
        pass

    v = Own()
    v.a = v.b = 0
    table = {n: {1: n, 2: vars(v)} for n in range(10)}
    for number in range(60):
        for _ in range(5):
            tell(encoder.values([table]), [encoder.value(table)])
        v.a = number


def within_what_it_holds():
    """A table is shown alone, and within one that it holds."""
    inner, other = {"m%d" % n: {2: n} for n in range(9)}, {}
    outer = {"inner": inner, "n0": {}, "n1": {1: 1}, "n2": {}}
    inner["outer"] = outer
    other.update(n0={}, n1={}, n2={}, n3={}, inner=inner)
    for _ in range(5):
        for v in ([inner], [outer], [[inner]], [other], [outer, [inner]], [{"a": 1, "b": 2, "c": 3, "d": outer}]):
            tell(encoder.values(v), [encoder.value(each) for each in v])


def changed_at_the_end():
    """What stands last in a table changes, behind what counts for less than it holds: cycles, and what is hidden."""
    for hidden in range(2):
        for key in "r_first", "d_first", "first":
            table = {key: {n: {} for n in range(110)}} if hidden else {}
            for n in range(9):
                table[n] = {"me": None if hidden else table, "number": n, "a": 1, "b": 2}
            last = {"a": 1, "b": 2}
            table["last"] = {"in": last}  # deeper than a cycle would be followed
            for number in range(30):
                for each in encoder, hiding:
                    tell(each.values([table]), [each.value(table)])
                if number % 10 == 9:
                    last["a"] = number


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

    held_by_tables = Holder()

    def a_table(depth=3):
        size = rand.choice([0, 1, 3, 9, 12, 17, 30]) if depth else rand.choice([3, 18])
        keys = [rand.choice(["k%d", "k%d", "%d", "r_%d", "d_%d"]) % n if rand.random() < 0.1 else n for n in range(size)]
        if depth == 3 and rand.random() < 0.5:
            keys = ["__builtins__", *keys]  # `exec` leaves it as it is
        return {key: a_table(rand.randrange(depth)) if depth and rand.random() < 0.8 else atom() for key in keys}

    def inner_of(table):
        for _ in range(rand.randrange(4)):
            inner = [v for v in table.values() if type(v) is dict]
            if not inner:
                break
            table = rand.choice(inner)
        return table

    def change_table(top):
        v = inner_of(top)
        key = rand.choice(list(v) or ["k"]) if rand.random() < 0.7 else rand.choice(["n%d", "r_%d", "d_%d"]) % rand.randrange(9)
        how = rand.randrange(30)
        if how == 0:
            v[key] = atom()
        elif how == 1:
            v.update({key: atom(), "other": atom()})
        elif how == 2:
            v.update([(key, atom())], named=atom())
        elif how == 3 and sys.version_info >= (3, 9):
            v |= {key: atom()}
        elif how == 4:
            v.setdefault(rand.randrange(99), atom())
        elif how == 5:
            v.pop(key, None)
        elif how == 6 and v:
            v.popitem()
        elif how == 7 and rand.random() < 0.2:
            v.clear()
        elif how == 8 and key in v:
            del v[key]
        elif how == 9:
            dict.__init__(v, {key: atom()})
        elif how == 10 and "__builtins__" in v:
            v["value"] = atom()
            exec("named = value\ndel value\nfor number in 1, 2, 3: pass", v)
        elif how == 11:
            v[key] = json.loads('{"a": {"b": [1, 2], "c": {}}}')
        elif how == 12:
            for each in v:
                v[each] = v[each]
        elif how == 13:
            for each in v:
                if type(v[each]) is not dict:
                    v[each] = atom()
        elif how == 14:
            v[key] = {1: True, 0: False, 2: 2.0}.get(v.get(key), 1) if type(v.get(key)) is int else 1
        elif how == 15:  # one goes, and another may get its id
            v[key] = {n: atom() for n in range(20)}
            inner = {n: atom() for n in range(20)}
            del v[key]
            v[key] = inner
        elif how == 16:
            v[key] = dict(inner_of(rand.choice(tables)))
        elif how == 17:
            v[key] = rand.choice([other, other, list, lambda: {1}, Holder, lambda: held_by_tables, lambda: rand.choice(held)])()
        elif how == 18:
            v[key] = vars(held_by_tables)
        elif how == 19:
            v[key] = top  # a cycle
        elif how == 20:
            v[key] = inner_of(rand.choice(tables))
        elif how == 21:
            v[key] = ({1: atom(), 2: {3: atom()}}, atom())
        elif how == 22:
            v[rand.choice([(1, 2), (1, (2, 3)), frozenset((1,)), 2.5, None, True, HOSTILE, b"b"])] = atom()
        elif how == 23:
            for each, item in list(v.items()):
                if type(item) is not dict:
                    v[each] = rand.choice([len, Holder, json, b"bytes", 2j, ...]) if rand.random() < 0.1 else atom()
        elif how == 24:
            operator.setitem(v, key, atom())
        elif how == 25 and key in v:
            operator.delitem(v, key)
        elif how == 26:
            list(map(v.__setitem__, ["a", "b"], [atom(), atom()]))
        elif how == 27 and rand.random() < 0.3:
            tables[rand.randrange(len(tables))] = a_table()
        else:
            held_by_tables.a, held_by_tables.b = atom(), {n: atom() for n in range(3)}
            if rand.random() < 0.1:
                vars(held_by_tables).clear()

    def show_tables():
        if rand.random() < 0.3:
            change_table(rand.choice(tables))
        one, another = rand.choice(tables), rand.choice(tables)
        holder.content = one
        values = rand.choice([
            [one], [one, another], tables, [[one]], [(one, 1)], [{"in": one, "too": another, "b": 1, "c": 2}], [[[one]], one],
            [holder, [holder]], [[one, one, one]], [another, rand.choice(held), one], [inner_of(one)], [vars(held_by_tables)],
        ])
        by = encoder if rand.random() < 0.8 else hiding
        for _ in range(rand.choice([1, 1, 3])):
            tell(by.values(values), [by.value(v) for v in values])

    tables = []
    for _ in range(4):
        tables.append(a_table())
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

    for _ in range(steps if shows_tables else 0):
        show_tables()

    for _ in range(0 if shows_tables else steps):
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


if shows_tables:
    often = list(range(100)), [Holder() for _ in range(60)]
    for number in range(400):  # until all is looked for that is to be read
        often[0][number % 100] = number
        tell(encoder.values(often), [encoder.value(each) for each in often])
    if encoder.kept.by_state is not None:
        count_tables()
workers = [threading.Thread(target=run, args=(random.Random(seed + number),)) for number in range(threads)]
if threads > 1:
    sys.setswitchinterval(1e-5)
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
if threads == 1 and shows_tables:
    changed_while_encoded()
    told_briefly_meanwhile()
    apart()
    within_what_it_holds()
    changed_at_the_end()
elif threads == 1:
    changed_meanwhile()
    another_in_its_place()
    hidden_from_now_on()
    as_many_as_may_be()
    agreed_on_meanwhile()
    shown_by_another_thread()
    let_go()
print("\n".join(lines))
reads_pointers = [each.memory is not None for each in (encoder.kept.look.__self__, encoder.shown)]
print("C", json.dumps([ran, *reads_pointers, encoder.kept.by_state is not None, same_again]))
