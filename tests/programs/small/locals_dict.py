# harness: no-oracle a slow tracer that looks at a frame's locals changes the dictionary they share
def snapshot():
    before = locals()
    later = 1
    return sorted(before), later


def names():
    a = 1
    taken = dict(vars())
    b = 2
    return sorted(taken), sorted(dir()), eval("a + b")


def closure():
    count = 0

    def increase():
        nonlocal count
        view = locals()
        count += 1
        return view["count"], count

    return [increase() for _ in range(3)]


def written():
    x = 1
    exec("x = 2")
    locals()["x"] = 3
    return x


print(names(), closure(), written())
