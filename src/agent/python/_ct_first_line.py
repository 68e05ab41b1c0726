"""Finds the line that a function's calls begin with, where its LINE event can mean nothing else (Python 3.12 and later)."""
import _ct_opcodes as opcode
from _ct_builtins import BUILTINS as __builtins__  # noqa: F401

HOT = 30  # calls of a function before its PY_START is switched off, if its first line can tell of them
_CO_SUSPENDS = 0x20 | 0x80 | 0x200  # generator, coroutine, async generator
_EXTENDED_ARG, _RESUME = opcode.opmap["EXTENDED_ARG"], opcode.opmap.get("RESUME")
_JUMPS = {number: "BACKWARD" in name for name, number in opcode.opmap.items() if number in opcode.hasjrel}


def entry_line(code, instructions):
    """The line of the first instruction of each call of `code`; None unless that alone makes a LINE event of it.

    What suspends, or handles exceptions, is not looked at. The others must run that line once, from its beginning: no
    jump leads into it.
    """
    if code.co_flags & _CO_SUSPENDS or code.co_exceptiontable:
        return None
    entry = None
    for at in range(0, len(instructions), 2):
        if instructions[at] == _RESUME:
            entry = at + 2
            break
    if entry is None:
        return None
    line, end, ahead = None, entry, None
    for start, behind, each in code.co_lines():
        if behind <= entry:
            if behind == entry:
                ahead = each
            continue
        if start < entry:
            return None  # one range with what is ahead of it
        if start == entry:
            # On one line with what is ahead of it, it makes no LINE event on 3.13, once PY_START is off.
            if each is None or each == ahead:
                return None
            line, end = each, behind
        elif each == line:
            if start != end:
                return None  # it goes on behind other lines
            end = behind
    extended = 0
    for at in range(0, len(instructions), 2):
        operation, argument = instructions[at], extended | instructions[at + 1]
        if operation == _EXTENDED_ARG:
            extended = argument << 8
            continue
        extended = 0
        is_back = _JUMPS.get(operation)
        if is_back is None:
            continue
        following = at + 2
        while instructions[following:following + 1] == b"\0":  # its inline cache
            following += 2
        target = following - 2 * argument if is_back else following + 2 * argument
        # Some jump to the instruction behind.
        if entry <= target < end or entry <= target + 2 < end:
            return None
    return line
