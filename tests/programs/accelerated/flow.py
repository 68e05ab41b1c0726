for _ in range(210): pass
# What runs, and in which order: all kinds of functions and variables, each often enough to be told by the accelerator.
import asyncio
import threading


def many(a, b, c=0.5):
    d = a + 1
    e = None
    f = a > 3
    g = -a
    h = c * 2
    i = 2**62 + a
    return d + g + i


def crowded(n):
    a = b = c = d = e = f = g = h = i = j = k = l = m = o = p = n
    q = r = a
    return q


def gone(n):
    if n % 3:
        there = n
    else:
        other = n
    again = n
    del again
    again = n, n
    try:
        there
    except NameError:
        other += 1
    return again


def counter():
    count = 0

    def step(by):
        nonlocal count
        count += by
        return count

    return step


def comprehensions(n, x="outer"):
    squares = [x * x for x in range(n)]
    inner = [[y for y in range(x)] for x in range(3)]
    seen = lambda: (x, n)
    pairs = {x: seen for x in range(2)}
    total = sum(x for x in squares)
    return total, x, seen()[0]


def cells(n):
    kept = [n for n in range(n)]
    parts = [lambda: n for n in range(3)]
    return n, parts[0]()


def raises(n):
    try:
        if n % 2:
            raise ValueError("no %d" % n)
        left = n
    except ValueError as error:
        held = error.args
        caught = n
    finally:
        last = n
    return last


def passes_on(n):
    step = n
    {}[n]


def generates(n):
    for each in range(n):
        got = yield each
        if got:
            each = got
    yield from [n, None]
    return "end"


async def awaits(n):
    await asyncio.sleep(0)
    result = n + 1
    return result


async def gathers():
    found = await asyncio.gather(*[awaits(n) for n in range(12)])
    async for each in ticks(6):
        found.append(each)
    return found


async def ticks(n):
    for each in range(n):
        yield each


def recursive(n):
    below = n - 1
    if below < 0:
        return 0
    return recursive(below) + 1


class Thing:
    made = 0

    def __init__(self, name):
        self.name = name
        Thing.made += 1

    @property
    def shout(self):
        text = self.name + "!"
        return text

    def __del__(self):
        last = "bye"


shared = 1


def names_globals(n):
    local = n
    also = shared
    return later if n > 50 else also


def appears():
    global late
    late = 1


def meets(n):
    got = None
    for each in range(n):
        if each == n - 3:
            appears()
        if each > n - 2:
            got = late
        also = each
    return got


def defaults(*args, key=None, **more):
    count = len(args)
    return count, more


def single(n): return n + 1


def loops(n):
    while n > 0: n -= 1
    for each in range(3): n += each
    return n


def main():
    step = counter()
    for n in range(36):
        many(n, "text")
        many(n * 1.5, None)
        crowded(n)
        gone(n)
        step(n)
        raises(n)
        single(n)
        defaults(n, n, key=n, other=n)
        names_globals(n % 50)
    for n in range(8):
        comprehensions(n)
        cells(n)
        loops(n)
        try:
            passes_on(n)
        except KeyError:
            missed = n
        made = generates(4)
        next(made)
        made.send(n)
        list(made)
        Thing(str(n)).shout
        kept = made
    made = generates(3)
    for each in made:
        if each == 1:
            break
    made.close()
    recursive(80)
    for n in range(3, 9):
        meets(n)
        meets(n)
        globals().pop("late")
    asyncio.run(gathers())


main()
for turn in range(3):
    shared = main
    later = 1
    for n in range(40, 60):
        names_globals(n)
    shared = Thing
    for n in range(40, 60):
        names_globals(n)
    del shared
    try:
        names_globals(1)
    except NameError:
        pass
    shared = [turn]
    for n in range(40, 60):
        names_globals(n)
    del later


def works(n):
    total = 0
    for each in range(n):
        total += each
    return total


for n in range(3):
    # Not the thread itself, whose numbers are others in each run.
    start = threading.Thread(target=works, args=(60,)).start
    start(); start.__self__.join()
print("end")
