"""Lines that show numbers, truth values and None alone; and what they turn into on the way."""


def one(turns):
    while turns:
        turns -= 1
        if turns == 3:
            continue
    return turns


def two(values):
    total = None
    last = False
    del values[4:]
    for value in values:
        last = value
        if total is None:
            total = 0
        total += value
    return last


def changing(n):
    x = 1
    for i in range(n):
        if i == 4:
            x = 0.5
        elif i == 8:
            x = 2**63
        elif i == 12:
            x = -(2**63)
        elif i == 16:
            x = "text"
        elif i == 20:
            x = None
        elif i == 24:
            x = True
        elif i == 28:
            x = [i]
        elif i == 30:
            del x
            x = Number(7)
        y = i
    return y


class Number(int):
    def __index__(self):
        print("asked")
        return 5

    def __float__(self):
        print("asked")
        return 5.0


def many(a, b=0.25, c=None, d=True):
    for e in (1, 2.0, 3):
        a += 1
        b *= -1
        f = e
        g = f
        del f, g
    return a


def nothing():
    pass


def numbers(n):
    while n > -3:
        yield n
        n -= 1
        if n == 0:
            yield None
        elif n == -1:
            yield 2**70
        elif n == -2:
            yield True


def unbound(n):
    for i in range(n):
        if i % 3 == 0:
            odd = i
        else:
            even = i
            del even
    return odd


print(one(6), two([1, 2, 2.5, True, 9, 9]), changing(34), [many(n) for n in range(4)])
print([nothing() for _ in range(4)], list(numbers(4)), unbound(8))
for infinite in (float("inf"), float("-inf"), -0.0, 1e300):
    print(two([1.5, infinite]))
