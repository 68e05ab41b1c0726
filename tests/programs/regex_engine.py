"""A regular expression engine: parser to a tree, tree to an NFA, simulation, and derivatives as a check."""

from __future__ import annotations


class RegexError(ValueError):
    pass


class Node:
    def __repr__(self):
        return "%s(%s)" % (type(self).__name__, ", ".join(repr(value) for value in vars(self).values()))


class Empty(Node):
    pass


class Chars(Node):
    def __init__(self, chars, negated=False):
        self.chars = chars
        self.negated = negated

    def matches(self, char):
        return (char in self.chars) != self.negated


class Sequence(Node):
    def __init__(self, first, second):
        self.first = first
        self.second = second


class Choice(Node):
    def __init__(self, first, second):
        self.first = first
        self.second = second


class Repeat(Node):
    def __init__(self, inner, at_least):
        self.inner = inner
        self.at_least = at_least


class Parser:
    """alternatives := sequence ('|' sequence)*; sequence := (piece [*+?])*; piece := char | set | group"""

    def __init__(self, pattern):
        self.pattern = pattern
        self.position = 0

    @property
    def current(self):
        if self.position < len(self.pattern):
            return self.pattern[self.position]
        return None

    def take(self):
        char = self.current
        self.position += 1
        return char

    def parse(self):
        node = self.alternatives()
        if self.current is not None:
            raise RegexError("unexpected %r at %d" % (self.current, self.position))
        return node

    def alternatives(self):
        node = self.sequence()
        while self.current == "|":
            self.take()
            node = Choice(node, self.sequence())
        return node

    def sequence(self):
        node = Empty()
        while self.current is not None and self.current not in "|)":
            piece = self.repeated()
            node = piece if isinstance(node, Empty) else Sequence(node, piece)
        return node

    def repeated(self):
        node = self.piece()
        while self.current is not None and self.current in "*+?":
            operator = self.take()
            if operator == "*":
                node = Repeat(node, 0)
            elif operator == "+":
                node = Repeat(node, 1)
            else:
                node = Choice(node, Empty())
        return node

    def piece(self):
        char = self.take()
        if char == "(":
            node = self.alternatives()
            if self.take() != ")":
                raise RegexError("a group that does not end")
            return node
        if char == "[":
            return self.char_set()
        if char == ".":
            return Chars(frozenset("\n"), negated=True)
        if char == "\\":
            char = self.take()
            if char is None:
                raise RegexError("nothing after the backslash")
            if char == "d":
                return Chars(frozenset("0123456789"))
            if char == "w":
                return Chars(frozenset("abcdefghijklmnopqrstuvwxyz_"))
            return Chars(frozenset(char))
        if char in "*+?":
            raise RegexError("nothing to repeat at %d" % (self.position - 1))
        return Chars(frozenset(char))

    def char_set(self):
        negated = self.current == "^"
        if negated:
            self.take()
        members = set()
        while self.current != "]":
            low = self.take()
            if low is None:
                raise RegexError("a set that does not end")
            if self.current == "-" and self.pattern[self.position + 1:self.position + 2] not in ("]", ""):
                self.take()
                high = self.take()
                members.update(chr(code) for code in range(ord(low), ord(high) + 1))
            else:
                members.add(low)
        self.take()
        return Chars(frozenset(members), negated)


