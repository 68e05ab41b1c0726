class Vector:
    def __init__(self, *parts):
        self.parts = parts

    def __add__(self, other):
        return Vector(*(a + b for a, b in zip(self.parts, other.parts)))

    def __mul__(self, factor):
        if not isinstance(factor, (int, float)):
            return NotImplemented
        return Vector(*(part * factor for part in self.parts))

    __rmul__ = __mul__

    def __eq__(self, other):
        return self.parts == other.parts

    def __getitem__(self, index):
        return self.parts[index]

    def __contains__(self, value):
        return value in self.parts

    def __bool__(self):
        return any(self.parts)

    def __iter__(self):
        return iter(self.parts)

    def __format__(self, spec):
        return "<" + ",".join(format(part, spec) for part in self.parts) + ">"

    def __del__(self):
        removed.append(len(self.parts))


removed = []
v = Vector(1, 2) + Vector(3, 4) * 2
print(v[0], v[-1], 2 * v == Vector(14, 20), 7 in v, bool(Vector(0)), [*v], f"{v:03d}")
try:
    v * "x"
except TypeError as error:
    print(error)
a = b = Vector(9)
a = None
print(len(removed))
x = 1 if v else 2
y = v and x or None
print(x, y, not v, 1 < x + 1 < 3, (x, y) == (1, 1))
# What a module's end does to its objects, the oracle has no part in.
v = None
b = None
