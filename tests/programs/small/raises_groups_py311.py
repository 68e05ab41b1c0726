# As raises.py, for groups of exceptions.
import sys


class Boom(Exception):
    pass


def tell(what, error, depth):
    print(what, "%s: %s" % (type(error).__name__, error) if what == "raise" else type(error).__name__,
          "in", sys._getframe(depth + 1).f_code.co_name)


def raising(error):
    tell("raise", error, 1)
    return error


def caught(error):
    tell("catch", error, 1)


def group():
    return ExceptionGroup("several", [ValueError("a"), TypeError("b")])


def by_two_clauses():
    try:
        raise raising(group())
    except* ValueError as error:
        caught(error)
    except* (TypeError, OSError) as error:
        caught(error)
        print(error)


def by_one_clause():
    try:
        raise raising(group())
    except* Exception as error:
        caught(error)


def not_a_group():
    try:
        raise raising(ValueError("alone"))
    except* ValueError as error:
        print("catch ValueError in not_a_group")


def by_none():
    try:
        try:
            raise raising(group())
        except* OSError: pass
    except ExceptionGroup as error:
        caught(error)


def left_over():
    try:
        try:
            raise raising(group())
        except* ValueError as error:
            caught(error)
    except ExceptionGroup as error:
        raising(error)
        caught(error)


for function in by_two_clauses, by_one_clause, not_a_group, by_none, left_over:
    print("#", function.__name__)
    function()
