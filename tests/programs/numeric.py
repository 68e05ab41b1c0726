"""Numbers: exact fractions, matrices, continued fractions, Newton's method, a simplex table, complex roots."""

import math
from functools import reduce, total_ordering


@total_ordering
class Ratio:
    """An exact fraction, always in lowest terms."""

    __slots__ = ("top", "bottom")

    def __init__(self, top, bottom=1):
        if bottom == 0:
            raise ZeroDivisionError("%d/0" % top)
        common = math.gcd(top, bottom)
        if bottom < 0:
            common = -common
        self.top = top // common
        self.bottom = bottom // common

    @staticmethod
    def of(value):
        return value if isinstance(value, Ratio) else Ratio(value)

    def __add__(self, other):
        other = Ratio.of(other)
        return Ratio(self.top * other.bottom + other.top * self.bottom, self.bottom * other.bottom)

    __radd__ = __add__

    def __neg__(self):
        return Ratio(-self.top, self.bottom)

    def __sub__(self, other):
        return self + -Ratio.of(other)

    def __rsub__(self, other):
        return Ratio.of(other) - self

    def __mul__(self, other):
        other = Ratio.of(other)
        return Ratio(self.top * other.top, self.bottom * other.bottom)

    __rmul__ = __mul__

    def __truediv__(self, other):
        other = Ratio.of(other)
        return Ratio(self.top * other.bottom, self.bottom * other.top)

    def __eq__(self, other):
        other = Ratio.of(other)
        return (self.top, self.bottom) == (other.top, other.bottom)

    def __lt__(self, other):
        other = Ratio.of(other)
        return self.top * other.bottom < other.top * self.bottom

    def __hash__(self):
        return hash((self.top, self.bottom))

    def __float__(self):
        return self.top / self.bottom

    def __bool__(self):
        return self.top != 0

    def __repr__(self):
        return str(self.top) if self.bottom == 1 else "%d/%d" % (self.top, self.bottom)


class Matrix:
    def __init__(self, rows):
        self.rows = [[Ratio.of(value) for value in row] for row in rows]

    @classmethod
    def identity(cls, size):
        return cls([[int(row == column) for column in range(size)] for row in range(size)])

    @classmethod
    def hilbert(cls, size):
        return cls([[Ratio(1, row + column + 1) for column in range(size)] for row in range(size)])

    @property
    def size(self):
        return len(self.rows)

    def __matmul__(self, other):
        columns = list(zip(*other.rows))
        return Matrix([[sum((a * b for a, b in zip(row, column)), Ratio(0)) for column in columns]
                       for row in self.rows])

    def __eq__(self, other):
        return self.rows == other.rows

    def __pow__(self, exponent):
        result, base = Matrix.identity(self.size), self
        while exponent:
            if exponent & 1:
                result = result @ base
            base = base @ base
            exponent >>= 1
        return result

    def inverse_and_determinant(self):
        """Gauss-Jordan on [A | I]."""
        size = self.size
        work = [list(row) + list(unit) for row, unit in zip(self.rows, Matrix.identity(size).rows)]
        determinant = Ratio(1)
        for column in range(size):
            pivot = next((row for row in range(column, size) if work[row][column]), None)
            if pivot is None:
                return None, Ratio(0)
            if pivot != column:
                work[pivot], work[column] = work[column], work[pivot]
                determinant = -determinant
            scale = work[column][column]
            determinant = determinant * scale
            work[column] = [value / scale for value in work[column]]
            for row in range(size):
                factor = work[row][column]
                if row != column and factor:
                    work[row] = [value - factor * above for value, above in zip(work[row], work[column])]
        return Matrix([row[size:] for row in work]), determinant


def continued_fraction(value, terms):
    """The terms of a float's continued fraction."""
    result = []
    for _ in range(terms):
        whole = math.floor(value)
        result.append(whole)
        rest = value - whole
        if rest < 1e-9:
            break
        value = 1 / rest
    return result


def convergents(terms):
    h, h_before, k, k_before = 1, 0, 0, 1
    for term in terms:
        h, h_before = term * h + h_before, h
        k, k_before = term * k + k_before, k
        yield Ratio(h, k)


def newton(function, derivative, guess, tolerance=1e-12):
    steps = 0
    while True:
        change = function(guess) / derivative(guess)
        guess -= change
        steps += 1
        if abs(change) < tolerance or steps > 60:
            return guess, steps


def durand_kerner(coefficients, rounds=40):
    """All complex roots of a monic polynomial at once."""
    degree = len(coefficients) - 1
    roots = [complex(0.4, 0.9) ** power for power in range(degree)]
    for _ in range(rounds):
        moved = []
        for number, root in enumerate(roots):
            value = reduce(lambda total, coefficient: total * root + coefficient, coefficients)
            others = 1
            for position, other in enumerate(roots):
                if position != number:
                    others *= root - other
            moved.append(root - value / others)
        if all(abs(new - old) < 1e-12 for new, old in zip(moved, roots)):
            break
        roots = moved
    return roots


def pi_digits(count):
    """Gibbons' spigot: big integers."""
    q, r, t, k, n, x = 1, 0, 1, 1, 3, 3
    digits = []
    while len(digits) < count:
        if 4 * q + r - t < n * t:
            digits.append(str(n))
            q, r, n = 10 * q, 10 * (r - n * t), 10 * (3 * q + r) // t - 10 * n
        else:
            q, r, t, k, n, x = (q * k, (2 * q + r) * x, t * x, k + 1,
                                (q * (7 * k + 2) + r * x) // (t * x), x + 2)
    return "".join(digits)


def special_floats():
    """Values that need care when they are shown."""
    infinite = float("inf")
    nothing = float("nan")
    negative_zero = -0.0
    tiny = 5e-324
    third = 1 / 3
    return [infinite, -infinite, nothing, negative_zero, tiny, third, 1e22, 2.0 ** 70]


def main():
    hilbert = Matrix.hilbert(4)
    inverse, determinant = hilbert.inverse_and_determinant()
    print("determinant:", determinant)
    print("inverse:", inverse.rows)
    print("checked:", hilbert @ inverse == Matrix.identity(4))
    fibonacci = Matrix([[1, 1], [1, 0]]) ** 60
    print("fibonacci 60:", fibonacci.rows[0][1])
    print("singular:", Matrix([[1, 2], [2, 4]]).inverse_and_determinant())
    terms = continued_fraction(math.pi, 6)
    print("pi:", terms, list(convergents(terms)))
    root, steps = newton(lambda x: x ** 3 - 2, lambda x: 3 * x * x, 1.0)
    print("cube root of 2: %.10f after %d steps" % (root, steps))
    for found in sorted(durand_kerner([1, 0, 0, -1]), key=lambda value: (round(value.real, 6), round(value.imag, 6))):
        print("root: %+.6f %+.6f" % (round(found.real, 6) + 0, round(found.imag, 6) + 0))
    print("digits:", pi_digits(50))
    print("floats:", special_floats())
    print("sorted:", sorted([Ratio(1, 2), Ratio(1, 3), Ratio(-5, 4), Ratio(3)]), max(Ratio(2, 4), Ratio(1, 3)))
    try:
        Ratio(1) / Ratio(0)
    except ZeroDivisionError as error:
        print("division:", error)
    primes = [n for n in range(2, 60) if all(n % d for d in range(2, math.isqrt(n) + 1))]
    print("primorial:", reduce(lambda a, b: a * b, primes))


if __name__ == "__main__":
    main()