class Nfa:
    """States are numbers; a state has either edges without a character, or one edge with one."""

    def __init__(self, tree):
        self.free = []
        self.edges = []
        start, self.end = self.build(tree)
        self.start = start

    def state(self):
        self.free.append([])
        self.edges.append(None)
        return len(self.free) - 1

    def build(self, node):
        name = "build_" + type(node).__name__.lower()
        return getattr(self, name)(node)

    def build_empty(self, node):
        start, end = self.state(), self.state()
        self.free[start].append(end)
        return start, end

    def build_chars(self, node):
        start, end = self.state(), self.state()
        self.edges[start] = (node, end)
        return start, end

    def build_sequence(self, node):
        first_start, first_end = self.build(node.first)
        second_start, second_end = self.build(node.second)
        self.free[first_end].append(second_start)
        return first_start, second_end

    def build_choice(self, node):
        start, end = self.state(), self.state()
        for branch in (node.first, node.second):
            branch_start, branch_end = self.build(branch)
            self.free[start].append(branch_start)
            self.free[branch_end].append(end)
        return start, end

    def build_repeat(self, node):
        start, end = self.state(), self.state()
        inner_start, inner_end = self.build(node.inner)
        self.free[start].append(inner_start)
        self.free[inner_end] += [inner_start, end]
        if node.at_least == 0:
            self.free[start].append(end)
        return start, end

    def closure(self, states):
        stack = list(states)
        reached = set(stack)
        while stack:
            state = stack.pop()
            for following in self.free[state]:
                if following not in reached:
                    reached.add(following)
                    stack.append(following)
        return reached

    def longest(self, text, start):
        """The end of the longest match that begins at `start`, or None."""
        states = self.closure([self.start])
        best = start if self.end in states else None
        for position in range(start, len(text)):
            char = text[position]
            moved = {edge[1] for edge in (self.edges[state] for state in states) if edge and edge[0].matches(char)}
            if not moved:
                break
            states = self.closure(moved)
            if self.end in states:
                best = position + 1
        return best


def nullable(node):
    if isinstance(node, Empty):
        return True
    if isinstance(node, Sequence):
        return nullable(node.first) and nullable(node.second)
    if isinstance(node, Choice):
        return nullable(node.first) or nullable(node.second)
    if isinstance(node, Repeat):
        return node.at_least == 0 or nullable(node.inner)
    return False


def derive(node, char):
    """Brzozowski's derivative: what has to follow once `char` is read; None is the empty language."""
    if isinstance(node, Chars):
        return Empty() if node.matches(char) else None
    if isinstance(node, Choice):
        first, second = derive(node.first, char), derive(node.second, char)
        if first is None or second is None:
            return first or second
        return Choice(first, second)
    if isinstance(node, Sequence):
        first = derive(node.first, char)
        left = None if first is None else Sequence(first, node.second)
        right = derive(node.second, char) if nullable(node.first) else None
        if left is None or right is None:
            return left or right
        return Choice(left, right)
    if isinstance(node, Repeat):
        first = derive(node.inner, char)
        return None if first is None else Sequence(first, Repeat(node.inner, 0))
    return None


def matches_by_derivative(node, text):
    for char in text:
        node = derive(node, char)
        if node is None:
            return False
    return nullable(node)


def find_all(pattern, text):
    nfa = Nfa(Parser(pattern).parse())
    position = 0
    while position <= len(text):
        end = nfa.longest(text, position)
        if end is not None and end > position:
            yield text[position:end]
            position = end
        else:
            position += 1


CASES = [
    (r"a*b", "aaab b ab"),
    (r"\d+(\.\d+)?", "pi 3.14, e 2.718 and 42"),
    (r"[A-Z]\w*", "Kurt Goedel met Alan Turing"),
    (r"(ab|ba)+", "abba baab xabab"),
    (r"[^ ,]+", "one, two,three"),
    (r"h.t", "hat hot h\nt"),
]
WHOLE = [(r"(a|b)*abb", ["abb", "aabb", "babb", "ab", "abba"]), (r"x?y+", ["y", "xyy", "x", "xxy"])]
WRONG = ["(a", "*a", "[ab", "a)", "a\\"]


def main():
    for pattern, text in CASES:
        print("%-16s %s" % (pattern, list(find_all(pattern, text))))
    for pattern, texts in WHOLE:
        tree = Parser(pattern).parse()
        nfa = Nfa(tree)
        for text in texts:
            by_nfa = nfa.longest(text, 0) == len(text)
            assert by_nfa == matches_by_derivative(tree, text), (pattern, text)
            print("%-16s %-6s %s" % (pattern, text, "yes" if by_nfa else "no"))
    for pattern in WRONG:
        try:
            Parser(pattern).parse()
        except RegexError as error:
            print("%-16s %s" % (pattern, error))
    print(Parser("a|[xy]*").parse().second.at_least, len(Nfa(Parser("(a|b)*c").parse()).free))


if __name__ == "__main__":
    main()
