"""Tells where exceptions begin and where they are caught.

An exception that one frame hands on to the next begins once: when a frame is left by it, that is remembered until it
arrives in the next. What becomes of one that a frame has a handler for shows as that frame goes on: at its next line,
or as it is left, the instruction it is at says whether an `except` clause runs (`_ct_handlers.py`). Exceptions are
known by their ids while the interpreter holds them; nothing here keeps one alive.
"""
import _ct_opcodes as opcode
import sys
from _thread import get_ident
from sys import exc_info

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_handlers import ADVANCES, CAUGHT, NONE, UNCAUGHT, handlers_of
from _ct_values import EXCEPTION, has_base, type_name

RAISE, CATCH = -19, -21
_RAISE_VARARGS = opcode.opmap["RAISE_VARARGS"]
# Where generators and coroutines wait.
_WAITS = frozenset([
    opcode.opmap[name] for name in ("YIELD_VALUE", "YIELD_FROM", "SEND", "JUMP_BACKWARD_NO_INTERRUPT")
    if name in opcode.opmap
])
_MOST_FRAMES = 100  # of library code, between two that are recorded
_THROWS_PAST_FRAMES = sys.version_info < (3, 9)  # where the frame around what is thrown into is another's
_HAS_GROUPS = sys.version_info >= (3, 11)


PARTLY = -1  # between one `except*` and the next


class _Held:
    """An exception that a frame has a handler for."""

    __slots__ = ("key", "handler", "state", "name", "encoded")

    def again(self):
        other = _Held()
        other.key, other.handler, other.state = self.key, self.handler, self.state
        other.name, other.encoded = self.name, self.encoded
        return other


