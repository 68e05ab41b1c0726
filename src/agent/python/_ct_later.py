"""Modules of the agent that many recordings don't need: read at the start, compiled when they are first used.

A start's time is mostly the compilation of the agent. By the first use the agent's folder is no longer on `sys.path`, and
what it has loaded no longer in `sys.modules`, nor may anything be put there: the program would see it. So each module gets
by its imports what was there at the start.
"""
import os

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401


class Later:
    """The last of the modules `names`; it may import those before it."""

    def __init__(self, *names):
        folder, self.texts = os.path.dirname(__file__), []
        for name in names:
            path = os.path.join(folder, name + ".py")
            with open(path, encoding="utf-8") as file:
                self.texts.append((name, path, file.read()))
        lines = [line for _, _, text in self.texts for line in text.splitlines()]
        imported = {
            line.split()[1] for line in lines
            if line.startswith("import ") or line.startswith("from ") and " import " in line
        }
        # No other: the program's main module is loaded as well, and has to go when the program ends.
        self.loaded = {name: __import__(name) for name in imported.difference(names)}

    def compiled(self):
        """The names that the module defines; None where a hook of the program's for audit events refuses."""
        loaded = dict(self.loaded)
        try:
            for module, path, text in self.texts:
                builtins = dict(__builtins__, __import__=lambda wanted, *_: loaded[wanted])
                namespace = {"__name__": module, "__builtins__": builtins}
                exec(compile(text, path, "exec"), namespace)
                loaded[module] = _Module(namespace)
        except (RecursionError, MemoryError):  # not for us to hold: see _ct_guard
            raise
        except Exception:
            return None
        return namespace


class _Module:
    def __init__(self, namespace):
        self.__dict__ = namespace
