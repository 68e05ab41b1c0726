"""Stands for what follows exceptions until the first one comes."""
from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_later import Later

NAMES = ["_ct_handlers", "_ct_exceptions"]
IMPORTED = ["sys", "_thread", "_ct_builtins", "_ct_opcodes", "_ct_values"]
METHODS = ("raised", "follow", "returned", "left")


class ExceptionsLater:
    """An `Exceptions` of _ct_exceptions, which is made of `arguments`."""

    def __init__(self, *arguments):
        self._arguments, self._module = arguments, Later(NAMES, IMPORTED)

    def __getattr__(self, name):
        if name not in METHODS:
            raise AttributeError(name)
        module = self._module.compiled()
        made = _Unfollowed() if module is None else module["Exceptions"](*self._arguments)
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
