rows = [[1, 2, 3], [4, 5], []]
flat = [value for row in rows for value in row]
table = [[row * column for column in range(3)] for row in range(3)]
evens = {value for value in flat if value % 2 == 0}
squares = {value: [n for n in range(value)] for value in flat if value < 4}
nested = [[(i, j) for j in range(i)] for i in range(4) if i]
lazy = (value + 1 for value in flat if value > 2)


def in_function(scale):
    offset = 10
    return [scale * value + offset for value in flat], {key: scale for key in "ab"}


class InClass:
    size = 2
    first = [value for value in range(3)]
    second = list(value for value in first)


print(flat, table, sorted(evens), squares, nested, list(lazy))
print(in_function(3), InClass.first, InClass.second)
print([x for x in [y for y in [z for z in range(3)]]])
print(
    [
        a
        + b
        for a in (1, 2)
        for b in (10, 20)
        if a
        if b
    ]
)
try:
    [1 // value for value in (1, 0)]
except ZeroDivisionError as error:
    print(error)
