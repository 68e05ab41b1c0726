"""Answers what the recorder's filters say: which code is recorded, and which of its values are shown.

The recorder compiles the filters (design-docs/trace-filters.md); nothing is decided here that it would decide
otherwise. Rules are looked at once per code object, patterns once per name.
"""
import os
import sys

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_values import ALLOW

PACKAGE, FILE, OBJECT = range(3)
LOCAL, GLOBAL, ARGUMENT, RETURN, ATTRIBUTE = 1, 2, 4, 8, 16  # kinds of values, as a set of bits

TAKE, FORK, HOLD, ACCEPT = range(4)  # kinds of a machine's states
START, END, EDGE, INSIDE = range(4)  # places that a state may hold at
NONE, IN_WORD, BETWEEN_WORDS = range(3)  # what stands on one side of a place
MOST_STEPS = 20000  # that one machine remembers
MOST_NAMES = 50000  # that one set of patterns remembers
MOST_PLACES = 4000  # files and modules that are remembered

THIRD_PARTY = ("site-packages", "dist-packages")


FIRST_STATE = 0x4e00  # the character that stands for it in a table; those ahead of it: no state
MOST_CHARACTERS = 1000  # that one table remembers


class Table:
    """A pattern's machine as a table (src/filter/table.ts): each character is one look-up."""

    def __init__(self, text):
        head, _, self.table = text[1:].partition(";")
        self.width, self.start, self.accepting, *borders = map(int, head.split(","))
        self.borders = list(zip(borders[::2], borders[1::2]))
        self.columns = {}  # by character

    def matches(self, text):
        """Whether the whole of `text`, a plain str, matches."""
        state, table, width, columns = self.start, self.table, self.width, self.columns
        for character in text:
            column = columns.get(character)
            if column is None:
                column = self._column(character)
            state = ord(table[state * width + column]) - FIRST_STATE
            if state < 0:
                return False
        return state >= self.accepting

    def _column(self, character):
        point = ord(character)
        for border, column in self.borders:
            if border > point:
                break
            found = column
        if len(self.columns) < MOST_CHARACTERS:
            self.columns[character] = found
        return found


class Matcher:
    """A pattern's machine. It takes one step per character, and remembers each step that it has taken."""

    def __init__(self, states):
        self.states = [tuple(map(int, state.split(","))) for state in states.split(";")]
        self._forget()

    def _forget(self):
        self.nodes, self.steps = {}, 0
        self.first = self._node((0,), NONE)

    def _node(self, states, before):
        """What is known of a situation: by character the next one, under None whether the text may end here, under
        0 the states and what stands before."""
        key = (states, before)
        return self.nodes.setdefault(key, {0: key})

    def matches(self, text):
        """Whether the whole of `text`, a plain str, matches."""
        node = self.first
        for character in text:
            following = node.get(character)
            if following is None:
                following = self._step(node, character)
            if following is False:
                return False
            node = following
        accepts = node.get(None)
        if accepts is None:
            states, before = node[0]
            accepts = any(self.states[n][0] == ACCEPT for n in self._reached(states, before, NONE))
            node[None] = accepts
        return accepts

    def _step(self, node, character):
        states, before = node[0]
        point = ord(character)
        here = IN_WORD if point >= 0x80 or character == "_" or character.isalnum() else BETWEEN_WORDS
        following = set()
        for number in self._reached(states, before, here):
            state = self.states[number]
            if state[0] == TAKE:
                for at in range(2, len(state), 2):
                    if state[at] <= point <= state[at + 1]:
                        following.add(state[1])
        self.steps += 1
        if self.steps > MOST_STEPS:
            self._forget()
        node[character] = result = self._node(tuple(sorted(following)), here) if following else False
        return result

    def _reached(self, states, before, after):
        """All states that are reached from `states` without taking a character."""
        seen, waiting = set(states), list(states)
        while waiting:
            state = self.states[waiting.pop()]
            following = ()
            if state[0] == FORK:
                following = state[1:]
            elif state[0] == HOLD and _holds(state[2], before, after):
                following = state[1:2]
            for number in following:
                if number not in seen:
                    seen.add(number)
                    waiting.append(number)
        return seen


def _holds(place, before, after):
    if place == START:
        return before == NONE
    if place == END:
        return after == NONE
    return ((before == IN_WORD) != (after == IN_WORD)) == (place == EDGE)


