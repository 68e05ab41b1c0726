"""Tells the recorder that the program replaces itself (`os.exec*`), which looks like its end otherwise.

The interpreter has no hook for it but audit hooks, which each `dumps` and `_getframe` of the agent's would call. So an
object stands in front of each of the two builtins that all of `os.exec*` end in (`_ct_front.py`). Calling it
counts in the ring's header, before and, where the program is still there, after. All of that is C code, put together from iterators: no frame of the agent's is there when an argument's
`__fspath__` looks around or in the traceback of a file that isn't found, and no signal handler comes in between.
"""
import os
from _functools import partial
from itertools import filterfalse, repeat

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_front import front_of
from _ct_ring import EXECS_BEGUN, EXECS_FAILED


def install(ring, changes):
    """Puts the objects in their places, by `changes`, and returns their types."""
    count_begun, count_failed = ring.counter(EXECS_BEGUN), ring.counter(EXECS_FAILED)

    class Attempt(partial):
        """The builtin, for one call. The interpreter lets go of it when the call is over: so it has failed."""

        __slots__ = ()
        __del__ = staticmethod(count_failed)

    types = []
    for name in ("execv", "execve"):
        real = getattr(os, name, None)
        if real is not None:
            # `count_begun` returns None, whatever it is asked about.
            front = front_of(real, map(Attempt, filterfalse(count_begun, repeat(real))))
            types.append(type(front))
            changes.put(os, name, front)
            changes.put(real.__self__, name, front)  # posix, or nt
    return types
