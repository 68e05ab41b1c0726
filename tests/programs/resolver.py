"""A dependency resolver with back-tracking, versions and conflicts that are explained; exceptions everywhere."""

import re
import sys
from functools import total_ordering


class ResolutionError(Exception):
    """The base of all that can go wrong."""


class UnknownPackage(ResolutionError, KeyError):
    def __str__(self):
        return "no package named " + str(self.args[0])


class BadRequirement(ResolutionError, ValueError):
    pass


class Conflict(ResolutionError):
    def __init__(self, name, reasons):
        super().__init__(name, tuple(reasons))
        self.name = name
        self.reasons = list(reasons)

    def __str__(self):
        return "%s cannot satisfy %s" % (self.name, " and ".join(self.reasons))


class Cycle(ResolutionError):
    def __init__(self, path):
        super().__init__(" -> ".join(path))
        self.path = path


@total_ordering
class Version:
    def __init__(self, text):
        try:
            self.parts = tuple(int(part) for part in text.split("."))
        except ValueError as error:
            raise BadRequirement("bad version %r" % text) from error
        finally:
            self.text = text

    def __eq__(self, other):
        return self.parts == other.parts

    def __lt__(self, other):
        return self.parts < other.parts

    def __hash__(self):
        return hash(self.parts)

    def __repr__(self):
        return self.text


COMPARE = {
    "==": lambda have, want: have == want,
    ">=": lambda have, want: have >= want,
    "<=": lambda have, want: have <= want,
    "<": lambda have, want: have < want,
    ">": lambda have, want: have > want,
    "!=": lambda have, want: not have == want,
}


class Requirement:
    pattern = re.compile(r"([a-z-]+)\s*(.*)")

    def __init__(self, text, origin):
        self.text, self.origin = text, origin
        match = self.pattern.match(text)
        if match is None:
            raise BadRequirement(text)
        self.name = match.group(1)
        self.bounds = []
        for bound in filter(None, match.group(2).split(",")):
            operator = re.match("[=<>!]+", bound)
            if not operator or operator.group() not in COMPARE:
                raise BadRequirement("%s: bad bound %r" % (origin, bound))
            self.bounds.append((operator.group(), Version(bound[operator.end():])))

    def allows(self, version):
        for operator, bound in self.bounds:
            if not COMPARE[operator](version, bound):
                return False
        return True

    def __str__(self):
        return "%s (from %s)" % (self.text, self.origin)


class Index:
    """What there is: name -> version -> requirements."""

    def __init__(self, lines):
        self.packages = {}
        for number, line in enumerate(lines.splitlines(), 1):
            line = line.split("#")[0].strip()
            if not line:
                continue
            head, _, needs = line.partition(":")
            try:
                name, version = head.split()
            except ValueError:
                raise BadRequirement("line %d: %r" % (number, line)) from None
            else:
                needs = [need.strip() for need in needs.split(";") if need.strip()]
                self.packages.setdefault(name, {})[Version(version)] = needs

    def versions(self, name):
        try:
            return sorted(self.packages[name], reverse=True)
        except KeyError:
            raise UnknownPackage(name)


class Resolver:
    def __init__(self, index):
        self.index = index
        self.attempts = 0
        self.undone = 0
        self.deepest = 0

    def resolve(self, wanted):
        requirements = [Requirement(text, "you") for text in wanted]
        return self._solve(requirements, {}, [])

    def _solve(self, open_requirements, chosen, seen):
        self.deepest = max(self.deepest, len(chosen))
        if not open_requirements:
            return chosen
        requirement, *rest = open_requirements
        name = requirement.name
        seen = seen + [requirement]
        if name in chosen:
            if requirement.allows(chosen[name]):
                return self._solve(rest, chosen, seen)
            raise Conflict(name, self._reasons(name, seen))
        last = None
        for version in self.index.versions(name):
            if not all(earlier.allows(version) for earlier in seen if earlier.name == name):
                continue
            self.attempts += 1
            try:
                needs = [Requirement(text, "%s %s" % (name, version)) for text in self.index.packages[name][version]]
                result = self._solve(rest + needs, {**chosen, name: version}, seen)
            except (Conflict, UnknownPackage) as error:
                self.undone += 1
                last = error
            else:
                return result
        if last is not None:
            raise last
        raise Conflict(name, self._reasons(name, seen))

    @staticmethod
    def _reasons(name, seen):
        return [str(requirement) for requirement in seen if requirement.name == name]


