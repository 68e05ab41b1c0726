"""What still runs while the interpreter takes itself apart: objects that modules hold to the last."""
import builtins
import sys
from os import write


def say(text):
    write(1, text.encode() + b"\n")


class Plain:
    def __del__(self, say=say):
        first = 1
        say("plain %d" % first)


class Reads:
    def __del__(self, say=say, sorted=sorted):
        one, two = 1, [2]
        say("locals %s" % sorted(locals()))


class Catches:
    def __del__(self, say=say, KeyError=KeyError):
        try:
            {}["missing"]
        except KeyError as error:
            say("caught %s" % error)
        try:
            self.fail()
        except KeyError as error:
            say("caught %s" % error)

    def fail(self, KeyError=KeyError):
        raise KeyError("again")


class Loops:
    def __del__(self, say=say, range=range, list=list, sum=sum):
        numbers, table = list(range(300)), {}
        for number in range(1500):
            numbers[number % 300] = number
            table[number % 7] = [number]
        say("looped %d %d" % (sum(numbers), sum(n for t in table.values() for n in t)))


class Tables:
    """Large dicts that have been met often by then."""

    def __init__(self):
        self.table = {number: [number] * 40 for number in range(40)}
        self.change()

    def change(self, range=range):
        for number in range(300):
            self.table[number // 30] = [number] * 40

    def __del__(self, say=say, sum=sum, len=len):
        self.change()
        say("changed %d" % sum(len(each) for each in self.table.values()))


class Prints:
    def __init__(self, out):
        self.out = out

    def __del__(self, print=print):
        print("printed", file=self.out)
        self.out.flush()


class Runs:
    def __del__(self, say=say, exec=exec, compile=compile):
        names = {"say": say}
        exec(compile("x = 1\nsay('ran')\ndef f():\n    return x\ny = f()\n", "never/seen.py", "exec"), names)
        say("of %s" % names["y"])


class Generates:
    def __init__(self):
        self.items = self.make()
        next(self.items)

    def make(self, say=say):
        try:
            yield 1
            yield 2
        finally:
            say("closed")


class Fails:
    def __del__(self, ValueError=ValueError):
        raise ValueError("in the end")


# The interpreter empties these two last, in this order, and the names of each in the order in which they came.
for place in (sys, builtins):
    place.last_plain, place.last_reads, place.last_catches, place.last_loops = Plain(), Reads(), Catches(), Loops()
    place.last_prints, place.last_warns, place.last_runs = Prints(sys.stdout), Prints(sys.stderr), Runs()
    place.last_generates, place.last_fails, place.last_tables = Generates(), Fails(), Tables()
say("end")
