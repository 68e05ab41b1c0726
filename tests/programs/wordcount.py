"""Words counted by a pool of threads: queues, locks, events, futures by hand, and a result that is always the same.

Each worker has a queue of its own and the pieces are dealt out in turn, so that every thread does the same work in
every run; only the interleaving differs.
"""

import queue
import threading
from collections import Counter

TEXT = """\
It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness,
it was the epoch of belief, it was the epoch of incredulity, it was the season of Light, it was the season of
Darkness, it was the spring of hope, it was the winter of despair, we had everything before us, we had nothing
before us, we were all going direct to Heaven, we were all going direct the other way
"""

WORKERS = 3


class Promise:
    """A result that another thread will deliver."""

    def __init__(self):
        self.done = threading.Event()
        self.value = None
        self.error = None

    def deliver(self, value=None, error=None):
        self.value, self.error = value, error
        self.done.set()

    def wait(self):
        self.done.wait()
        if self.error is not None:
            raise self.error
        return self.value


class Worker(threading.Thread):
    def __init__(self, number):
        super().__init__(name="worker-%d" % number)
        self.number = number
        self.tasks = queue.Queue()
        self.handled = 0

    def submit(self, function, *arguments):
        promise = Promise()
        self.tasks.put((promise, function, arguments))
        return promise

    def run(self):
        while True:
            task = self.tasks.get()
            if task is None:
                break
            promise, function, arguments = task
            self.handled += 1
            try:
                result = function(*arguments)
            except ValueError as error:
                promise.deliver(error=error)
            else:
                promise.deliver(result)


class Pool:
    def __init__(self, size):
        self.workers = [Worker(number) for number in range(size)]
        self.turn = 0

    def __enter__(self):
        for worker in self.workers:
            worker.start()
        return self

    def __exit__(self, *exception):
        for worker in self.workers:
            worker.tasks.put(None)
        for worker in self.workers:
            worker.join()
        return False

    def submit(self, function, *arguments):
        worker = self.workers[self.turn % len(self.workers)]
        self.turn += 1
        return worker.submit(function, *arguments)

    def map(self, function, items):
        promises = [self.submit(function, item) for item in items]
        for promise in promises:
            yield promise.wait()


def words(line):
    word = ""
    for char in line.lower():
        if char.isalpha():
            word += char
        elif word:
            yield word
            word = ""
    if word:
        yield word


def count(line):
    if not line.strip():
        raise ValueError("an empty line")
    result = Counter()
    for word in words(line):
        result[word] += 1
    return dict(result)


class Total:
    def __init__(self):
        self.lock = threading.Lock()
        self.counts = {}
        self.added = 0

    def add(self, part):
        with self.lock:
            for word, number in part.items():
                self.counts[word] = self.counts.get(word, 0) + number
            self.added += 1

    def top(self, number):
        return sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))[:number]


def histogram(top):
    widest = max(len(word) for word, _ in top)
    for word, number in top:
        yield "%s %3d %s" % (word.rjust(widest), number, "#" * number)


class Local(threading.local):
    calls = 0


LOCAL = Local()


def checksum(words_of_part):
    """Touches thread-local state, which must stay with its thread."""
    LOCAL.calls += 1
    value = 0
    for word in words_of_part:
        for char in word:
            value = (value * 31 + ord(char)) % 65521
    return value, LOCAL.calls


def main():
    total = Total()
    lines = TEXT.splitlines()
    with Pool(WORKERS) as pool:
        for part in pool.map(count, lines):
            total.add(part)
        failing = pool.submit(count, "   ")
        sums = list(pool.map(checksum, [sorted(words(line)) for line in lines]))
        try:
            failing.wait()
        except ValueError as error:
            print("refused:", error)
    for line in histogram(total.top(6)):
        print(line)
    print("parts:", total.added, "different words:", len(total.counts))
    print("checksums:", sums)
    print("handled:", [worker.handled for worker in pool.workers])

    barrier = threading.Barrier(2)
    order = []

    def meet(name, first, second):
        order_of_mine = [first, second]
        barrier.wait()
        order_of_mine.reverse()
        order.append((name, order_of_mine))

    pair = [threading.Thread(target=meet, args=(name, 1, 2)) for name in ("left", "right")]
    for thread in pair:
        thread.start()
    for thread in pair:
        thread.join()
    print("met:", sorted(order))
    print("threads left:", threading.active_count())


if __name__ == "__main__":
    main()
