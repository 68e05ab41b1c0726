"""Lines: 200,000 of them, on integers."""


def main():
    total = 0
    for i in range(100_000):
        total += i
    return total


print(main())
