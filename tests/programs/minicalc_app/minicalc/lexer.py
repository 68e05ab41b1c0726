import re
from typing import NamedTuple

from .errors import CalcError


class Token(NamedTuple):
    kind: str
    text: str
    line: int


RULES = [
    ("number", r"\d+(?:\.\d+)?"),
    ("name", r"[a-z_]\w*"),
    ("operator", r"\*\*|[-+*/%<>=!]=?|[(){},;]"),
    ("newline", r"\n"),
    ("blank", r"[ \t]+"),
    ("comment", r"#[^\n]*"),
]
PATTERN = re.compile("|".join("(?P<%s>%s)" % rule for rule in RULES))


def tokenize(text):
    position, line = 0, 1
    while position < len(text):
        match = PATTERN.match(text, position)
        if match is None:
            raise CalcError("unexpected %r" % text[position], line)
        kind = match.lastgroup
        if kind == "newline":
            line += 1
        elif kind not in ("blank", "comment"):
            yield Token(kind, match.group(), line)
        position = match.end()
    yield Token("end", "", line)
