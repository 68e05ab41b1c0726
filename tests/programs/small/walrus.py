import re

if (match := re.match(r"(\w+) (\d+)", "answer 42")) is not None:
    print(match.group(1), int(match.group(2)))
data = iter([3, 1, 4, 1, 5, 9, 2, 6])
while (item := next(data)) != 9:
    print(item, end=" ")
print()


def last_big(numbers):
    found = [big for n in numbers if (big := n * 10) > 30]
    return found, big


print(last_big([1, 5, 2, 7]), any((witness := n) > 3 for n in (1, 4, 2)), witness)
print(f"{(width := 8):>{width}}|", (lambda: (inner := 3) + inner)())
