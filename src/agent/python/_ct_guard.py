"""Keeps the agent's own failures away from the program."""
from _signal import SIGINT, default_int_handler, getsignal
from _thread import get_ident, interrupt_main
from marshal import dumps

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_system import BEFORE_MONITORING, is_taken_apart

CONFLICT, FAILED = -14, -15
# A record of an event that could not be told, because the program ends.
EMPTIED = dumps((CONFLICT, "AttributeError", None), 2)
AGAIN = object()  # said of an event that is to be told again

LONGEST_CHAIN = 100  # of exceptions that is looked at: a program may have made a ring of them
# Not by way of methods that the program's class may have.
_CONTEXT, _ARGUMENTS = BaseException.__context__, BaseException.args
_BARE = (KeyError, MemoryError)  # of the agent's own

OWN_FOLDER = __file__[:-len("_ct_guard.py")]  # as code objects name it, with a separator at its end


def _innermost(error):
    """The entry of its traceback for the frame that raised it."""
    where = error.__traceback__
    while where.tb_next is not None:
        where = where.tb_next
    return where


def of_program(error):
    """Whether the program raised it in the midst of the agent: then it is not for us to hold.

    A signal handler did, or another thread, which can throw an exception into this one between any two instructions
    (`PyThreadState_SetAsyncExc`). Such a one has no arguments; what C code raises has, and so has all of the agent's own but
    those of two types.
    """
    return not _is_raised_here(error) or not _ARGUMENTS.__get__(error) and type(error) not in _BARE


def _is_raised_here(error):
    return _innermost(error).tb_frame.f_code.co_filename.startswith(OWN_FOLDER)


def _disown(error):
    """Takes the agent's exceptions out of the chain of those that were being handled when `error` was raised."""
    at = error
    for _ in range(LONGEST_CHAIN):
        context = _CONTEXT.__get__(at)
        if context is None:
            break
        if context.__traceback__ is None or not _is_raised_here(context):
            at = context
        else:
            _CONTEXT.__set__(at, _CONTEXT.__get__(context))


def _forget_frames(error):
    """Lets go of the frames that `error`, and what was being handled at its time, have passed by within the agent.

    One that holds on to it keeps its callers as well, until the garbage collector comes, which may be never.
    """
    at = error
    for _ in range(LONGEST_CHAIN):
        if at is None or at.__traceback__ is None or not _is_raised_here(at):
            break
        BaseException.with_traceback(at, None)
        at = _CONTEXT.__get__(at)


class _InterruptLater:
    """Sends Ctrl-C again when it is deleted, by a call of C code alone."""

    __slots__ = ()
    __del__ = staticmethod(interrupt_main)


def give_up(ring, error):
    """Reports a failure of the agent's own; the program goes on without it."""
    where = _innermost(error)
    text = "%s in %s, line %d" % (type(error).__name__, where.tb_frame.f_code.co_name, where.tb_lineno)
    ring.emit(dumps((FAILED, text, None), 2))
    ring.detach()


def is_ours(error):
    """Whether the agent failed by a fault of its own."""
    return type(error) is not RecursionError and type(error) is not MemoryError and not of_program(error)


def make_guard(ring, home_thread):
    """A function that callbacks ask about what was raised in them: False to pass it on, else what to hold on to.

    AGAIN is said only to one that can tell the event again, once.
    """

    def is_for_memory(error):
        if type(error) is not MemoryError and type(error) is not SystemError:
            return False
        if error.__traceback__ is not None and of_program(error):
            return False
        # Where C code has no memory left, it does not always find the words.
        return type(error) is MemoryError or ring.is_short_of_memory()

    def swallow(error, can_again=False):
        if is_for_memory(error):
            # The program may still have the memory that it needs.
            if can_again and ring.make_room():
                return AGAIN
            ring.lose()
            return True
        if type(error) is KeyboardInterrupt and BEFORE_MONITORING and _is_raised_here(error):
            # Ctrl-C hit the agent. Raised from here it would carry the agent's frames and end the recording: so it
            # comes again, when the callback's frame and this object in it are gone. To the main thread: into any other
            # the program has thrown it. Where SIGINT means something else, another signal has raised it.
            if get_ident() == home_thread and getsignal(SIGINT) is default_int_handler:
                _forget_frames(error)
                return _InterruptLater()
        if type(error) is RecursionError and (BEFORE_MONITORING or _is_raised_here(error)):
            # The callback found less room on the stack than it needs; the program may still have what it needs.
            # Until 3.11 the interpreter counts on the error being passed on, and aborts the process otherwise.
            return not BEFORE_MONITORING
        if not isinstance(error, Exception) or of_program(error):
            # Ctrl-C, or a signal handler of the program raised while the callback ran: that is the program's.
            _disown(error)
            return False
        if is_taken_apart():
            ring.lose(EMPTIED)
            return True
        give_up(ring, error)
        return True

    return swallow
