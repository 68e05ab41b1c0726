# Each function shows one way for an exception to begin and to be caught, and says so itself.
import contextlib
import sys
import threading


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


def both(error):
    raising(error, 2)
    caught(error, 2)


def once():
    try:
        raise raising(Boom("plain"))
    except Boom as error:
        caught(error)


def through(n=0):
    if n < 3:
        return through(n + 1)
    raise raising(Boom("from below"))


def from_below():
    try:
        through()
    except Boom as error:
        caught(error)


def nested():
    try:
        try:
            raise raising(Boom("inner"))
        except KeyError:
            pass
        except (TypeError, ValueError):
            pass
    except (OSError, Boom) as error:
        caught(error)


def reraised():
    try:
        try:
            raise raising(Boom("again"))
        except Boom as error:
            caught(error)
            raising(error)
            raise
    except Boom as error:
        caught(error)


def reraised_out():
    try:
        raise raising(Boom("out"))
    except Boom as error:
        caught(error)
        raising(error)
        raise


def reraised_at_once():
    try:
        raise raising(Boom("at once"))
    except Boom: caught(sys.exc_info()[1]); raising(sys.exc_info()[1]); raise


def callers():
    for call in (reraised_out, reraised_at_once, replaced, chained, from_finally, from_with):
        try:
            call()
        except Exception as error:
            caught(error)


def replaced():
    try:
        raise raising(Boom("first"))
    finally:
        raise raising(KeyError("second"))


def chained():
    try:
        raise raising(Boom("cause"))
    except Boom as error:
        caught(error)
        raise raising(ValueError("effect")) from error


def from_finally():
    try:
        raise raising(Boom("passes"))
    finally:
        try:
            raise raising(ValueError("stays"))
        except ValueError:
            caught(sys.exc_info()[1])


def from_with():
    with contextlib.ExitStack():
        with open(__file__):
            raise raising(Boom("leaves two"))


def swallowed_by_with():
    with contextlib.suppress(Boom):
        raise raising(Boom("suppressed"))
    caught(Boom())
    with contextlib.suppress(KeyError), contextlib.suppress(Boom):
        through()
    caught(Boom())


def swallowed_by_finally():
    def returns():
        try:
            raise raising(Boom("returned over"))
        finally:
            return 1
    returns()
    print("catch Boom in returns")


def swallowed_in_loop():
    for _ in range(2):
        try:
            raise raising(Boom("broken over"))
        finally:
            break
    caught(Boom())


def one_liners():
    try: raise raising(Boom("short"))
    except Boom: pass
    caught(Boom())
    for n in range(3):
        try: raise raising(Boom("bare"))
        except: caught(Boom()); continue


def with_else():
    try:
        pass
    except Boom:
        pass
    else:
        try:
            raise raising(Boom("in else"))
        except Boom as error:
            caught(error)
    finally:
        pass


def in_handler():
    try:
        try:
            raise raising(Boom("handled"))
        except Boom as error:
            caught(error)
            raise raising(KeyError("in handler"))
        finally:
            pass
    except KeyError as error:
        caught(error)


def by_operations():
    try:
        {}["k"]
    except KeyError as error:
        both(error)
    try:
        1 // 0
    except ArithmeticError as error:
        both(error)
    try:
        int("x")
    except ValueError as error:
        both(error)
    try:
        next(iter([]))
    except StopIteration as error:
        both(error)
    try:
        assert not len("x"), "asserted"
    except AssertionError as error:
        both(error)
    try:
        print(unknown)
    except NameError as error:
        both(error)
    try:
        sorted([1, 2], key=lambda n: n["k"])
    except TypeError as error:
        print("raise TypeError: %s in <lambda>" % error)
        caught(error)
    getattr(1, "missing", None)
    hasattr(2, "missing")


def kept():
    error = Boom("kept")
    for _ in range(2):
        try:
            raise raising(error)
        except Boom:
            caught(error)


class Iterator:
    def __init__(self):
        self.left = 2

    def __iter__(self):
        return self

    def __next__(self):
        if self.left == 0:
            raise raising(StopIteration())
        self.left -= 1
        return self.left


def loops():
    for _ in Iterator():
        pass
    for _ in (n for n in range(2)):
        pass
    return list(Iterator()), [n for n in Iterator()]


def generator():
    while True:
        try:
            yield 1
        except Boom as error:
            caught(error)
        finally:
            pass


def delegating():
    yield from generator()


def failing_generator():
    yield 1
    raise raising(Boom("in generator"))


def closing():
    try:
        yield 1
    except GeneratorExit:
        print("catch GeneratorExit in closing")
        raise


def generators():
    g = generator()
    next(g)
    g.throw(raising(Boom("thrown")))
    try:
        g.throw(raising(KeyError("thrown through")))
    except KeyError as error:
        caught(error)
    g = delegating()
    next(g)
    g.throw(raising(Boom("thrown below")))
    try:
        g.throw(raising(KeyError("thrown through both")))
    except KeyError as error:
        caught(error)
    try:
        list(failing_generator())
    except Boom as error:
        caught(error)
    try:
        [1 for n in failing_generator()]
    except Boom as error:
        caught(error)
    g = closing()
    next(g)
    g.close()
    print("raise GeneratorExit:  in closing")


@contextlib.contextmanager
def manager():
    try:
        yield
    except Boom as error:
        caught(error)


def managed():
    with manager():
        error = raising(Boom("managed"))
        raising(error)  # thrown into the generator
        raise error
    caught(error)


class Manager:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if error.args[0] == "fail":
            raise raising(OSError("in exit"))
        return error.args[0] == "stay"


def own_managers():
    with Manager():
        raise raising(Boom("stay"))
    caught(Boom())
    try:
        with Manager():
            raise raising(Boom("go"))
    except Boom as error:
        caught(error)
    try:
        with Manager():
            raise raising(Boom("fail"))
    except OSError as error:
        caught(error)


def caught_on_the_way():
    with contextlib.suppress(Boom):
        try:
            raise raising(Boom("goes on"))
        finally:
            try:
                raise raising(ValueError("ends there"))
            except ValueError as error:
                caught(error)
    caught(Boom())
    with contextlib.suppress(Boom):
        try:
            raise raising(Boom("goes on, past two"))
        finally:
            try:
                raise raising(ValueError("ends there"))
            except ValueError as error:
                caught(error)
                try:
                    raise raising(KeyError("inside"))
                except KeyError as error:
                    caught(error)
    caught(Boom())


def replaced_on_the_way():
    if sys.version_info < (3, 10):
        return  # nothing shows a bare `raise` that a `with` swallows
    with contextlib.suppress(ValueError):
        try:
            raise raising(Boom("replaced"))
        finally:
            try:
                raise raising(ValueError("goes on"))
            except ValueError as error:
                caught(error)
                raising(error)
                raise
    caught(ValueError())


class Silent(Exception):
    def __str__(self):
        raise SystemExit("nobody asks")


def silent():
    try:
        raise Silent(1, "two")
    except Silent:
        print("raise Silent: 1, two in silent")
        print("catch Silent in silent")


def in_thread():
    def run():
        try:
            raise raising(Boom("in thread"))
        except Boom as error:
            caught(error)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


for function in (once, from_below, nested, reraised, callers, swallowed_by_with, swallowed_by_finally, swallowed_in_loop,
                 one_liners, with_else, in_handler, by_operations, kept, loops, generators, managed, own_managers,
                 caught_on_the_way, replaced_on_the_way, silent, in_thread):
    print("#", function.__name__)
    function()
print("#", "the end")
raise raising(Boom("uncaught"))
# harness: status 1
