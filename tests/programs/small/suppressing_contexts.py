import contextlib


class Swallows:
    def __init__(self, *kinds):
        self.kinds = kinds

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        swallowed = kind is not None and issubclass(kind, self.kinds)
        return swallowed


class Replaces:
    def __enter__(self):
        return 1

    def __exit__(self, kind, error, traceback):
        raise KeyError("instead") from error


def in_the_middle():
    found = []
    with Swallows(ZeroDivisionError):
        found.append(1)
        found.append(1 // 0)
        found.append(2)
    found.append(3)
    return found


def returns_through():
    with Swallows(ValueError), Swallows(KeyError):
        for n in range(3):
            with Swallows(IndexError):
                if n == 1:
                    raise KeyError(n)
        return "never"
    return "after"


@contextlib.contextmanager
def by_generator():
    try:
        yield "in"
    except LookupError as error:
        print("generator swallows", type(error).__name__)


def stack():
    order = []
    with contextlib.ExitStack() as exits:
        exits.callback(order.append, "last")
        exits.enter_context(Swallows(OSError))
        exits.push(lambda kind, error, traceback: order.append(kind.__name__))
        raise OSError("gone")
    return order


print(in_the_middle(), returns_through(), stack())
with by_generator():
    {}["missing"]
try:
    with Replaces():
        raise ValueError("first")
except KeyError as error:
    print(error, type(error.__cause__).__name__)
with Swallows(Exception) as outer, Replaces() as inner:
    x = outer, inner
print("end")
