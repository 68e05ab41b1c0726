# harness: no-oracle a slow tracer that looks at a frame's locals changes the dictionary they share
def names():
    a = 1
    taken = dict(vars())
    b = 2
    return sorted(taken), sorted(dir()), eval("a + b")


def written():
    x = 1
    exec("x = 2")
    locals()["x"] = 3
    return x


def before_and_after(value):
    first = dict(locals())
    value += 1
    second = dict(locals())
    return first["value"], second["value"], sorted(second)


print(names(), written(), before_and_after(1))
