"""Finds out at once, in C, which objects a tuple holds: reads its pointers.

Asking 200 elements one by one whether they are those of another tuple takes 5 to 8 microseconds, comparing what the two
tuples have in memory a fifth of one. Nothing is read but a tuple that the caller holds, and it is tried out first. The
library in C under `ctypes` does it; `ctypes` itself is Python code, and what is imported by that name may be the program's
own.

Compiled when large containers have been met often (`_ct_later.py`).
"""
import _imp
import mmap
import sys
from _frozen_importlib import ModuleSpec
from sys import byteorder  # the interpreter empties `sys` at the end, while code of the program still runs

from _ct_later import unless_refused

ADDRESS = 8
START = tuple.__basicsize__
STATE, STATE_END = 24, 48  # in a dict: its version, and where its keys and its values are if they lie apart
APART = STATE_END - ADDRESS - STATE  # the last of these in the bytes of a state
TOGETHER = bytes(ADDRESS)  # what is there in a dict that has values and keys in one place


def all_memory():
    """What gives the addresses of a tuple's elements, `ADDRESS` bytes for each, as a slice from id(tuple) + START on; None
    where they can't be had."""
    if sys.implementation.name != "cpython":
        return None
    return made_with_library(_memory)


def made_with_library(make):
    """What `make` makes, given the library; None where that can't be had."""
    return unless_refused(lambda: _try(make))


def _try(make):
    before = sys.modules.pop("_ctypes", None)  # loading it again would put the program's changes to it back
    try:
        return make(_load())
    finally:
        sys.modules.pop("_ctypes", None)
        if before is not None:
            sys.modules["_ctypes"] = before


def _load():
    """The library in C under `ctypes`: part of the interpreter, or beside the one under `mmap`."""
    if "_ctypes" in sys.builtin_module_names:
        library = _imp.create_builtin(ModuleSpec("_ctypes", None))
        _imp.exec_builtin(library)
        return library
    folder, slash, name = mmap.__file__.rpartition("/")
    path = folder + slash + name.replace("mmap", "_ctypes", 1)
    library = _imp.create_dynamic(ModuleSpec("_ctypes", None, origin=path))
    _imp.exec_dynamic(library)
    return library


def _memory(library):
    class Byte(library._SimpleCData):
        _type_ = "c"

    class Address(library._SimpleCData):
        _type_ = "P"

    class Memory(library.Array):
        _type_, _length_ = Byte, sys.maxsize
        address = Address  # held: a class refers to itself, and some programs look through what is garbage

    if library.sizeof(Address) != ADDRESS:
        return None
    memory = Memory.from_address(0)  # slices of it are made by one C call, which copies them
    sample = (None, Byte, 1.5, library)
    at = id(sample) + START
    found = memory[at:at + ADDRESS * len(sample)]
    return memory if found == b"".join([id(each).to_bytes(ADDRESS, byteorder) for each in sample]) else None


def has_states(memory):
    """Whether each dict has the state in `memory` that is expected: from `STATE` on a version, which no other dict ever
    has, and which becomes another one with each change.

    That is so in CPython up to 3.13. Later ones, and builds whose objects begin otherwise, have nothing like it.
    """
    if sys.version_info >= (3, 14) or dict.__basicsize__ != STATE_END or object.__basicsize__ != 2 * ADDRESS:
        return False

    def state(v):
        return memory[id(v) + STATE:id(v) + STATE_END]

    one, other = {"a": 1}, {"a": 1}
    latest = version(state(other))
    if not 0 < version(state(one)) < latest:
        return False
    for change in (
        lambda: one.__setitem__("a", 2), lambda: one.__setitem__("b", 2), lambda: one.update(a=3), lambda: one.pop("b"),
        lambda: one.setdefault("c", 1), lambda: one.__delitem__("c"), one.popitem, lambda: one.update(other), one.clear,
    ):
        change()
        # It is newer than all others, for there is one count. Until 3.10 an empty dict has its values elsewhere.
        if version(state(one)) <= latest or one and state(one)[APART:] != TOGETHER:
            return False
        latest = version(state({}))
        if version(state(one)) >= latest:
            return False
    return state(other) == state(other) and version(state(other)) < latest


def version(state):
    return int.from_bytes(state[:ADDRESS], byteorder)
