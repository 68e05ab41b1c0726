"""Lists and tuples of many numbers beside plain variables: looked at often, and changed in every way in between."""
import functools
import sys
import threading


class Loud:
    """Says so where it is compared, or asked for a number."""

    def __eq__(self, other):
        print("compared", type(other).__name__)
        return True

    __hash__ = None

    def __index__(self):
        print("asked")
        return 0

    __del__ = staticmethod(functools.partial(print, "gone"))


class Count(int):
    pass


def look(items, n):
    total = 0
    while n > 0:
        n -= 1
        total += 1
    return total


def change(items, at):
    for turn in range(20):
        at = 2 * turn
        items[at] = turn
        items[at], items[-1] = items[-1], items[at]
        if turn % 7 == 0:
            items.append(turn)
        if turn % 11 == 0:
            del items[3]
        if turn % 13 == 0:
            items.insert(turn % 5, -turn)
        if turn % 17 == 0:
            items[2:4] = [True, 2.5, None]
        if turn % 19 == 0:
            items.sort(key=lambda item: float(item or 0))
    return at


def replaced(items, n):
    for n in range(12):
        n = n * 2 ** 60
        if n == 5 * 2 ** 60:
            items = tuple(items)
        if n == 7 * 2 ** 60:
            items = n
        if n == 8 * 2 ** 60:
            items = list(range(50))
        if n == 9 * 2 ** 60:
            del items
        if n == 10 * 2 ** 60:
            items = [Count(each) for each in range(40)]
    return n


def holding(items, n):
    items[5] = Loud()
    n += 1
    items[5] = 0.0
    n += 1
    items[5] = -0.0
    n += 1
    items[5] = float("nan")
    n += 1
    items[5] = 2 ** 70
    n += 1
    items[5] = Count(4)
    n += 1
    items[5] = "text"
    n += 1
    items[5] = (n, n)
    n += 1
    items[5] = items
    n += 1
    items[5] = 5
    return n


def let_go(n):
    items = list(range(40))
    n += 1
    items.append(Loud())
    n += 1
    items = None
    print("let go of")
    return n


def both(first, second, n):
    for n in range(20):
        first[n] += 1
    return n


def steps(items, n):
    for n in range(20):
        items[n] = -n
        yield n


def few(items):
    for each in range(3):
        items[each] += 1
    return each


numbers = list(range(1000, 1040))
print(look(numbers, 120))
print(look(tuple(numbers), 10), look([1, 2, 3], 5), look(list(range(300)), 4))
print(change(list(range(40)), 0), change(list(range(41)), 0))
for turn in range(5):
    print(replaced(list(range(40 + turn)), 1), holding(list(range(40)), turn))
    print(let_go(turn))
print(both(numbers, numbers, 1), both(numbers, list(numbers), 1))
print(sum(steps(numbers, 0)), few(numbers))
pairs = [(each, -each) for each in range(40)]
print(look(pairs, 6), change([each for each, _ in pairs], 1))
pairs += [(each, each) for each in range(70)]
print(look(pairs, 6))
thread = threading.Thread(target=look, args=(numbers, 30))
thread.start()
thread.join()
sys.stdout.write("%d\n" % len(numbers))
