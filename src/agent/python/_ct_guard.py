"""Keeps the agent's own failures away from the program."""
import sys
from marshal import dumps

FAILED = -15


def make_guard(ring, folder):
    """A function that callbacks ask about what was raised in them: True to swallow it, False to pass it on."""

    def is_our_own(error):
        traceback = error.__traceback__
        while traceback.tb_next is not None:
            traceback = traceback.tb_next
        return traceback.tb_frame.f_code.co_filename.startswith(folder)

    def swallow(error):
        if type(error) is RecursionError:
            # The callback found less room on the stack than it needs; the program may still have what it needs.
            # Until 3.11 the interpreter counts on the error being passed on, and aborts the process otherwise.
            return sys.version_info >= (3, 12)
        if not isinstance(error, Exception) or not is_our_own(error):
            # Ctrl-C, or a signal handler of the program raised while the callback ran: that is the program's.
            return False
        where = error.__traceback__
        while where.tb_next is not None:
            where = where.tb_next
        text = "%s in %s, line %d" % (type(error).__name__, where.tb_frame.f_code.co_name, where.tb_lineno)
        ring.emit(dumps((FAILED, text, None), 2))
        ring.detach()
        return True

    return swallow
