# Calls that return into the middle of a line, where the caller goes on.
def one(value):
    doubled = value * 2
    return doubled


def two(left, right):
    total = left + right
    return total


def fails(value):
    if value:
        raise ValueError(value)
    return "fine"


def several():
    a = one(1) + one(2); b = two(one(3), one(4))
    c = [one(n) for n in (a, b)] if one(1) else one(0)
    return two(
        one(a),
        two(
            one(b),
            len(c),
        ),
    )


def recover():
    try: x = fails(0) + fails(1) + fails(2)
    except ValueError as error: x = one(error.args[0]); y = x; z = one(y)
    return x, y, z


class Chain:
    def __init__(self, n):
        self.n = n

    def add(self, other):
        return Chain(self.n + other)

    def __getattr__(self, name):
        return one(self.n)

    def __add__(self, other):
        return Chain(two(self.n, other.n))

    __radd__ = __add__


print(several(), recover())
print(Chain(1).add(2).add(one(3)).n, (Chain(1) + Chain(2)).missing, sum([Chain(3)], Chain(4)).n)
result = one(two(one(1), one(2))) if one(0) == 0 and one(1) > 1 else one(9)
print(result, f"{one(5)} and {two(1, 2):>{one(2)}}", (lambda n: one(n) + 1)(6))
assert one(1) == 2 < one(2) <= one(two(1, 1)), one(0)