def install_order(index, chosen):
    """Depth first; what is on the current path twice is a cycle."""
    order, state, path = [], {}, []

    def visit(name):
        mark = state.get(name)
        if mark == "done":
            return
        path.append(name)
        try:
            if mark == "open":
                raise Cycle(path[path.index(name):])
            state[name] = "open"
            for need in index.packages[name][chosen[name]]:
                visit(Requirement(need, name).name)
            state[name] = "done"
            order.append(name)
        finally:
            path.pop()

    for name in sorted(chosen):
        visit(name)
    assert not path
    return order


class Transaction:
    """Installs all or nothing."""

    def __init__(self, installed, fail_on=None):
        self.installed, self.fail_on = installed, fail_on
        self.log = []

    def __enter__(self):
        self.before = dict(self.installed)
        return self

    def __exit__(self, kind, error, traceback):
        if kind is None:
            self.log.append("committed")
        else:
            self.installed.clear()
            self.installed.update(self.before)
            self.log.append("rolled back: %s" % error)
        return kind is not None and issubclass(kind, OSError)

    def install(self, name, version):
        if name == self.fail_on:
            raise OSError("disk full at " + name)
        self.installed[name] = version


PACKAGES = """
web 2.0 : http>=2; templates
web 1.5 : http<2; templates
http 2.1 : sockets>=3
http 1.9 : sockets
sockets 3.0
sockets 2.4
templates 1.2 : markup>=1,<2
templates 1.1 : markup
markup 2.0
markup 1.4
shop 1.0 : web>=2; sockets<3       # impossible with web 2.0
blog 1.0 : web; sockets<3
egg 1.0 : hen
hen 1.0 : egg
ghost 1.0 : nowhere
broken 1.0 : http~2
"""

WANTED = [["web"], ["blog"], ["shop"], ["egg"], ["ghost"], ["broken"], ["nothing"], ["Web"], ["markup!=2.0,>1.0", "web<=1.5"]]


def describe(error):
    chain = []
    while error is not None:
        chain.append("%s(%s)" % (type(error).__name__, error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return " <- ".join(chain)


def main():
    index = Index(PACKAGES)
    installed = {}
    for wanted in WANTED:
        resolver = Resolver(index)
        try:
            chosen = resolver.resolve(wanted)
            order = install_order(index, chosen)
        except Conflict as error:
            print("%s: conflict on %s: %s" % (wanted, error.name, error))
        except (Cycle, BadRequirement) as error:
            print("%s: %s" % (wanted, describe(error)))
        except LookupError as error:
            print("%s: lookup: %s" % (wanted, describe(error)))
        else:
            with Transaction(installed, fail_on="templates" if "blog" in wanted else None) as transaction:
                for name in order:
                    transaction.install(name, chosen[name])
            print("%s: %s %s" % (wanted, ["%s %s" % (name, chosen[name]) for name in order], transaction.log))
        finally:
            print("    attempts %d, undone %d, depth %d" % (resolver.attempts, resolver.undone, resolver.deepest))
    for lines in ("one", "a 1.x", "a 1 : b"):
        try:
            Index(lines)
        except ResolutionError as error:
            print("index:", describe(error))
    print("installed:", sorted((name, str(version)) for name, version in installed.items()))
    big = "\n".join("p%s %d : %s" % (chr(97 + n), v, "p%s<%d" % (chr(98 + n), v + 1) if n < 7 else "")
                    for n in range(8) for v in range(1, 4))
    resolver = Resolver(Index(big))
    print("chain:", resolver.resolve(["pa", "ph<3", "pd<=2"]), resolver.attempts, resolver.undone)
    if len(sys.argv) > 1:
        raise Conflict(sys.argv[1], ["the command line", "everything else"])


if __name__ == "__main__":
    main()
