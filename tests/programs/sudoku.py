"""Sudoku of six by six by constraint propagation and search; and a small SAT solver on the pigeonhole problem."""

DIGITS = "123456"
ROWS = "ABCDEF"

EASY = ".2.4.6.5.......56...4.3.3....5...31."
HARD = "..3.5...61.......4...23.31....6.5..."


def cross(rows, columns):
    return [r + c for r in rows for c in columns]


class Contradiction(Exception):
    pass


class Grid:
    """The candidates of every square; assigning one square narrows the others."""

    squares = cross(ROWS, DIGITS)
    units_of = {}
    peers_of = {}

    @classmethod
    def prepare(cls):
        unit_list = [cross(ROWS, c) for c in DIGITS]
        unit_list += [cross(r, DIGITS) for r in ROWS]
        unit_list += [cross(rs, cs) for rs in ("AB", "CD", "EF") for cs in ("123", "456")]
        for square in cls.squares:
            cls.units_of[square] = [unit for unit in unit_list if square in unit]
            peers = {other for unit in cls.units_of[square] for other in unit}
            peers.discard(square)
            cls.peers_of[square] = sorted(peers)

    def __init__(self, text=None, candidates=None):
        self.eliminations = 0
        if candidates is not None:
            self.candidates = dict(candidates)
            return
        self.candidates = {square: DIGITS for square in self.squares}
        for square, char in zip(self.squares, text):
            if char in DIGITS:
                self.assign(square, char)

    def copy(self):
        return Grid(candidates=self.candidates)

    def assign(self, square, digit):
        for other in self.candidates[square].replace(digit, ""):
            self.eliminate(square, other)

    def eliminate(self, square, digit):
        left = self.candidates[square]
        if digit not in left:
            return
        self.eliminations += 1
        left = left.replace(digit, "")
        self.candidates[square] = left
        if not left:
            raise Contradiction(square)
        if len(left) == 1:
            for peer in self.peers_of[square]:
                if left in self.candidates[peer]:
                    self.eliminate(peer, left)
        for unit in self.units_of[square]:
            if digit not in "".join(map(self.candidates.get, unit)):
                raise Contradiction(square + digit)
            places = self.places(unit, digit)
            if len(places) == 1 and len(self.candidates[places[0]]) > 1:
                self.assign(places[0], digit)

    def places(self, unit, digit):
        """Where the digit can still go; at most two of them, as more make no difference."""
        possible = (square for square in unit if digit in self.candidates[square])
        return [square for _, square in zip("12", possible)]

    def solved(self):
        return all(len(left) == 1 for left in self.candidates.values())

    def rows(self):
        for row in ROWS:
            yield " ".join(self.candidates[row + column] for column in DIGITS)


def search(grid, statistics):
    statistics["nodes"] += 1
    if grid.solved():
        return grid
    open_squares = [square for square in grid.squares if len(grid.candidates[square]) > 1]
    square = min(open_squares, key=lambda name: (len(grid.candidates[name]), name))
    for digit in grid.candidates[square]:
        attempt = grid.copy()
        try:
            attempt.assign(square, digit)
        except Contradiction:
            statistics["dead ends"] += 1
            continue
        finished = search(attempt, statistics)
        if finished is not None:
            return finished
    return None


class Sat:
    """Davis-Putnam: clauses are tuples of signed integers."""

    def __init__(self, clauses):
        self.clauses = [tuple(sorted(clause, key=abs)) for clause in clauses]
        self.decisions = 0
        self.propagations = 0

    def simplify(self, clauses, literal):
        kept = []
        for clause in clauses:
            if literal in clause:
                continue
            if -literal in clause:
                clause = tuple(other for other in clause if other != -literal)
                if not clause:
                    return None
            kept.append(clause)
        return kept

    def solve(self, clauses=None, model=()):
        if clauses is None:
            clauses = self.clauses
        while True:
            unit = next((clause[0] for clause in clauses if len(clause) == 1), None)
            if unit is None:
                break
            self.propagations += 1
            clauses = self.simplify(clauses, unit)
            model += (unit,)
            if clauses is None:
                return None
        if not clauses:
            return model
        self.decisions += 1
        chosen = clauses[0][0]
        for literal in (chosen, -chosen):
            simpler = self.simplify(clauses, literal)
            if simpler is not None:
                found = self.solve(simpler, model + (literal,))
                if found is not None:
                    return found
        return None


def pigeonhole(pigeons, holes):
    def variable(pigeon, hole):
        return pigeon * holes + hole + 1

    clauses = [[variable(p, h) for h in range(holes)] for p in range(pigeons)]
    for hole in range(holes):
        for first in range(pigeons):
            for second in range(first):
                clauses.append([-variable(first, hole), -variable(second, hole)])
    return clauses


def main():
    Grid.prepare()
    for name, text in (("easy", EASY), ("hard", HARD)):
        statistics = {"nodes": 0, "dead ends": 0}
        try:
            grid = Grid(text)
        except Contradiction as error:
            print(name, "is contradictory at", error)
            continue
        solution = search(grid, statistics)
        print(name, statistics)
        for row in solution.rows():
            print(" ", row)
    try:
        Grid("11" + "." * 34)
    except Contradiction as error:
        print("contradiction at", error)
    for pigeons, holes in ((3, 3), (4, 3)):
        solver = Sat(pigeonhole(pigeons, holes))
        model = solver.solve()
        seats = [literal for literal in model or () if literal > 0]
        print("%d pigeons, %d holes: %s after %d decisions and %d propagations"
              % (pigeons, holes, sorted(seats) if model else "impossible", solver.decisions, solver.propagations))


main()
