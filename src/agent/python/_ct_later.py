"""Modules of the agent that many recordings don't need: read at the start, compiled and run when they are first used.

By then the agent's folder is no longer on `sys.path`, and what it has loaded no longer in `sys.modules`, nor may
anything be put there. So each gets by its imports what was there at the start.
"""
import os
import sys

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401


class Later:
    """Stands for the object that `make` makes of the last of `modules`, by name, which may import those before it."""

    def __init__(self, modules, make):
        folder, texts = os.path.dirname(__file__), []
        for name in modules:
            path = os.path.join(folder, name + ".py")
            with open(path, encoding="utf-8") as file:
                texts.append((name, path, file.read()))
        # All that the agent has loaded, of its own and of the library.
        self._source = texts, dict(sys.modules), make

    def __getattr__(self, name):
        if name[:1] == "_":
            raise AttributeError(name)
        texts, loaded, make = self._source
        for module, path, text in texts:
            builtins = dict(__builtins__, __import__=lambda wanted, *_: loaded[wanted])
            namespace = {"__name__": module, "__builtins__": builtins}
            exec(compile(text, path, "exec"), namespace)
            loaded[module] = _Module(namespace)
        made = make(loaded[texts[-1][0]])
        for cls_name in dir(type(made)):
            if cls_name[:1] != "_":
                self.__dict__[cls_name] = getattr(made, cls_name)
        return self.__dict__[name]


class _Module:
    def __init__(self, namespace):
        self.__dict__ = namespace
