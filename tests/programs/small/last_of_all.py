# harness: no-oracle the tracer has ended when the module ends
"""An object that goes with its module, which is whole until then."""
import os


class Last:
    def __init__(self, names):
        self.names = names

    def __del__(self):
        # The module is still whole: nothing has kept it longer.
        print("last of all", self.names, os is not None)


last = Last(["x"])
