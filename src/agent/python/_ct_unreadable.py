"""Where looking at a frame's variables kills the process: a defect of Python 3.13.0 and 3.13.1.

A comprehension that binds a name which is a closure's around it keeps the bare value where the cell was, and `f_locals`
takes that for a cell. The cell is set aside ahead of the comprehension's loop and put back behind it, or behind what
catches an exception on its way out.
"""
import _ct_opcodes as opcode

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401


def _numbers(*names):
    return frozenset([opcode.opmap[name] for name in names])


_SET_ASIDE, _FOR_ITER = opcode.opmap["LOAD_FAST_AND_CLEAR"], opcode.opmap["FOR_ITER"]
_MAKE_CELL, _JUMP_FORWARD = opcode.opmap["MAKE_CELL"], opcode.opmap["JUMP_FORWARD"]
_STORE_FAST, _RERAISE = opcode.opmap["STORE_FAST"], opcode.opmap["RERAISE"]
_EXTENDED_ARG = opcode.opmap["EXTENDED_ARG"]
_BEFORE_LOOP = _numbers(
    "LOAD_FAST_AND_CLEAR", "MAKE_CELL", "SWAP", "BUILD_LIST", "BUILD_SET", "BUILD_MAP", "EXTENDED_ARG")
_PUTS_BACK = _numbers(
    "END_FOR", "SWAP", "POP_TOP", "STORE_FAST", "STORE_FAST_STORE_FAST", "STORE_FAST_LOAD_FAST", "EXTENDED_ARG")


def unreadable(code):
    """The offsets at which the variables of frames of `code` must not be looked at."""
    instructions, of_closures = code.co_code, code.co_cellvars + code.co_freevars
    places = code.co_varnames + tuple([name for name in code.co_cellvars if name not in code.co_varnames])
    places += code.co_freevars
    # The lowest byte alone: no harm is done where another name has the same.
    arguments = {place & 0xFF for place, name in enumerate(places) if name in of_closures}
    found, size = set(), len(instructions)
    for at in range(0, size, 2):
        if instructions[at] == _SET_ASIDE and instructions[at + 1] in arguments:
            end = _end(instructions, at, size)
            if end is not None:
                found.update(range(at + 2, end, 2))
    if found:
        for at in range(0, size - 2, 2):
            if instructions[at] == _STORE_FAST and instructions[at + 2] == _RERAISE:
                while instructions[at] in _PUTS_BACK:
                    found.add(at)
                    at -= 2
    return found


def _end(instructions, at, size):
    """Where the cell that is set aside at `at` is in its place again; None if another cell takes the place."""
    extended, place = 0, instructions[at + 1]
    while at < size and instructions[at] in _BEFORE_LOOP:
        if instructions[at] == _MAKE_CELL and instructions[at + 1] == place:
            return None
        extended = (extended | instructions[at + 1]) << 8 if instructions[at] == _EXTENDED_ARG else 0
        at += 2
    if at >= size or instructions[at] != _FOR_ITER:
        return size  # asynchronous, which ends by an exception
    at += 4 + 2 * (extended | instructions[at + 1])
    while at < size and (instructions[at] in _PUTS_BACK or instructions[at] == _JUMP_FORWARD):
        # Past the handler, which may stand ahead of what the loop ends in.
        at += 2 if instructions[at] != _JUMP_FORWARD else 2 + 2 * instructions[at + 1]
    return at
