"""Finds out whether two attributes of classes of C code are read by the same C function.

Calling it to see what it does would be too late: it may run code of the program. Compiled when the first class is met
of which that is not known (`_ct_later.py`).
"""
from sys import byteorder

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_pointers import ADDRESS, all_memory

_memory = all_memory()
_OWNER = object.__basicsize__  # in a descriptor: its class, its name, its qualified name, and where the functions stand
_TABLE = _OWNER + 3 * ADDRESS
_GET = ADDRESS  # in that table, behind the name


def _pointer(at):
    return int.from_bytes(_memory[at:at + ADDRESS], byteorder)


def _getter(descriptor):
    """The address of its C function; None where it isn't laid out as is known here."""
    if type(descriptor).__basicsize__ != _TABLE + ADDRESS or _pointer(id(descriptor) + _OWNER) != id(descriptor.__objclass__):
        return None
    return _pointer(_pointer(id(descriptor) + _TABLE) + _GET)


def is_same_getter(one, other):
    """Whether that is known of two descriptors of one type."""
    if _memory is None:
        return False
    found = _getter(one)
    return found is not None and found == _getter(other)
