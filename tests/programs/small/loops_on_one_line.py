import contextlib


def count_down(n):
    while n: n -= 1
    return n


def of_calls(items):
    def twice(x): return x * 2
    total = 0
    for x in items: total += twice(x)
    return [twice(x) for x in items], {x: twice(x) for x in items if x != 2}, total


def nested(n):
    return [[i * j for j in range(2) if j or i] for i in range(n)], sum(i for i in range(n))


def each(n):
    for i in range(n): yield i; i += 10
    else: yield -1


def left_early(items):
    for x in items: n = x if x % 2 else -x; break
    for x in items: continue
    while True: return [n for n in items
                        if n > 1]


def caught(items):
    for x in items:
        try: [1 // y for y in (1, x)]
        except ZeroDivisionError: x = "none"
    with contextlib.suppress(ZeroDivisionError):
        for x in (2, 0): 1 // x
    try:
        while True: x += 1; 4 // (x - 3)
    except ZeroDivisionError: return [x for x in [x]]


async def counted(n):
    for i in range(n): yield i


async def awaits(n):
    total = 0
    async for i in counted(n): total += i
    return [i async for i in counted(n) if i], total


def drive(coroutine):
    try: coroutine.send(None)
    except StopIteration as stop: return stop.value


class Body:
    made = [name.upper() for name in ("a", "b")]
    n = 2
    while n: n -= 1


def hidden(n):
    for password in range(n): n -= 1
    return locals()


n = 3
while n: n -= 1
for n in range(2): print(n, count_down(n), [k for k in range(n)])
print(of_calls([1, 2, 3]), nested(2), list(each(2)), left_early([1, 2]), caught([1, 0]))
print(drive(awaits(3)), Body.made, sorted(hidden(2)))
print((lambda xs: [x + 1 for x in xs])([1, 2]), [k for k in "ab"], {k for k in (1, 1)})