class Names:
    """Actions by name, for one list of patterns."""

    __slots__ = ("patterns", "default", "known", "longest")

    def __init__(self, patterns, default, longest):
        self.patterns, self.default, self.longest = patterns, default, longest
        self.known = {}

    def action(self, name):
        """What becomes of values of this name, a plain str."""
        action = self.known.get(name)
        if action is None:
            action = first_action(self.patterns, name[:self.longest], self.default)
            if len(name) <= self.longest:
                if len(self.known) > MOST_NAMES:
                    self.known.clear()
                self.known[name] = action
        return action


def first_action(patterns, name, default):
    """Of the first pattern that matches."""
    for matches, action in patterns:
        if matches(name):
            return action
    return default


class NamesAtOnce(Names):
    """The same, many at once. `allowed` holds names that may all be shown, to compare many at once."""

    __slots__ = ("allowed",)

    def __init__(self, patterns, default, longest):
        Names.__init__(self, patterns, default, longest)
        self.allowed = set()

    def action(self, name):
        action = Names.action(self, name)
        if action == ALLOW and len(name) <= self.longest:
            if len(self.allowed) > MOST_NAMES:
                self.allowed.clear()
            self.allowed.add(name)
        return action


class Attributes(NamesAtOnce):
    """What becomes of attributes and keys."""

    __slots__ = ()

    def __init__(self, patterns, longest):
        NamesAtOnce.__init__(self, patterns, ALLOW, longest)


class Scope:
    """What becomes of the values of code to which the same rules apply."""

    def __init__(self, patterns, default, longest):
        self.patterns, self.default, self.longest = patterns, default, longest
        self.by_kinds = {}
        attributes = self._patterns(ATTRIBUTE)
        self.attributes = Attributes(attributes, longest) if attributes else None

    def _patterns(self, kinds):
        return tuple((matches, action) for bit, matches, action in self.patterns if bit & kinds)

    def action(self, kinds, name):
        """Of a variable that is all of `kinds`."""
        return self._names(kinds).action(name)

    def shows(self, kinds):
        """Names of such variables that may be shown, as far as they were met: to compare many at once."""
        return self._names(kinds).allowed

    def _names(self, kinds):
        names = self.by_kinds.get(kinds)
        if names is None:
            names = self.by_kinds[kinds] = NamesAtOnce(self._patterns(kinds), self.default, self.longest)
        return names

    def returned(self, names):
        """Of what code returns that goes by all of `names`."""
        for bit, matches, action in self.patterns:
            if bit & RETURN and any(matches(name[:self.longest]) for name in names):
                return action
        return self.default


