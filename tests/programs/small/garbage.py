import gc
import weakref


class Node:
    def __init__(self, name):
        self.name = name
        self.other = None

    def __del__(self):
        gone.append(self.name)


def cycle():
    a, b = Node("a"), Node("b")
    a.other, b.other = b, a
    return weakref.ref(a)


def alone():
    node = Node("alone")
    reference = weakref.ref(node)
    del node
    return reference() is None


gone = []
gc.disable()
reference = cycle()
print(reference() is not None, alone(), gone)
gc.collect()
print(reference() is None, sorted(gone))