class Exceptions:
    """`held`: the frames that have such exceptions, by id. These need to be followed, no others."""

    def __init__(self, write, home_thread, infos, held):
        self.write, self.home_thread, self.infos = write, home_thread, infos
        # id of a frame -> [its CodeInfo, [_Held, the innermost last], whether its line has a `raise` without operand]
        self.held = held
        # thread -> the exception that a frame was left by last: (id, encoded, id of the next frame around that one that
        # is recorded, whether that one is not in its traceback)
        self.passing = {}

    def raised(self, info, frame, offset, exception, traceback):
        """`exception` is in `frame`, by the instruction at `offset`: it began there, or came from a call."""
        handlers = info.handlers
        if handlers is NONE:
            handlers = info.handlers = handlers_of(frame.f_code, info.opcodes)
        if id(frame) in self.held:
            self.follow(info, frame, offset)
        operation = _operation(info.opcodes, offset)
        if operation in ADVANCES and _ends_loop(handlers, offset, type(exception)):
            return
        thread, key = get_ident() - self.home_thread, id(exception)
        came = self.passing.get(thread)
        if came is not None and came[0] == key and _came(came, operation, frame, traceback):
            encoded = came[1]
        else:
            encoded = info.encode_raised(exception)
            # Being closed is nothing that a generator would call raised.
            if type(exception) is not GeneratorExit or operation == _RAISE_VARARGS:
                self.write((RAISE, thread, encoded, None))
        handler = handlers.landing(offset) if handlers is not None else None
        if handler is None:
            self.held.pop(id(frame), None)
            self.passing[thread] = (key, encoded, self._around(frame), False)
            return
        self.passing.pop(thread, None)
        self._hold(info, frame, handler, exception, encoded)

    def _hold(self, info, frame, handler, exception, encoded):
        one = _Held()
        one.key, one.handler, one.state = id(exception), handler, UNCAUGHT
        one.name = encoded[2] if encoded[1] == EXCEPTION else type_name(type(exception))
        one.encoded = encoded
        known = self.held.get(id(frame))
        if known is None:
            self.held[id(frame)] = [info, [one], False]
            return
        # Of those before, it takes the place of all that the handler is not inside of.
        around = [entry[0] for entry in info.handlers.at(handler)]
        known[1][:] = [other for other in known[1] if other.handler in around and other.handler != handler]
        known[1].append(one)

    def follow(self, info, frame, offset):
        """The frame, one of `held`, is about to run the instruction at `offset`."""
        known = self.held.get(id(frame))
        if known is None or known[0] is not info:
            self.held.pop(id(frame), None)  # of a frame that ended unseen
            return
        context, stack = info.handlers.at(offset), known[1]
        if offset in info.handlers.passed:
            one = stack[-1]
            if offset in info.handlers.takers and one.state == CAUGHT and one.handler not in info.handlers.groups:
                # As no other was raised, what has come to that handler is the one that was handled, by `raise` alone,
                # or another that a `finally` lets go on.
                if known[2] or not self._goes_on(info, stack, offset, context):
                    self._move(stack, offset, context)
            return
        known[2] = offset in info.handlers.bare
        handler, state = context[-1][:2] if context else (None, None)
        current = exc_info()[1] if context else None
        while stack:
            one = stack[-1]
            if handler == one.handler:
                if state == CAUGHT and one.state != CAUGHT:
                    self._caught(one)
                elif state == UNCAUGHT and one.state == CAUGHT:
                    one.state = PARTLY
                break
            if handler is not None and one.key == id(current) and not any(
                # It was raised again further in, and is handled there no longer.
                [other.handler == handler for other in stack]
            ):
                if one.state == CAUGHT and handler in info.handlers.shared:
                    around = [entry[0] for entry in context]
                    if any([other.handler in around and other.key == one.key for other in stack]):
                        # It is there all the same.
                        if one.handler in around:
                            break
                        stack.pop()
                        continue
                self._move(stack, handler, context)
                if state == CAUGHT:
                    self._caught(stack[-1])
                break
            if any([entry[0] == one.handler for entry in context]):
                break
            if (
                state == UNCAUGHT and one.state == UNCAUGHT and one.handler in info.handlers.groups
                and not any([id(current) == other.key for other in stack])
            ):
                # No `except*` took any of it; it goes on as a copy.
                one.key = id(current)
                self._move(stack, handler, context)
                break
            stack.pop()
            if one.state == UNCAUGHT:
                self._caught(one)
                # Of those that it was raised on the way of, it may have taken the place.
                around = [entry[0] for entry in context]
                stack[:] = [
                    other for other in stack
                    if other.state != UNCAUGHT or other.handler in around or context and other.key == id(current)
                ]
        if (
            _HAS_GROUPS and state == UNCAUGHT and current is not None
            and not any([one.key == id(current) or one.handler == handler for one in stack])
        ):
            # What the `except*` of a group left over.
            encoded = info.encode_raised(current)
            self.write((RAISE, get_ident() - self.home_thread, encoded, None))
            self._hold(info, frame, handler, current, encoded)
        elif not stack:
            self.held.pop(id(frame), None)

    def _goes_on(self, info, stack, handler, context):
        """Whether it is one below those handled that comes to `handler`; they are gone then."""
        around = [entry[0] for entry in context]
        for at in range(len(stack) - 1, -1, -1):
            one = stack[at]
            if one.handler in around:
                return False
            if one.state == UNCAUGHT:
                if not info.handlers.leads(one.handler, handler):
                    return False
                del stack[at + 1:]
                return True
        return False

    def _move(self, stack, handler, context):
        """The innermost exception goes on to `handler`, and takes the place of all that this is not inside of."""
        one, around = stack[-1], [entry[0] for entry in context]
        if one.state == CAUGHT:
            if one.handler in around and one.handler != handler:
                one = one.again()
                stack.append(one)
            self._raised_again(one)
        one.handler = handler
        stack[:-1] = [other for other in stack[:-1] if other.handler in around and other.handler != handler]

    def returned(self, info, frame, offset):
        """The frame, one of `held`, returns: what it had not caught is gone."""
        self.follow(info, frame, offset)
        known = self.held.pop(id(frame), None)
        for one in reversed(known[1] if known is not None else ()):
            if one.state == UNCAUGHT:
                self._caught(one)

    def left(self, info, frame, offset, exception):
        """The frame is left by an exception: `exception` where that is known, else None. Returns it encoded, or None."""
        thread = get_ident() - self.home_thread
        known, came = self.held.pop(id(frame), None), self.passing.get(thread)
        if known is not None and known[0] is info:
            one = self._leaving(info, known[1], offset, exception)
            if one is not None:
                encoded = one.encoded if exception is None else info.encode_raised(exception)
                self.passing[thread] = (one.key, encoded, self._around(frame), False)
                return encoded
        if came is not None and (exception is None or came[0] == id(exception)):
            return came[1]
        if exception is None:
            return None
        # It took the place of what was raised, as RuntimeError does of StopIteration in a generator.
        encoded = info.encode_raised(exception)
        self.write((RAISE, thread, encoded, None))
        self.passing[thread] = (id(exception), encoded, self._around(frame), True)
        return encoded

    def _leaving(self, info, stack, offset, exception):
        """Which of the frame's exceptions leaves it, by being raised again; None if it is none of them."""
        handlers, context = info.handlers, info.handlers.at(offset)
        states = {entry[0]: entry[1] for entry in context}
        # From 3.11 on, some code raises again as if from where the exception came from; that of `except*`, when its
        # handler has ended.
        groups = handlers.groups if handlers.ends_group(offset) else ()
        while stack:
            one = stack[-1]
            if one.handler in states or one.handler in groups or handlers.leads(offset, one.handler):
                break
            if (
                context and context[-1][1] == UNCAUGHT and handlers.leads(one.handler, context[-1][0])
                and (exception is None or one.key == id(exception))
                and not any([other.handler == context[-1][0] for other in stack])
            ):
                # It went on to that one.
                if one.state == CAUGHT:
                    self._raised_again(one)
                one.handler = context[-1][0]
                break
            stack.pop()
            if one.state == UNCAUGHT:
                self._caught(one)
        if not stack:
            return None
        if exception is not None and one.key != id(exception):
            if one.state != UNCAUGHT or one.handler not in groups:
                return None
            one.key = id(exception)  # a copy
        if one.handler not in states:
            return one
        if one.state == UNCAUGHT and states[one.handler] == CAUGHT:
            self._caught(one)
        # Where the handler itself is at its end, it is what the `except*` of a group left over.
        if one.state == CAUGHT and (context[-1][0] != one.handler or context[-1][1] == CAUGHT):
            self._raised_again(one)
        return one

    def _around(self, frame):
        for _ in range(_MOST_FRAMES):
            frame = frame.f_back
            if frame is None or id(frame.f_code) in self.infos:
                return id(frame)
        return None

    def _caught(self, one):
        one.state = CAUGHT
        self.write((CATCH, get_ident() - self.home_thread, one.name, None))

    def _raised_again(self, one):
        one.state = UNCAUGHT
        self.write((RAISE, get_ident() - self.home_thread, one.encoded, None))


def _came(came, operation, frame, traceback):
    """Whether an exception that has left a frame is now in the one around, instead of being raised once more."""
    if operation == _RAISE_VARARGS:
        return False
    if traceback is not None and traceback.tb_next is None and not came[3]:
        return False  # another one, that has the id of the first
    if operation in _WAITS:
        # It may be thrown in: a task that waits gets what has ended another one.
        return came[2] == id(frame) or _THROWS_PAST_FRAMES
    return True


def _operation(instructions, offset):
    """What is at `offset`, or has its inline cache there; None ahead of the first, and behind the last: there an exception is
    said to be that has left a callback for JUMP (_ct_raise_later)."""
    if offset >= len(instructions):
        return None
    while offset > 0 and instructions[offset] == 0:
        offset -= 2
    return instructions[offset] if offset >= 0 else None


def _ends_loop(handlers, offset, kind):
    """Whether the exception only says that there is no more: to a loop, an `await` or a `yield from`."""
    if has_base(kind, StopIteration):
        return True
    return has_base(kind, StopAsyncIteration) and handlers is not None and handlers.ends_async_for(offset)