class Filter:
    """The compiled filters of one recording, `compiled` as the recorder wrote it."""

    def __init__(self, compiled, start_folder, libraries):
        self.exec, self.action, self.longest = compiled["exec"], compiled["action"], compiled["longest_name"]
        self.projects = [folder.rstrip("/") + "/" for folder in compiled["projects"]]
        self.libraries = [folder.rstrip("/") + "/" for folder in libraries]
        self.start_folder = start_folder
        matchers = [_matches(text) for text in compiled["matchers"]]
        self.rules = [
            (kind, matchers[matcher], decides, action, [(1 << bit, matchers[each], then) for bit, each, then in patterns])
            for kind, matcher, decides, action, patterns in compiled["rules"]
        ]
        self.names_objects = any(rule[0] == OBJECT for rule in self.rules)
        self.places = {}  # (file name, module) -> (modules, names by kind of rule, for each rule whether it matches)
        # Rules that decide, in order: (place, decision, whether those behind it decide alike). Most code that imports
        # bring is the standard library's, which the first of the built-in filter's rules decides.
        decisions = [(number, rule[2]) for number, rule in enumerate(self.rules) if rule[2] is not None]
        self.decisions = [
            (number, decision, all(other == decision for _, other in decisions[at:]))
            for at, (number, decision) in enumerate(decisions)
        ]
        self.verdicts = {}  # (file name, module) -> whether code in it is recorded, where no rule names objects
        self.scopes = {}

    def records(self, filename, module, qualname):
        """Whether code is recorded. `module` may be anything; `qualname` is asked for only when it counts."""
        key = (filename, module if type(module) is str else None)
        verdict = self.verdicts.get(key)
        if verdict is None:
            verdict, place = self.exec, self._place(key)
            for number, decision, is_last in self.decisions:
                if self._matches(place, number, qualname):
                    verdict = decision
                    if is_last:
                        break
            if not self.names_objects:
                if len(self.verdicts) >= MOST_PLACES:
                    self.verdicts.clear()
                self.verdicts[key] = verdict
        return verdict == 1

    def is_known_to_skip(self, place):
        """Whether it is known of a (file name, module) that no code there is recorded. Each import brings hundreds of functions."""
        return self.verdicts.get(place, 1) != 1

    def scope(self, filename, module, qualname):
        """The `Scope` of code."""
        key = (filename, module if type(module) is str else None)
        place = self._place(key)
        matching = [rule for number, rule in enumerate(self.rules) if self._matches(place, number, qualname)]
        identity = tuple(map(id, matching))
        scope = self.scopes.get(identity)
        if scope is None:
            default, patterns = self.action, []
            for rule in matching:
                if rule[3] is not None:
                    default = rule[3]
                patterns[:0] = rule[4]
            scope = self.scopes.setdefault(identity, Scope(patterns, default, self.longest))
        return scope

    def object_names(self, filename, module, qualname):
        """All that a code object is called."""
        return _object_names(self._place((filename, module if type(module) is str else None)), qualname)

    def _matches(self, place, number, qualname):
        """Whether the rule of this number is one for code of this place and name."""
        _, names, matching = place
        matches = matching[number]
        if matches is None:
            kind, matches_name = self.rules[number][:2]
            if kind == OBJECT:
                return any(matches_name(name[:self.longest]) for name in _object_names(place, qualname))
            matches = matching[number] = any(map(matches_name, names[kind]))
        return matches

    def _place(self, key):
        place = self.places.get(key)
        if place is None:
            modules, files = self._names(*key)
            # Code without a name for its module (`exec(text, {})`) has an empty one: `**` means that, too.
            packages = [name[:self.longest] for name in modules] or [""]
            names = {PACKAGE: packages, FILE: [name[:self.longest] for name in files]}
            if len(self.places) >= MOST_PLACES:
                self.places.clear()
            place = self.places[key] = (modules, names, [None] * len(self.rules))
        return place

    def _names(self, filename, module):
        """(modules, files): all that a module and its file are called."""
        modules = [] if module is None else [module]
        if filename.startswith("<"):
            return modules, [filename]
        path = _absolute(self.start_folder, filename)
        relative = _below(path, self.projects)
        files = [path if relative is None else relative]
        in_library = _below(path, self.libraries)
        if in_library is not None and not any(part in THIRD_PARTY for part in in_library.split("/")[:-1]):
            files.append("<stdlib>/" + in_library)
        named = None if relative is None else _module_of(relative)
        if named is not None and named != module:
            modules.append(named)
        return modules, files


def _object_names(place, qualname):
    name = qualname()
    return [module + "." + name for module in place[0]] or [name]


def _matches(text):
    """Whether a name matches, as a function, from the compiled form of a pattern."""
    if text[0] == "=":
        return text[1:].__eq__
    return Table(text).matches if text[0] == "#" else Matcher(text).matches


def library_places():
    """Folder and archive of the standard library."""
    folder = os.path.dirname(os.__file__)
    return [folder, os.path.join(os.path.dirname(folder), "python%d%d.zip" % sys.version_info[:2])]


def _absolute(folder, path):
    """Without `.`, `..` and double slashes, by text alone."""
    parts = []
    for part in (path if path.startswith("/") else folder + "/" + path).split("/"):
        if part == "..":
            del parts[-1:]
        elif part and part != ".":
            parts.append(part)
    return "/" + "/".join(parts)


def _below(path, folders):
    for folder in folders:
        if path.startswith(folder):
            return path[len(folder):]
    return None


def _module_of(relative):
    """"a.b" of "a/b.py" and of "a/b/__init__.py"; None for what can't be imported."""
    if not relative.endswith(".py"):
        return None
    parts = relative[:-3].split("/")
    if parts[-1] == "__init__":
        parts.pop()
    if not parts or any("." in part for part in parts):
        return None
    return ".".join(parts)
