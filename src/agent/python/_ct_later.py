"""Modules of the agent that many recordings don't need: found at the start, loaded when they are first used.

By then what the agent has loaded is no longer in `sys.modules`, nor may anything be put there: the program would see it.
So each module gets by its imports what was there at the start.
"""
import sys

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_system import is_taken_apart


class Later:
    """The last of the modules `names`; it may import those before it, and all of them those that are `imported`.

    No others: the program's main module is loaded as well, and has to go when the program ends.
    """

    def __init__(self, names, imported):
        self.loaders = [(name, _loader(name)) for name in names]
        self.loaded = {name: __import__(name) for name in imported}
        self.namespace = None

    def compiled(self):
        """The names that the module defines; None where a hook of the program's for audit events refuses, and where the
        modules that it imports are empty."""
        if self.namespace is None and not is_taken_apart():
            self.namespace = unless_refused(self._load)
        return self.namespace

    def _load(self):
        loaded = dict(self.loaded)
        for name, loader in self.loaders:
            builtins = dict(__builtins__, __import__=lambda wanted, *_: loaded[wanted])
            namespace = {"__name__": name, "__builtins__": builtins}
            exec(loader.get_code(name), namespace)
            loaded[name] = _Module(namespace)
        return namespace


def unless_refused(make):
    """What `make` makes, if at a second try; None where that fails as well."""
    try:
        return make()
    except (RecursionError, MemoryError):  # not for us to hold: see _ct_guard
        raise
    except Exception as error:
        failure = error
    # What is refused by a hook of the program's for audit events, or fails by itself, is so again. What a signal handler of
    # the program raises comes once.
    try:
        make()
    except (RecursionError, MemoryError):
        raise
    except Exception:
        return None
    raise failure


def _loader(name):
    for finder in sys.meta_path:
        spec = finder.find_spec(name, None)
        if spec is not None:
            return spec.loader


class _Module:
    def __init__(self, namespace):
        self.__dict__ = namespace
