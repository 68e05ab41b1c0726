from dataclasses import dataclass


@dataclass
class Point:
    x: int
    y: int


class Shape:
    __match_args__ = ("kind",)

    def __init__(self, kind):
        self.kind = kind


def describe(thing):
    match thing:
        case None | False:
            return "nothing"
        case int(n) if n < 0:
            return "negative"
        case int():
            return "number"
        case "a" | "b" as letter:
            return f"letter {letter}"
        case [first, *rest] if len(rest) > 2:
            return f"long from {first}"
        case [] | [_]:
            return "short"
        case [x, y]:
            return f"pair {x} {y}"
        case {"kind": "box", "size": (w, h), **others}:
            return f"box {w}x{h} {sorted(others)}"
        case {"kind": kind}:
            return f"a {kind}"
        case Point(0, 0):
            return "origin"
        case Point(x=0, y=y) | Point(x=y, y=0):
            return f"on an axis at {y}"
        case Point():
            return "a point"
        case Shape("circle"):
            return "circle"
        case _:
            return type(thing).__name__


for thing in (None, -1, 7, "a", [1, 2, 3, 4], [], [1], (1, 2), {"kind": "box", "size": (3, 4), "z": 1}, {"kind": "tin"},
              Point(0, 0), Point(0, 5), Point(6, 0), Point(1, 1), Shape("circle"), Shape("square"), 2.5):
    print(describe(thing))
