# harness: no-oracle a tracer's callbacks need stack of their own, so the depth reached is not the program's alone


def dive(depth):
    return dive(depth + 1)


def measured(depth, deepest):
    deepest[0] = depth
    measured(depth + 1, deepest)


try:
    dive(0)
except RecursionError as error:
    print(type(error).__name__, str(error)[:32])

deepest = [0]
try:
    measured(0, deepest)
except RecursionError:
    print("far enough:", deepest[0] > 700)


def bounded(n):
    return 0 if n == 0 else 1 + bounded(n - 1)


print(bounded(500))
