"""Prints a random program that says itself what it raises and catches: `try`, `with`, loops and generators in each other.

usage: python random_raises.py SEED FUNCTIONS [PLAIN]     PLAIN: without a bare `raise` inside of `with`

Each line `raise TYPE: MESSAGE in FUNCTION` or `catch TYPE in FUNCTION` is printed where it happens. No `finally`
swallows an exception, for that the program could not say.
"""
import random
import sys

HEAD = '''import sys
class B1(Exception): pass
class B2(Exception): pass
class B3(B1): pass
def tell(what, error, depth):
    shown = "%s: %s" % (type(error).__name__, error) if what == "raise" else type(error).__name__
    print(what, shown, "in", sys._getframe(depth + 1).f_code.co_name)
def raising(error):
    tell("raise", error, 1)
    return error
def caught():
    tell("catch", sys.exc_info()[1], 1)
def again():
    tell("raise", sys.exc_info()[1], 1)
class Takes:
    def __init__(self, *kinds): self.kinds = kinds
    def __enter__(self): return self
    def __exit__(self, kind, error, traceback):
        if kind is not None and issubclass(kind, self.kinds):
            tell("catch", error, 1)
            return True'''


class Generator:
    def __init__(self, seed):
        self.random, self.last = random.Random(seed), 0

    def number(self):
        self.last += 1
        return self.last

    def chance(self, share):
        return self.random.random() < share

    def call(self, below):
        return self.random.choice(["f%d()", "list(g%d())"]) % self.random.randrange(below)

    def raises(self):
        return "raise raising(%s(%d))" % (self.random.choice(["B1", "B2", "B3"]), self.number())

    def block(self, depth, handles, loops, yields, below):
        lines = []
        for _ in range(self.random.randint(1, 3)):
            lines += self.statement(depth, handles, loops, yields, below)
        return lines

    def statement(self, depth, handles, loops, yields, below):
        kind = self.random.random()
        if depth <= 0 or kind < 0.3:
            return self.simple(handles, loops, yields, below)
        inner = (depth - 1, handles, loops, yields, below)
        if kind < 0.7:
            return self.tries(inner)
        if kind < 0.75:
            return self.past_another()
        if kind < 0.88:
            takes = ["Takes(%s)" % self.random.choice(["B1", "B2", "KeyError"]) for _ in range(self.random.randint(1, 2))]
            inside = (depth - 1, handles, loops, yields, below)
            return ["with %s:" % ", ".join(takes)] + indented(self.block(*inside))
        return ["for _ in range(2):"] + indented(self.block(depth - 1, handles, True, yields, below))

    def simple(self, handles, loops, yields, below):
        choice = self.random.random()
        if choice < 0.3:
            return [self.raises()]
        if choice < 0.4 and handles:
            return ["again(); raise"] if self.chance(0.5) else ["again()", "raise"]
        if choice < 0.5 and loops:
            return [self.random.choice(["break", "continue"])]
        if choice < 0.55:
            return ["return %d" % self.number()]
        if choice < 0.65 and yields:
            return ["yield %d" % self.number()]
        return [self.call(below)] if choice < 0.85 and below > 0 else ["x = %d" % self.number()]

    def tries(self, inner):
        depth, _, loops, yields, below = inner
        body = (depth, True, loops, yields, below)
        lines = ["try:"] + indented(self.block(*inner))
        has_handlers = self.chance(0.8)
        if has_handlers:
            for _ in range(self.random.randint(1, 2)):
                kind = self.random.choice(["B1", "B2", "B3", "(B1, B2)", "Exception"])
                lines += self.handler("except %s%s:" % (kind, self.random.choice(["", " as e"])), body)
            if self.chance(0.2):
                lines += self.handler("except:", body)
            if self.chance(0.2):
                lines += ["else:"] + indented(self.block(*inner))
        if not has_handlers or self.chance(0.3):
            lines += ["finally:"] + indented(self.finals(depth, yields, below))
        return lines

    def past_another(self):
        """A `with` that takes what has come past one that was raised and caught in a `finally`."""
        again = ["again()", "raise"]
        more = ["x = 4"] + self.random.choice([
            [], [], again, ["if x > 4: raise", "x = 5"],
            ["try: " + self.raises(), "except B2:", "    caught()"],
        ])
        lines = ["try: " + self.raises(), "finally:", "    try: " + self.raises(), "    except B1:"]
        return ["with Takes(B1, B2):"] + indented(lines + indented(indented(["caught()"] + more)))

    def handler(self, head, body):
        if self.chance(0.25):
            return [head + " caught()"]
        return [head] + indented(["caught()"] + self.block(*body))

    def finals(self, depth, yields, below):
        lines = []
        for _ in range(self.random.randint(1, 2)):
            choice = self.random.random()
            if choice < 0.2:
                lines.append(self.raises())
            elif choice < 0.4 and yields:
                lines.append("yield %d" % self.number())
            elif choice < 0.7 and depth > 0:
                lines += ["try: " + (self.call(below) if below and self.chance(0.5) else self.raises())]
                more = ["again()", "raise"] if self.chance(0.3) else ["x = 2"]
                # On lines of its own: where that is not so, nothing tells whether it took the exception (limits.md).
                lines += ["except B1:"] + indented(["caught()"] + (more if self.chance(0.6) else []))
            else:
                lines.append("x = 3")
        return lines

    def program(self, functions):
        lines, calls = [HEAD], []
        for number in range(functions):
            lines += ["def f%d():" % number] + indented(self.block(self.random.randint(1, 4), False, False, False, number))
            lines += ["def g%d():" % number, "    yield 0"]
            lines += indented(self.block(self.random.randint(1, 3), False, False, True, number))
            calls += ["f%d()" % number, "list(g%d())" % number]
        lines.append("def drive():")
        for call in calls:
            lines += ["    try: " + call, "    except Exception: caught()"]
        return "\n".join(lines + ["drive()"])


def indented(lines):
    return ["    " + line for line in lines]


print(Generator(int(sys.argv[1])).program(int(sys.argv[2])))
