import contextlib


class Manager:
    def __init__(self, name, swallow=False, fail_enter=False):
        self.name, self.swallow, self.fail_enter = name, swallow, fail_enter

    def __enter__(self):
        print("enter", self.name)
        if self.fail_enter:
            raise OSError("cannot enter " + self.name)
        return self.name

    def __exit__(self, kind, error, traceback):
        print("exit", self.name, kind.__name__ if kind else None)
        return self.swallow


@contextlib.contextmanager
def generated(name):
    print("before", name)
    try:
        yield name
    finally:
        print("after", name)


def early():
    with Manager("early"):
        return "returned from inside"


def loop():
    for n in range(3):
        with generated("loop"):
            if n == 0:
                continue
            if n == 1:
                break
    return n


with Manager("a") as a, Manager("b") as b:
    print(a, b)
with Manager("swallows", swallow=True):
    raise KeyError("gone")
print(early(), loop())
try:
    with Manager("outer"), Manager("broken", fail_enter=True):
        print("never")
except OSError as error:
    print(error)
with contextlib.suppress(ZeroDivisionError):
    1 / 0
try:
    with generated("raises"):
        raise RuntimeError("through")
except RuntimeError as error:
    print("came", error)
