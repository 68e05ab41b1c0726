"""A pipeline of generators: sources, filters, coroutines that are sent to, thrown into and closed."""

import functools
import itertools
from collections import OrderedDict
from contextlib import ExitStack, closing, contextmanager

LOG = """\
2024-03-01 10:00:01 web GET /index 200 512
2024-03-01 10:00:02 web GET /style.css 200 2048
2024-03-01 10:00:02 api POST /login 401 64
this line is broken
2024-03-01 10:00:05 api POST /login 200 128
2024-03-01 10:00:07 web GET /missing 404 32
2024-03-01 10:01:00 job RUN cleanup 0 0
2024-03-01 10:01:03 api GET /items 500 16
2024-03-01 10:01:04 api GET /items 200 4096
2024-03-01 10:01:09 web GET /index 304 0
"""

TRACE = []


def coroutine(function):
    """A generator that is ready to be sent to."""

    @functools.wraps(function)
    def start(*arguments, **keywords):
        generator = function(*arguments, **keywords)
        next(generator)
        return generator

    return start


class Restart(Exception):
    """Thrown into a stage: what it has gathered is to be emitted now."""


def lines(text):
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        yield text[start:end]
        start = end + 1


def parse(source):
    for number, line in enumerate(source, 1):
        fields = line.split()
        try:
            date, time, service, verb, path, status, size = fields
            yield {"time": time, "service": service, "verb": verb, "path": path,
                   "status": int(status), "size": int(size)}
        except ValueError as error:
            TRACE.append("line %d: %s" % (number, type(error).__name__))


def repeat(factory, times):
    for _ in range(times):
        yield from factory()


def numbered(source):
    count = 0
    for count, record in enumerate(source, 1):
        yield dict(record, number=count)
    return count


def counted(source):
    """Passes everything on and says at the end how much it was."""
    total = yield from numbered(source)
    TRACE.append("counted %d" % total)


@coroutine
def broadcast(targets):
    try:
        while True:
            item = yield
            for target in targets:
                target.send(item)
    except GeneratorExit:
        for target in targets:
            target.close()
        raise


@coroutine
def only(predicate, target):
    passed = 0
    try:
        while True:
            item = yield passed
            if predicate(item):
                passed += 1
                target.send(item)
    finally:
        TRACE.append("filter passed %d" % passed)
        target.close()


@coroutine
def batches(size, sink):
    gathered = []
    while True:
        try:
            item = yield len(gathered)
        except Restart as reason:
            TRACE.append("restart: %s with %d" % (reason, len(gathered)))
            sink(gathered)
            gathered = []
            continue
        except GeneratorExit:
            if gathered:
                sink(gathered)
            return
        gathered.append(item["number"])
        if len(gathered) == size:
            sink(gathered)
            gathered = []


@coroutine
def averages(results):
    sums = {}
    try:
        while True:
            item = yield
            key = item["service"]
            count, total = sums.get(key, (0, 0))
            sums[key] = (count + 1, total + item["size"])
    finally:
        for key in sorted(sums):
            count, total = sums[key]
            results[key] = total / count


@contextmanager
def stage(name, depth=[0]):
    depth[0] += 1
    TRACE.append("%s> %s" % ("-" * depth[0], name))
    try:
        yield depth[0]
    except LookupError as error:
        TRACE.append("swallowed %r in %s" % (str(error), name))
    finally:
        TRACE.append("<%s %s" % ("-" * depth[0], name))
        depth[0] -= 1


def windows(items, size):
    """Sliding windows over any iterable."""
    window = tuple(itertools.islice(items, size))
    if len(window) == size:
        yield window
    for item in items:
        window = window[1:] + (item,)
        yield window


def primes():
    """An endless source that nobody exhausts."""
    composites = {}
    candidate = 2
    try:
        while True:
            factors = composites.pop(candidate, None)
            if factors is None:
                yield candidate
                composites[candidate * candidate] = [candidate]
            else:
                for factor in factors:
                    composites.setdefault(candidate + factor, []).append(factor)
            candidate += 1
    finally:
        TRACE.append("primes closed at %d" % candidate)


def flatten(tree):
    for item in tree:
        if isinstance(item, list):
            yield from flatten(item)
        else:
            yield item


class Countdown:
    """An iterator by hand, beside those by yield."""

    def __init__(self, start):
        self.value = start

    def __iter__(self):
        return self

    def __next__(self):
        if self.value <= 0:
            raise StopIteration
        self.value -= 1
        return self.value + 1


def merge(*sources):
    """Takes from sorted sources in order."""
    heads = OrderedDict()
    for number, source in enumerate(map(iter, sources)):
        for value in source:
            heads[number] = (value, source)
            break
    while heads:
        number = min(heads, key=lambda key: heads[key][0])
        value, source = heads[number]
        yield value
        try:
            heads[number] = (next(source), source)
        except StopIteration:
            del heads[number]


def main():
    gathered, results = [], {}
    records = counted(parse(repeat(lambda: lines(LOG), 12)))
    grouping = batches(7, gathered.append)
    with closing(broadcast([only(lambda record: record["status"] >= 400, grouping), averages(results)])) as tree:
        for record in records:
            tree.send(record)
            if record["number"] % 40 == 0:
                grouping.throw(Restart("at %d" % record["number"]))
    print("groups:", gathered)
    print("averages:", {key: round(value, 2) for key, value in results.items()})

    with closing(primes()) as endless:
        print("primes:", list(itertools.takewhile(lambda prime: prime < 60, endless)))
    twins = primes()
    pairs = (pair for pair in windows(twins, 2) if pair[1] - pair[0] == 2)
    print("twins:", [next(pairs) for _ in range(8)])
    pairs.close()
    twins.close()
    print("flat:", list(flatten([1, [2, [3, [4]], 5], [], [[6]]])))
    print("merged:", list(merge([1, 4, 9, 16], Countdown(0), (n for n in range(3, 20, 5)), [2])))
    print("countdown:", *Countdown(5))

    with ExitStack() as stack:
        depths = [stack.enter_context(stage(name)) for name in ("outer", "middle", "inner")]
        print("depths:", depths)
        raise KeyError("lost")
    try:
        averages({}).throw(ValueError("into a fresh stage"))
    except ValueError as error:
        print("came back:", error)
    for entry in TRACE:
        print(" ", entry)


main()
