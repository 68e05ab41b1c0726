import functools


def traced(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        log.append((function.__name__, args))
        return function(*args, **kwargs)

    return wrapper


def repeat(times):
    def decorate(function):
        def again(*args):
            return [function(*args) for _ in range(times)]

        return again

    return decorate


class Memo:
    def __init__(self, function):
        self.function, self.cache = function, {}

    def __call__(self, n):
        if n not in self.cache:
            self.cache[n] = self.function(n)
        return self.cache[n]


def tag(cls):
    cls.tagged = cls.__name__
    return cls


log = []


@traced
@repeat(2)
def greet(name):
    return "hi " + name


@Memo
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


@tag
class Tagged:
    @functools.lru_cache(maxsize=None)
    def method(self):
        return len(log)


@functools.singledispatch
def show(value):
    return "object"


@show.register(int)
def _(value):
    return "int"


print(greet("you"), fib(15), Tagged.tagged, Tagged().method(), log[0][0], show(1), show("x"))
