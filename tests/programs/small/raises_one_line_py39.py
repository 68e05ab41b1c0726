# What a `finally` lets go on, past an `except` that stands on one line.
import contextlib
import sys


class Boom(Exception):
    pass


def tell(what, error, depth):
    print(what, "%s: %s" % (type(error).__name__, error) if what == "raise" else type(error).__name__,
          "in", sys._getframe(depth + 1).f_code.co_name)


def raising(error, depth=1):
    tell("raise", error, depth)
    return error


def caught(error, depth=1):
    tell("catch", error, depth)


def once():
    with contextlib.suppress(Boom):
        try:
            raise raising(Boom("goes on"))
        finally:
            try: raise raising(ValueError("ends there"))
            except ValueError as error: caught(error)
    caught(Boom())


def twice():
    for number in range(3):
        with contextlib.suppress(Boom), contextlib.suppress(KeyError):
            try:
                raise raising(Boom("goes on"))
            finally:
                try: raise raising(ValueError(number))
                except KeyError: caught(KeyError())
                except ValueError: caught(ValueError())
                try: raise raising(LookupError(number))
                except (ValueError, LookupError): caught(LookupError())
        caught(Boom())


def taken_elsewhere():
    with contextlib.suppress(Boom):
        try:
            raise raising(Boom("goes on"))
        finally:
            try: raise raising(ValueError("goes on as well"))
            except ValueError: caught(ValueError()); raise raising(Boom("in its place"))
    caught(Boom())


for function in (once, twice, taken_elsewhere):
    print("#", function.__name__)
    function()
