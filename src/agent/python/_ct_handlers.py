"""Where in a code object an exception is on its way, and where it has been caught: read off the instructions.

`except`, `finally` and `with` all begin by the same means, and the interpreter doesn't say which of them takes an
exception for good. The instructions do: an `except` clause begins to run behind the jump that follows its test.
"""
import _ct_opcodes as opcode
import sys

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401

UNCAUGHT, CAUGHT, BLOCK = 0, 1, 2  # the last: inside of what a handler protects, until 3.10
NONE = ()

_HAS_TABLE = sys.version_info >= (3, 11)
_UNITS = 2 if sys.version_info >= (3, 10) else 1  # of jumps, in bytes


def _numbers(*names):
    return frozenset(opcode.opmap[name] for name in names if name in opcode.opmap)


_JUMPS = frozenset(opcode.hasjrel) | frozenset(opcode.hasjabs)
_ABSOLUTE = frozenset(opcode.hasjabs)
_BACKWARD = frozenset(number for name, number in opcode.opmap.items() if "BACKWARD" in name)
_ENDS = _numbers("JUMP_FORWARD", "JUMP_ABSOLUTE", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "RETURN_VALUE",
                 "RETURN_CONST", "RAISE_VARARGS", "RERAISE")
_SETUPS = _numbers("SETUP_FINALLY", "SETUP_WITH", "SETUP_ASYNC_WITH")
_RERAISE, _AGAIN = _numbers("RERAISE"), _numbers("RERAISE", "CLEANUP_THROW", "END_ASYNC_FOR")
_POP_BLOCK, _POP_EXCEPT, _PUSH = _numbers("POP_BLOCK"), _numbers("POP_EXCEPT"), _numbers("PUSH_EXC_INFO")
_ENDS_FINALLY, _ENDS_ASYNC_FOR = _numbers("END_FINALLY", "POP_FINALLY"), _numbers("END_ASYNC_FOR")
_COLLECTS = _numbers("LIST_APPEND")  # what `except*` leaves for its end
_MATCH, _GROUP_MATCH = _numbers("CHECK_EXC_MATCH"), _numbers("CHECK_EG_MATCH")
_JUMP_IF_NO_MATCH = _numbers("JUMP_IF_NOT_EXC_MATCH")
_COMPARE, _RAISE = opcode.opmap["COMPARE_OP"], opcode.opmap["RAISE_VARARGS"]
_EXCEPTION_MATCH = opcode.cmp_op.index("exception match") if "exception match" in opcode.cmp_op else None
_DROPPED = 1 if _HAS_TABLE else 3  # values on the stack that stand for an exception
_BEGIN_FINALLY, _CALL_FINALLY = _numbers("BEGIN_FINALLY"), _numbers("CALL_FINALLY")
_POP_TOP, _EXTENDED_ARG = opcode.opmap["POP_TOP"], opcode.opmap["EXTENDED_ARG"]
ADVANCES = _numbers("FOR_ITER", "SEND", "YIELD_FROM", "GET_ANEXT")
_MOST_INSTRUCTIONS = 50000  # that are looked at


def handlers_of(code, instructions):
    """The Handlers of `code`; None where it has none, or where they can't be told."""
    if not code.co_exceptiontable if _HAS_TABLE else _SETUPS.isdisjoint(instructions[::2]):
        return None
    if len(instructions) > 2 * _MOST_INSTRUCTIONS:
        return None
    handlers = Handlers(code, instructions)
    return handlers if handlers.is_known else None


