"""Changes dicts in all ways, each of them often, and looks whether their states tell.

usage: python dict_states.py AGENT_FOLDER

Prints the ways that were tried, and ends with an error if a dict has changed without another state than before.
"""
import importlib
import json
import operator
import sys
import threading
import types

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
pointers = importlib.import_module("_ct_pointers")
memory = pointers.all_memory()
assert pointers.has_states(memory)
OFTEN = 300  # the interpreter has special ways to do what is done often


def state_of(v):
    return memory[id(v) + pointers.STATE:id(v) + pointers.STATE_END]


class Plain:
    pass


class Emptied:
    """Attributes of such are in a dict of the usual kind."""

    def __init__(self):
        self.a = self.b = 0
        vars(self).clear()
        self.a = self.b = 0


class Given:
    """Attributes of such are in a dict of the usual kind on each version."""

    def __init__(self):
        self.__dict__ = {"a": 0, "b": 0}


class Slotted(Plain):
    __slots__ = ("c",)


def set_attribute(v, value):
    v.a = value


def set_other_attribute(v, value):
    v.b = value


def delete_and_set(v, value):
    del v.a
    v.a = value


def made(cls):
    v = cls()
    v.a = v.b = 0
    return v


NAMED = types.ModuleType("named")
NAMED.a = 0
exec("""
def set_global(value):
    global a
    a = value


def set_in_loop(value):
    global a
    for a in value, (value,):
        pass


def delete_global(value):
    global a
    a = 1
    del a
    a = value
""", vars(NAMED))
STORES = compile("a = value", "stores", "exec")
IN_CLASS = compile("class C:\n    a = 1\n    for a in range(3): pass\nb = C", "class", "exec")


def of_dict(change):
    return lambda: {"a": 0, "b": 0}, lambda v: v, change


def of_object(cls, change):
    return lambda: made(cls), vars, change


WAYS = {
    "item": of_dict(lambda v, n: v.__setitem__("a", n)),
    "new item": of_dict(lambda v, n: v.__setitem__(n, 1)),
    "item by operator": of_dict(lambda v, n: operator.setitem(v, "a", n)),
    "update": of_dict(lambda v, n: v.update(a=n)),
    "update by a dict": of_dict(lambda v, n: v.update({"a": n})),
    "update by pairs": of_dict(lambda v, n: v.update([("a", n)])),
    "init": of_dict(lambda v, n: dict.__init__(v, a=n)),
    "setdefault": of_dict(lambda v, n: v.setdefault(n, 1)),
    "pop": of_dict(lambda v, n: (v.__setitem__("c", n), v.pop("c"))),
    "popitem": of_dict(lambda v, n: (v.__setitem__("c", n), v.popitem())),
    "clear": of_dict(lambda v, n: (v.clear(), v.__setitem__("a", n))),
    "clear alone": (lambda: [{}], lambda v: v[0], lambda v, n: (v[0].clear(), v[0].update(a=n))),
    "delete": of_dict(lambda v, n: (v.__setitem__("c", n), v.__delitem__("c"))),
    "delete by operator": of_dict(lambda v, n: (v.__setitem__("c", n), operator.delitem(v, "c"))),
    "equal value": of_dict(lambda v, n: v.__setitem__("a", float(n % 7))),
    "while iterated": of_dict(lambda v, n: [v.__setitem__(key, (n,)) for key in v]),
    "by map": of_dict(lambda v, n: list(map(v.__setitem__, "ab", (n, n)))),
    "exec": of_dict(lambda v, n: (v.__setitem__("value", n), exec(STORES, v))),
    "exec, other locals": of_dict(lambda v, n: exec(STORES, {"value": n}, v)),
    "class in exec": of_dict(lambda v, n: exec(IN_CLASS, v)),
    "other keys": of_dict(lambda v, n: v.__setitem__((n % 3, 1), n)),
    "json": (lambda: {"a": 0}, lambda v: v, lambda v, n: v.update(json.loads('{"a": {"b": %d}}' % n))),
    "thread": of_dict(lambda v, n: n % 50 or _in_thread(lambda: v.__setitem__("a", n))),
    "global": (lambda: NAMED, vars, lambda v, n: v.set_global(n)),
    "global in a loop": (lambda: NAMED, vars, lambda v, n: v.set_in_loop(n)),
    "deleted global": (lambda: NAMED, vars, lambda v, n: v.delete_global(n)),
    "attribute of a module": (lambda: NAMED, vars, set_attribute),
    "setattr of a module": (lambda: NAMED, vars, lambda v, n: setattr(v, "a", n)),
}
for cls in Plain, Emptied, Given, Slotted:
    for change in set_attribute, set_other_attribute, delete_and_set:
        # For each class a function of its own, which the interpreter makes special for it.
        own = types.FunctionType(change.__code__.replace(), globals())
        WAYS["%s: %s" % (cls.__name__, change.__name__)] = of_object(cls, own)
    WAYS[cls.__name__ + ": setattr"] = of_object(cls, lambda v, n: setattr(v, "a", n))
    WAYS[cls.__name__ + ": object.__setattr__"] = of_object(cls, lambda v, n: object.__setattr__(v, "a", n))
    WAYS[cls.__name__ + ": item"] = of_object(cls, lambda v, n: vars(v).__setitem__("a", n))
if sys.version_info >= (3, 9):
    WAYS["|="] = of_dict(lambda v, n: v.__ior__({"a": n}))
try:
    import _testcapi
    add_watcher = _testcapi.add_dict_watcher
except (ImportError, AttributeError):
    pass
else:
    def watched():
        v = {"a": 0}
        _testcapi.watch_dict(watcher, v)
        return v

    watcher = add_watcher(0)
    WAYS["watched"] = (watched, lambda v: v, lambda v, n: v.__setitem__("a", n))


def _in_thread(change):
    thread = threading.Thread(target=change)
    thread.start()
    thread.join()
    return True


def try_out(make, dict_of, change, asks_first):
    """Whether each change was seen, and how many states said so."""
    v = make()
    told, seen = 0, set()
    for number in range(OFTEN):
        if asks_first and number == OFTEN // 2:
            v = make()  # for which all is special already
        content = dict_of(v)
        before, shown = state_of(content), list(content.items())
        change(v, number)
        content_now = dict_of(v)
        assert content_now is content
        after = state_of(content)
        if before[pointers.APART:] == pointers.TOGETHER:
            now = list(content.items())
            is_same = len(now) == len(shown) and all(map(operator.is_, sum(now, ()), sum(shown, ())))
            assert after != before or is_same, "has changed without a new state: %r" % number
            told += 1
            if after != before:
                assert after not in seen
                seen.add(after)
        assert state_of(content) == state_of(dict_of(v))
    return told


silent = []
for name, (make, dict_of, change) in WAYS.items():
    for asks_first in (False, True):
        try:
            told = try_out(make, dict_of, change, asks_first)
        except AssertionError as error:
            silent.append("%s: %s" % (name, error))
            continue
        assert told == OFTEN or not name.startswith("Given"), name
    print(name, told)
assert not silent, "\n".join(silent)
