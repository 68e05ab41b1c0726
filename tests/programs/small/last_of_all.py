# harness: no-oracle what a tracer looks at lives longer, and it has ended when the module ends
"""Objects that go at once, and one that goes with its module, which is whole until then."""
import os
import weakref


class Node:
    def __del__(self):
        gone.append("a node")


def alone():
    node = Node()
    reference = weakref.ref(node)
    del node
    return reference() is None


gone = []
print(alone(), gone)


class Last:
    def __init__(self, names):
        self.names = names

    def __del__(self):
        # The module is still whole: nothing has kept it longer.
        print("last of all", self.names, os is not None)


last = Last(["x"])
