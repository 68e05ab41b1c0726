"""Tables that are built and changed line by line at module level, in the ways in which that can be done."""
import json
import threading

codes = {row: {column: row * column for column in range(18)} for row in range(18)}
names = {
    1: {"one": 1, "first": True},
    2: {
        "two": 2,
        "second": {"deep": 0, "other": None},
    },
}
both = (codes, names)
holder = type("Holder", (), {})()
holder.a = 1
attributes = {"of": vars(holder), "a": {1: 1}, "b": {2: 2}, "c": {3: 3}, "d": {}, "e": {}, "f": {}, "g": {}, "h": {}}
for turn in range(6):
    codes[3][4] = turn
    still = turn
    codes[5].update({6: "x", turn + 100: turn})
    codes[turn] = dict(codes[turn])
    still = turn
    codes[turn][0] = "copied"
    names[2]["second"]["deep"] = turn
    names[2]["second"]["deep"] = turn
    names.setdefault(3 + turn, {"new": {"er": turn}})
    names[3 + turn]["new"]["er"] += 1
    holder.a = turn
    holder.b = {"in": turn}
    still = turn
    holder.b["in"] = "changed"
    codes[7].pop(turn)
    codes[8].popitem()
    del codes[9][turn]
    globals()["codes"][10][2] = turn
    exec("codes[11][3] = turn")
    exec("row[12] = turn", {"row": codes[12], "turn": turn})
    dict.__init__(codes[13], {1: turn})
    list(map(codes[14].__setitem__, (1, 2), (turn, str(turn))))
    for key in codes[15]:
        codes[15][key] = turn
    codes[16][1] = True if turn % 2 else 1
    codes[17] = json.loads('{"a": {"b": %d}}' % turn)
    codes[17]["a"]["b"] = -turn
    worker = threading.Thread(target=codes[3].__setitem__, args=(turn, "thread"))
    worker.start()
    worker.join()
    still = turn
    codes[6].clear()
    codes[6][turn] = [turn]
    codes[6][turn].append(0)
    attributes["a"], attributes["b"] = attributes["b"], attributes["a"]
    attributes["a"][1] = turn
del codes[0], names[1]
print(len(codes), sorted(names), holder.a)
