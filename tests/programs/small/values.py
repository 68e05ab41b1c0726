# A value of every plain kind, in locals, in globals, as arguments and as results.
none, yes, no = None, True, False
small, negative, large, huge = 1, -1, 2**63 - 1, 2**200
below, lowest, above = -(2**63) - 1, -(2**63), 2**64
floats = (0.0, -0.0, 1.5, 1e300, float("inf"), float("-inf"), float("nan"), 5e-324)
text, empty, lines, nul = "text", "", "two\nlines\t\\", "a\0b"
accents, snake, lonely = "é ü ß", "🐍", "\ud83d alone"
pair, single, nothing = (1, "a"), (1,), ()
mixed = [1, "two", 3.0, None, [True, (4, [5])]]
table = {"a": 1, 2: "b", (3, 4): [5], None: {"deep": {"deeper": ()}}}


def passes(value):
    copy = value
    return copy


for value in (none, yes, small, huge, below, 1.5, text, accents, lonely, pair, mixed, table, floats):
    passes(value)


def changes():
    items = [1]
    items.append(2)
    items[0] = "changed"
    table = {}
    table["k"] = items
    items.clear()
    table["k"].append(None)
    return table


def bounds():
    n = 2**31
    n = n * 2**32
    n = -n
    n -= 1
    return n


print(changes(), bounds(), len(mixed), ascii(lonely))
cycle = [1]
cycle.append(cycle)
cycle.append(2)
print(len(cycle))
