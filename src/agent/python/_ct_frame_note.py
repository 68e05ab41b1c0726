"""The note that a frame of 3.12 makes when its `f_locals` is asked for (`f_fast_as_locals`).

As long as it stands, the interpreter writes the dict back into the frame's variables behind the program's own trace or
profile function. Nothing but writing that dict back takes it away, so the agent clears it where it is.
"""
import sys

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_pointers import ADDRESS, all_memory

# In a frame: two other frames' addresses, that of the trace function, the line, and two flags.
NOTED = object.__basicsize__ + 3 * ADDRESS + 4 + 2


def find_memory():
    """What the note can be cleared in, as one byte at the address of the frame and `NOTED`; None where it can't be."""
    memory = all_memory()
    return memory if memory is not None and _is_there(memory, sys._getframe()) else None


def _is_there(memory, frame):
    """Whether it is where it ought to be: tried out with a frame of the agent's own."""
    at = id(frame) + NOTED
    flags = [memory[at - 2:at + 1]]
    frame.f_locals
    flags.append(memory[at - 2:at + 1])
    frame.f_trace_lines = False
    flags.append(memory[at - 2:at + 1])
    frame.f_trace_lines = True
    if flags != [b"\1\0\0", b"\1\0\1", b"\0\0\1"]:
        return False
    memory[at] = b"\0"
    return True
