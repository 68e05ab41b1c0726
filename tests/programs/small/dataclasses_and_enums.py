import enum
from collections import namedtuple
from dataclasses import dataclass, field
from typing import List, NamedTuple


@dataclass(order=True)
class Card:
    rank: int
    suit: str = "hearts"
    seen: List[str] = field(default_factory=list, compare=False)

    def __post_init__(self):
        self.seen.append("made")


@dataclass(frozen=True)
class Frozen:
    value: int


class Colour(enum.Enum):
    RED = 1
    GREEN = 2

    def mixed(self, other):
        return Colour.RED if self is other else Colour.GREEN


class Flags(enum.IntFlag):
    A = 1
    B = 2


Pair = namedtuple("Pair", "left right")


class Typed(NamedTuple):
    name: str
    size: int = 3

    def area(self):
        return self.size * self.size


cards = sorted([Card(3), Card(1, "spades"), Card(2)])
print(cards[0], cards[0] == Card(1, "spades"), hash(Frozen(1)) == hash(Frozen(1)))
try:
    Frozen(1).value = 2
except AttributeError as error:
    print(type(error).__name__)
print(Colour.RED.mixed(Colour.GREEN).name, int(Flags.A | Flags.B), Pair(1, 2)._replace(left=5), Typed("t").area())
