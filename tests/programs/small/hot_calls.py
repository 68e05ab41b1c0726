"""Functions that are called often: how each begins, and what becomes of it once that has been seen many times."""
import sys
import threading

TIMES = 70
mode = 1


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def one_line(n): return n + 1


def loops_first(n):
    for i in range(n):
        n += i
    return n


def loops_at_once(n):
    while n > 0: n -= 1
    return n


def either(n):
    return n and fib(1) or fib(0)


def tries_first(n):
    try:
        return 1 // n
    except ZeroDivisionError:
        return None


def raises(n):
    raise ValueError(n)


def compares(items):
    return [item for item in items
            if item]


def reads_global(n):
    value = mode
    return value, n


def either_kind(n):
    return n


def reads_either(n):
    seen = either_kind
    return n


def handed_over(n):
    def inner(m=n):
        return m + n
    return inner()


def generated(n):
    yield n
    yield n + 1


class Thing:
    def __init__(self, n):
        self.n = n

    def grow(self):
        self.n += 1
        return self

    @property
    def twice(self):
        return self.n * 2


def changing(n, kind=1):
    first = kind
    return first


def down(n):
    if n == 0:
        return 0
    return down(n - 1) + 1


def caught(function, *args):
    try:
        return function(*args)
    except (ValueError, RecursionError) as error:
        return type(error).__name__


def all_of_them(n):
    global mode
    total = fib(3) + one_line(n) + loops_first(3) + loops_at_once(2) + either(n % 2) + handed_over(n)
    caught(raises, n)
    tries_first(n % 2)
    compares([0, n])
    if n == 40:
        mode = "text"
    elif n == 60:
        mode = Thing(3)
    reads_global(n)
    for _ in generated(n):
        pass
    total += Thing(n).grow().twice
    changing(n, [1, 0.5, None, True, "text", [n]][n // 12])
    return total


print([all_of_them(n) for n in range(TIMES)][-1])
for n in range(TIMES):
    reads_either(n)
either_kind = 5
for n in range(TIMES):
    reads_either(n)
print(down(50), (lambda n: n)(5), [(lambda n: n + 1)(n) for n in range(TIMES)][-1])


def at_once():
    for n in range(5):
        fib(4)
        one_line(n)


threads = [threading.Thread(target=at_once) for _ in range(2)]
for thread in threads:
    thread.start()
    thread.join()
sys.stdout.write("%s\n" % fib(5))
