grid = [[1, 2, 3], [4, 5, 6]]


def check(value):
    return value % 2 == 1


def transposed(rows):
    return [[row[n] for row in rows] for n in range(len(rows[0]))]


def deep():
    limit = 3
    return {
        outer: {inner: [limit * n for n in range(inner) if check(n)] for inner in range(outer)}
        for outer in range(limit)
    }


def late():
    return [function() for function in [lambda: n for n in range(3)]], [(lambda m=n: m)() for n in range(3)]


def kept():
    found = [last := n for n in range(4) if check(n)] if LATER else None
    return found, last


def lazily():
    inner = ((n, m) for n in range(3) for m in (k for k in range(n) if k != 1))
    yield from (a + b for a, b in inner)


def stops():
    try:
        return [next(iter(())) if n else n for n in range(2)]
    except (StopIteration, RuntimeError) as error:
        return type(error).__name__


class Scoped:
    names = ["a", "b"]
    pairs = [(n, m) for n in names for m in "xy"]
    table = {n: [m for m in range(2)] for n in names}
    count = sum(1 for _ in (n for n in names))


LATER = True
print(transposed(grid), deep(), late(), kept(), list(lazily()), stops())
print(Scoped.pairs, Scoped.table, Scoped.count)
print({frozenset(n for n in row if check(n)) for row in grid} == {frozenset((1, 3)), frozenset((5,))})
print([[n for n in row] for row in [[m for m in inner] for inner in grid]], [x for x in ([y] for y in "ab") if x])
