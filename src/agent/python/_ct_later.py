"""What follows exceptions: read at the start, compiled and run when the first exception comes, for a start costs time.

By then the agent's folder is no longer on `sys.path`, and what it has loaded no longer in `sys.modules`, nor may
anything be put there. So each module gets by its imports what was there at the start.
"""
import os
import sys

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401

MODULES = ("_ct_handlers", "_ct_exceptions")  # in the order of their imports
METHODS = ("raised", "follow", "returned", "left")


class ExceptionsLater:
    """Stands for an `Exceptions` of _ct_exceptions, which is made of `arguments`."""

    def __init__(self, *arguments):
        folder, texts = os.path.dirname(__file__), []
        for name in MODULES:
            path = os.path.join(folder, name + ".py")
            with open(path, encoding="utf-8") as file:
                texts.append((name, path, file.read()))
        lines = [line.split() for _, _, text in texts for line in text.splitlines() if line.startswith(("import ", "from "))]
        # No other: the program's main module is loaded as well, and has to go when the program ends.
        loaded = {words[1]: sys.modules[words[1]] for words in lines if words[1] not in MODULES}
        self._source = texts, loaded, arguments

    def __getattr__(self, name):
        if name not in METHODS:
            raise AttributeError(name)
        texts, loaded, arguments = self._source
        try:
            for module, path, text in texts:
                builtins = dict(__builtins__, __import__=lambda wanted, *_: loaded[wanted])
                namespace = {"__name__": module, "__builtins__": builtins}
                exec(compile(text, path, "exec"), namespace)
                loaded[module] = _Module(namespace)
            made = loaded["_ct_exceptions"].Exceptions(*arguments)
        except RecursionError:  # not for us to hold: see _ct_guard
            raise
        except Exception:  # a hook of the program's for audit events refuses
            made = _Unfollowed()
        for method in METHODS:
            self.__dict__[method] = getattr(made, method)
        return self.__dict__[name]


class _Unfollowed:
    """Tells the exceptions that calls are left by, as far as the interpreter does."""

    def raised(self, *_):
        pass

    follow = returned = raised

    def left(self, info, frame, offset, exception):
        return None if exception is None else info.encode_raised(exception)


class _Module:
    def __init__(self, namespace):
        self.__dict__ = namespace
