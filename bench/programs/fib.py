"""Calls: 92,735 of them, with little in each."""


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


print(fib(23))