class Handlers:
    """`at(offset)`: the handlers that code runs in there, outermost first, as tuples that begin with the offset of the
    handler and UNCAUGHT or CAUGHT. `landing(offset)`: the handler that an exception raised there goes to, or None.
    `passed`: the offsets on its way there, `takers`: those where it is taken in. `groups`: the handlers that are of
    `except*`. `shared`: those that code without an exception runs too (3.8). `bare`: the offsets of lines with a
    `raise` without operand (3.11+)."""

    def __init__(self, code, instructions):
        self.instructions = []  # (offset, operation, argument, offset of the next)
        self.index = {}
        self._decode(instructions)
        self.contexts = [None] * len(self.instructions)
        self.targets = [None] * len(self.instructions)  # (handler, depth of the stack), of Python 3.11 and later
        self.depths, self.takers = {}, set()
        if _HAS_TABLE:
            self._protect(_ranges(code))
        self.bare = self._lines_that_raise_again(code) if _HAS_TABLE else NONE
        self.known, self.landings = {}, {}  # by offset, once they were asked for
        self.passed = set()  # offsets of what cleans up and raises again
        self.groups, self.shared = set(), set()
        self.is_known = self._flow()

    def at(self, offset):
        try:
            return self.known[offset]
        except KeyError:
            pass
        at = self.index.get(offset, 0)
        context = tuple([entry for entry in self.contexts[at] or NONE if entry[1] != BLOCK])
        self.known[offset] = context
        return context

    def landing(self, offset):
        try:
            return self.landings[offset]
        except KeyError:
            landing = self.landings[offset] = self._land(self._first(offset))
            return landing

    def leads(self, offset, handler):
        """Whether an exception raised at `offset` comes to `handler` in the end, if none takes it before."""
        landing = self.landing(offset)
        while landing is not None and landing != handler:
            outer = self.landing(landing)
            landing = outer if outer != landing else None
        return landing is not None

    def ends_async_for(self, offset):
        """Whether an exception there goes to the end of an `async for` first."""
        target = self._first(offset)
        return target is not None and self.instructions[target][1] in _ENDS_ASYNC_FOR

    def ends_group(self, offset):
        """Whether what an `except*` left over is raised again there."""
        at = self.index.get(offset, 0)
        operation, argument = self.instructions[at][1:3]
        return operation in _RERAISE and argument == 0 and self.instructions[at - 1][1] in _POP_EXCEPT

    # -- what follows is run once per code object

    def _decode(self, instructions):
        at, extended, size = 0, 0, len(instructions)
        while at < size:
            operation, argument, offset = instructions[at], extended | instructions[at + 1], at
            at += 2
            self.index[offset] = len(self.instructions)
            while at < size and instructions[at] == 0:  # its inline cache, where it stands while it calls
                self.index[at] = len(self.instructions)
                at += 2
            if operation == _EXTENDED_ARG:
                extended = argument << 8
                continue
            extended = 0
            self.instructions.append((offset, operation, argument, at))

    def _protect(self, ranges):
        for start, end, target, depth in ranges:
            self.depths[target] = depth
            if self.instructions[self.index[target]][1] in _PUSH:
                self.takers.add(target)
            for offset in range(start, end, 2):
                if offset in self.index:
                    self.targets[self.index[offset]] = (target, depth)

    def _lines_that_raise_again(self, code):
        raising = [one[0] for one in self.instructions if one[1] == _RAISE and one[2] == 0]
        if not raising:
            return NONE
        lines = {offset: line for start, end, line in code.co_lines() for offset in range(start, end, 2)}
        wanted = {lines.get(offset) for offset in raising}
        return {offset for offset, line in lines.items() if line in wanted}

    def _first(self, offset):
        """Index of the very first instruction that an exception at `offset` leads to, or None."""
        if _HAS_TABLE:
            target = self.targets[self.index.get(offset, 0)]
            return None if target is None else self.index[target[0]]
        for entry in reversed(self.contexts[self.index.get(offset, 0)] or NONE):
            if entry[1] == BLOCK:
                return self.index[entry[0]]
        return None

    def _land(self, at):
        """Past what cleans up on the way and raises again."""
        while at is not None:
            offset, operation = self.instructions[at][:2]
            if operation in _PUSH or not _HAS_TABLE and operation not in _ENDS_ASYNC_FOR:
                return offset
            while self.instructions[at][1] not in _AGAIN:
                at += 1
            at = self._first(self.instructions[at][0])
        return None

    def _pass(self, at):
        """Takes note of what is on the way to a handler, down to where that takes the exception in."""
        passed = []
        for index in range(at, len(self.instructions)):
            offset, operation = self.instructions[index][:2]
            passed.append(offset)
            if operation in _PUSH or operation in _AGAIN:
                self.passed.update(passed)
            if operation in _PUSH or operation in _AGAIN or operation in _JUMPS or operation in _COLLECTS:
                return

    def _flow(self):
        contexts, instructions, index = self.contexts, self.instructions, self.index
        waiting = []

        def visit(at, context):
            known = contexts[at]
            if known is not None:
                if len(context) < len(known):
                    return
                if len(context) == len(known):
                    context = tuple(map(min, known, context))
                    if context == known:
                        return
            contexts[at] = context
            waiting.append(at)

        visit(0, NONE)
        for _ in range(1000 + 20 * len(instructions)):
            if not waiting:
                return True
            at = waiting.pop()
            context = contexts[at]
            offset, operation, argument, following = instructions[at]
            if _HAS_TABLE:
                if self.targets[at] is not None:
                    target, depth = self.targets[at]
                    visit(index[target], tuple([entry for entry in context if entry[2] < depth]))
                    if target not in self.passed:
                        self._pass(index[target])
            else:
                for level in range(len(context) - 1, -1, -1):
                    if context[level][1] == BLOCK:
                        target = index[context[level][0]]
                        state = CAUGHT if self._is_bare(target) else UNCAUGHT
                        visit(target, context[:level] + ((context[level][0], state, 0),))
                        break
            if operation in _GROUP_MATCH and context:
                self.groups.add(context[-1][0])
            if operation in _PUSH:
                state = CAUGHT if self._is_bare(at + 1) else UNCAUGHT
                context += ((offset, state, self.depths.get(offset, 0)),)
            elif operation in _POP_EXCEPT or operation in _POP_BLOCK:
                context = context[:-1]
            elif operation in _ENDS_FINALLY or operation in _ENDS_ASYNC_FOR:
                if context and context[-1][1] == UNCAUGHT and not _HAS_TABLE:
                    context = context[:-1]
            if operation in _BEGIN_FINALLY:
                self.shared.add(following)
            if operation in _SETUPS:
                visit(at + 1, context + ((following + argument * _UNITS, BLOCK, 0),))
                continue
            behind = context
            if operation in _JUMPS:
                if operation in _ABSOLUTE:
                    target = argument * _UNITS
                else:
                    distance = argument * _UNITS
                    target = following + (-distance if operation in _BACKWARD else distance)
                there = context
                if operation in _CALL_FINALLY:
                    self.shared.add(target)
                if context and self._tests(at):
                    behind = context[:-1] + ((context[-1][0], CAUGHT) + context[-1][2:],)
                    if target in index and not self._tests_group(at) and self._is_bare(index[target]):
                        there = behind
                if target in index:
                    visit(index[target], there)
            if operation not in _ENDS and at + 1 < len(instructions):
                visit(at + 1, behind)
        return False  # no compiler's code

    def _is_bare(self, at):
        """Whether an `except` without a type begins there: what it takes is dropped at once."""
        return all([one[1] == _POP_TOP for one in self.instructions[at:at + _DROPPED]])

    def _tests(self, at):
        """Whether the jump is what an `except` makes that doesn't match."""
        if self.instructions[at][1] in _JUMP_IF_NO_MATCH:
            return True
        operation, argument = self.instructions[at - 1][1:3]
        if operation in _MATCH:
            return True
        if operation == _COMPARE and _EXCEPTION_MATCH is not None:
            return argument == _EXCEPTION_MATCH
        return self._tests_group(at)

    def _tests_group(self, at):
        return at > 1 and self.instructions[at - 2][1] in _GROUP_MATCH


def _ranges(code):
    """[(start, end, handler, depth of the stack)] in bytes, from the table of Python 3.11 and later."""
    numbers, number = [], 0
    for byte in code.co_exceptiontable:
        number = number << 6 | byte & 0x3F
        if not byte & 0x40:  # no further byte belongs to it
            numbers.append(number)
            number = 0
    ranges = []
    for at in range(0, len(numbers), 4):
        start, length, target, depth = numbers[at:at + 4]
        ranges.append((start * 2, (start + length) * 2, target * 2, depth >> 1))
    return ranges
