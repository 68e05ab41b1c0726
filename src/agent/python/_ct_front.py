"""Puts an object in front of a builtin, to notice its calls with no frame of the agent's around them."""
from _functools import partial

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401


def front_of(real, calls):
    """An object that the builtin `real` answers for, whatever it is asked; only its type is another.

    `calls` yields what each call goes to, with its arguments as they are: `real`, or what ends in it.
    """
    members = {
        "__module__": "builtins",
        "__slots__": ("__weakref__",),
        # Looking up how to call the object is the sign that it is called.
        "__call__": property(partial(next, calls)),
        "__doc__": property(partial(getattr, real, "__doc__")),  # `help` asks the type
    }
    for name in ("__getattribute__", "__setattr__", "__delattr__", "__repr__", "__hash__", "__eq__"):
        # Bound to the builtin: `os.supports_fd` finds it, `inspect`, `copy` and `pickle` take it for it.
        members[name] = getattr(real, name)
    return type(type(real).__name__, (), members)()
