name, width, value = "x", 10, 3.14159


class Shown:
    def __format__(self, spec):
        return "shown:" + spec

    def __repr__(self):
        return "repr"

    def __str__(self):
        return "str"


def helper(n):
    return n * 2


print(f"{name!r:>{width}} {value:.2f} {helper(2) + 1} {Shown()} {Shown()!r} {Shown()!s:>5} {{}}")
print(
    f"{helper(1)}"
    f"{helper(2)} "
    f"{[helper(n) for n in range(3)]}"
)
print(f"{'nested ' + f'{helper(5)}'}", f"""{
    helper(
        7
    )
}""")
