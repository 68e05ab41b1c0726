"""Tells when threads of `threading` begin and end."""
from _thread import _local, get_ident

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_values import SHORT_TEXT, instance_dict

THREAD_BEGUN, THREAD_ENDED = -16, -23
BOOTSTRAP = "_bootstrap_inner"  # the method of `threading.Thread` that a thread runs


class _End:
    """Belongs to one thread, which drops it as the last of its Python objects, when all of its code has run."""

    __slots__ = ("write", "thread")

    def __del__(self):
        self.write((THREAD_ENDED, self.thread, None))


class Threads:
    def __init__(self, write, home_thread):
        self.write, self.home_thread = write, home_thread
        self.local = _local()

    def begun(self, bootstrap):
        """The current thread has begun, with the frame `bootstrap`, if it is one of that method."""
        end = _End()
        end.write, end.thread = self.write, get_ident() - self.home_thread
        name = None
        if bootstrap is not None and bootstrap.f_code.co_name == BOOTSTRAP:
            name = (instance_dict(bootstrap.f_locals.get("self")) or {}).get("_name")
        self.write((THREAD_BEGUN, end.thread, name[:SHORT_TEXT] if type(name) is str else None, None))
        self.local.end = end
