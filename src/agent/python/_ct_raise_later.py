"""Raises what a signal handler of the program raised in the midst of a callback, as soon as the callback is over.

What leaves a callback for JUMP passes by each `except` of the frame: the interpreter looks for that with an address which it
has just overwritten (INSTRUMENTED_JUMP in CPython's Python/bytecodes.c, 3.12 and 3.13). So the callback returns an object
that raises a signal when it is deleted, by a call of C code alone; and the signal's handler raises what was held. The
interpreter looks for signals right behind the jump: it is there that the program would have met its own.
"""
from _functools import partial
from _signal import NSIG, SIG_DFL, getsignal, signal
from _thread import interrupt_main

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_guard import OWN_FOLDER

_held, _notices = [], {}


def raise_later(error):
    """What a callback is to return, so that `error` is raised when it has, without the agent's frames.

    Raises it at once where no signal can be had: in other threads than the main one they have no handlers.
    """
    where = error.__traceback__
    while where is not None and where.tb_frame.f_code.co_filename.startswith(OWN_FOLDER):
        where = where.tb_next
    error = BaseException.with_traceback(error, where)
    number = _unused()
    try:
        signal(number, _raise)
    except (TypeError, ValueError):  # there is none, or this is another thread
        number = None
    if number is None:
        raise error
    _held.append(error)
    if number not in _notices:
        _notices[number] = type("Notice", (), {"__slots__": (), "__del__": staticmethod(partial(interrupt_main, number))})
    return _notices[number]()


def _unused():
    """A signal that the program does nothing about: the highest, for real-time ones are the least used."""
    for number in range(NSIG - 1, 0, -1):
        if getsignal(number) in (SIG_DFL, _raise):
            return number
    return None


def _raise(number, _):
    signal(number, SIG_DFL)
    raise _held.pop(0)
