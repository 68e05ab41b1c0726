"""Encodes values of numpy and pandas with the agent's encoder; output and arguments as in values_writer.py."""
import importlib
import json
import sys
from marshal import dumps

import numpy as np
import pandas as pd

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])

_ct_values = importlib.import_module("_ct_values")
encoder = _ct_values.Encoder(lambda record: print("D", dumps(record, 2).hex()), 6, 20, 300)


def show(name, value, description):
    print("V", name.replace(" ", "_"), dumps(encoder.value(value), 2).hex(), json.dumps(description))


def ints(numbers):
    return [["int", str(n)] for n in numbers]


def floats(numbers):
    return [["float", repr(n)] for n in numbers]


def array(content, dtype, *shape):
    return ["ndarray", [["", content], ["dtype", ["str", dtype]], ["shape", ["tuple", ints(shape)]]]]


def row(items):
    return ["ndarray", items]


def more(count):
    return ["<more>", "<\u2026 %d more>" % count]


for number, (value, shown) in enumerate((
    (np.int8(-5), "-5"), (np.int64(2**62), str(2**62)), (np.uint64(2**64 - 1), str(2**64 - 1)), (np.float64(-0.0), "-0.0"),
    (np.float32(0.5), "0.5"), (np.float16(2), "2.0"), (np.complex128(1 - 2j), "(1-2j)"), (np.complex64(2j), "2j"),
    (np.bool_(True), "true"), (np.str_("s"), "s"), (np.datetime64("2020-01-02"), "2020-01-02"),
    (np.timedelta64(5, "D"), "5 days"),
)):
    name = type(value).__name__
    show("scalar %d" % number, value, ["numpy.bool" if name == "bool" else name, shown])
show("bytes", np.bytes_(b"b"), ["bytes_", "bytes_(b'b')"])
longest = np.longdouble.__name__
show("long double", np.longdouble(1), [longest, "<%s>" % longest])
show("array", np.array([1, 2]), array(row(ints([1, 2])), "int64", 2))
show("floats", np.array([0.5, np.nan]), array(row(floats([0.5, float("nan")])), "float64", 2))
show("array of arrays", np.arange(6).reshape(2, 3), array(row([row(ints([0, 1, 2])), row(ints([3, 4, 5]))]), "int64", 2, 3))
show("turned", np.arange(4).reshape(2, 2).T, array(row([row(ints([0, 2])), row(ints([1, 3]))]), "int64", 2, 2))
show("one number", np.array(7), array(["int", "7"], "int64"))
show("none", np.zeros((0, 3)), array(row([]), "float64", 0, 3))
show("long", np.arange(10**6), array(row(ints(range(20)) + [more(10**6 - 20)]), "int64", 10**6))
show("of texts", np.array(["a", "bc"]), array(row([["str", "a"], ["str", "bc"]]), "<U2", 2))
show("of records", np.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")]),
     array(row([["tuple", [["int", "1"], ["float", "2.5"]]]]), "|V12", 1))
show("in a list", [np.array([1])], ["list", [array(row(ints([1])), "int64", 1)]])
large = np.zeros((1000, 1000, 1000), dtype=np.int8)
show("enormous", large, None)
whole = dumps(encoder.value(large), 2)
if len(whole) > 50000:
    raise AssertionError(len(whole))

calls = []


class Watched(np.ndarray):
    def __array_finalize__(self, base):
        calls.append("finalize")

    def __getitem__(self, key):
        calls.append("getitem")

    def __len__(self):
        calls.append("len")
        return 0


class Loud:
    def __getattribute__(self, name):
        calls.append(name)
        raise AttributeError(name)

    def __repr__(self):
        calls.append("repr")

    __hash__ = __eq__ = __str__ = __repr__


def empty_object_array(*items):
    made = np.empty(len(items), dtype=object)
    for number, item in enumerate(items):
        made[number] = item
    return made


watched = np.arange(2).view(Watched)
objects = empty_object_array(Loud(), [1])
itself = empty_object_array(1)
itself[0] = itself
columns = pd.DataFrame({Loud: [1]})
calls.clear()
show("subclass", watched, ["Watched", [["", ["Watched", ints([0, 1])]], ["dtype", ["str", "int64"]], ["shape", ["tuple", ints([2])]]]])
show("objects", objects, array(row([["Loud", []], ["list", ints([1])]]), "object_", 2))
show("cycle", itself, array(row([["ndarray", "<cycle: the enclosing ndarray>"]]), "object_", 1))
show("a class for a name", columns, None)
ran = list(calls)

shared = ["dict", [["tuple", [["str", "a"], row_of]] for row_of in [array(row(ints([1, 2])), "int64", 2)]]]
show("series", pd.Series([1, 2], name="n"), ["Series", [
    ["name", ["str", "n"]], ["index", ["range", "range(0, 2)"]], ["values", array(row(ints([1, 2])), "int64", 2)]]])
show("frame", pd.DataFrame({"a": [1, 2]}), ["DataFrame", [["index", ["range", "range(0, 2)"]], ["columns", shared]]])
mixed = pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5], "c": [3, 4]}, index=pd.Index([10, 20]))
show("mixed frame", mixed, ["DataFrame", [
    ["index", array(row(ints([10, 20])), "int64", 2)],
    ["columns", ["dict", [
        ["tuple", [["str", "a"], array(row(ints([1, 2])), "int64", 2)]],
        ["tuple", [["str", "b"], array(row(floats([0.5, 1.5])), "float64", 2)]],
        ["tuple", [["str", "c"], array(row(ints([3, 4])), "int64", 2)]]]]]]])
wide = pd.DataFrame(np.zeros((2, 30)))
show("wide frame", wide, None)
print("C", json.dumps(ran))
