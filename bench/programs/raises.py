"""A million exceptions that the standard library raises and catches within itself: none of it is recorded."""

from collections import ChainMap


def look_up():
    return ChainMap(*[{} for _ in range(100)], {"key": 1}).__getitem__


def main(get):
    total = 0
    for _ in range(10_000):
        total += get("key")
    return total


print(main(look_up()))
