# harness: no-oracle a slow tracer makes garbage of its own
"""A program that looks through what is garbage: nothing of the recorder's is among it."""
import collections
import gc


def make(n):
    class Other:
        def __init__(self):
            self.y = {"a": [n]}
    class A:
        def __init__(self):
            self.x = n
            self.o = Other()
            self.l = [Other(), Other()]
            self.d = {i: i for i in range(40)}
    class S:
        __slots__ = ("a", "b")
    class Error(Exception):
        pass
    class D(dict):
        pass
    a, b = A(), A()
    s = S()
    s.a = a
    d = D(x=1)
    both = [a, b, s, d]
    for turn in range(5):
        a.x += 1
        b.l.append(turn)
    try:
        raise Error(a)
    except Error as error:
        kept = error
    del kept
    return n
make(0)
gc.collect()
gc.set_debug(gc.DEBUG_SAVEALL)
for n in range(30):
    make(n)
gc.collect()
gc.set_debug(0)
# Whether it knows of a tuple depends on when it came by last.
found = collections.Counter(
    type(o).__name__ + " " + o.__qualname__ if callable(o) and hasattr(o, "__qualname__") else type(o).__name__
    for o in gc.garbage if type(o) is not tuple
)
for name, count in sorted(found.items()):
    print(name, count)
