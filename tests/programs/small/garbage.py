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


gone = []
gc.disable()
reference = cycle()
print(reference() is not None, gone)
gc.collect()
print(reference() is None, sorted(gone))


class Slotted:
    __slots__ = ("name", "__weakref__")

    def __init__(self, name):
        self.name = name


def local_classes():
    class Here(Node):
        def look(self):
            return self.name

    class There(Slotted):
        pass

    print(Here("here").look(), There("there").name)
    return weakref.ref(Here), weakref.ref(There)


references = local_classes()
gc.collect()
print([reference() for reference in references])
