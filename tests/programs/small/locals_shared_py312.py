# harness: no-oracle a slow tracer that looks at a frame's locals changes the dictionary they share
# What locals() returned is one dictionary per call. Before 3.12 any tracer brings it up to date after each callback,
# the interpreter does that by itself; tests/e2e/limits_test.ts shows it.
def snapshot():
    before = locals()
    later = 1
    return sorted(before), later


def closure():
    count = 0

    def increase():
        nonlocal count
        view = locals()
        count += 1
        return view["count"], count

    return [increase() for _ in range(3)]


print(snapshot(), closure())
