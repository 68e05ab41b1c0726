"""Conway's game of life on a torus, with Unicode output: half blocks, braille, and a census of the patterns."""

import io
import sys
from collections import Counter

GLIDER = """
.O.
..O
OOO
"""
PULSAR = """
..OOO...OOO..
.............
O....O.O....O
O....O.O....O
O....O.O....O
..OOO...OOO..
"""
R_PENTOMINO = """
.OO
OO.
.O.
"""


class World:
    def __init__(self, width, height, cells=()):
        self.width, self.height = width, height
        self.cells = {(x % width, y % height) for x, y in cells}
        self.generation = 0

    @classmethod
    def parse(cls, text, width, height, at=(0, 0)):
        left, top = at
        cells = []
        for y, row in enumerate(text.strip().splitlines()):
            for x, char in enumerate(row):
                if char == "O":
                    cells.append((left + x, top + y))
        return cls(width, height, cells)

    def neighbours(self, x, y):
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                if dx or dy:
                    yield (x + dx) % self.width, (y + dy) % self.height

    def step(self):
        counts = Counter()
        for x, y in sorted(self.cells):
            counts.update(self.neighbours(x, y))
        self.cells = {cell for cell, number in sorted(counts.items())
                      if number == 3 or (number == 2 and cell in self.cells)}
        self.generation += 1

    def __len__(self):
        return len(self.cells)

    def box(self):
        if not self.cells:
            return 0, 0, 0, 0
        xs = [x for x, _ in self.cells]
        ys = [y for _, y in self.cells]
        return min(xs), min(ys), max(xs), max(ys)

    def shape(self):
        """The cells relative to their box: equal for equal patterns wherever they are."""
        left, top, _, _ = self.box()
        return tuple(sorted((x - left, y - top) for x, y in self.cells))


def half_blocks(world):
    """Two rows of cells per line of text."""
    glyphs = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
    lines = []
    for y in range(0, world.height, 2):
        line = "".join(glyphs[(x, y) in world.cells, (x, y + 1) in world.cells] for x in range(world.width))
        lines.append("│%s│" % line)
    edge = "─" * world.width
    return "┌%s┐\n%s\n└%s┘" % (edge, "\n".join(lines), edge)


DOTS = [(0, 0, 1), (0, 1, 2), (0, 2, 4), (1, 0, 8), (1, 1, 16), (1, 2, 32), (0, 3, 64), (1, 3, 128)]


def braille(world):
    """Eight cells per character."""
    lines = []
    for top in range(0, world.height, 4):
        line = ""
        for left in range(0, world.width, 2):
            code = 0x2800
            for dx, dy, bit in DOTS:
                if (left + dx, top + dy) in world.cells:
                    code |= bit
            line += chr(code)
        lines.append(line)
    return "\n".join(lines)


def period(world, limit):
    """After how many generations the pattern comes back, and how far it has moved."""
    first = world.shape()
    left, top, _, _ = world.box()
    for generation in range(1, limit + 1):
        world.step()
        if world.shape() == first:
            new_left, new_top, _, _ = world.box()
            return generation, (new_left - left, new_top - top)
    return None, None


NAMES = {"glider": "滑翔机", "blinker": "Пульс", "block": "Bløck 🧱"}


def main():
    # Written as UTF-8 whatever the locale says.
    out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="\n", write_through=True)
    glider = World.parse(GLIDER, 12, 8, at=(1, 1))
    for _ in range(4):
        glider.step()
    print(half_blocks(glider), file=out)
    print("%s: period %s, moved %s" % ((NAMES["glider"],) + period(glider, 8)), file=out)
    blinker = World(5, 5, [(1, 2), (2, 2), (3, 2)])
    print("%s: period %s, moved %s" % ((NAMES["blinker"],) + period(blinker, 8)), file=out)
    block = World(6, 6, [(1, 1), (2, 1), (1, 2), (2, 2)])
    print("%s: period %s, moved %s" % ((NAMES["block"],) + period(block, 8)), file=out)
    pulsar = World.parse(PULSAR, 18, 20, at=(2, 3))
    for _ in range(3):
        pulsar.step()
    print(braille(pulsar), file=out)
    census = []
    pentomino = World.parse(R_PENTOMINO, 16, 16, at=(6, 6))
    while pentomino.generation < 6:
        pentomino.step()
        census.append(len(pentomino))
    print("census:", census, file=out)
    print("bars:", "".join("▁▂▃▄▅▆▇█"[min(7, number // 5)] for number in census), file=out)
    print("box:", pentomino.box(), file=out)
    out.flush()
    out.detach()


if __name__ == "__main__":
    main()
