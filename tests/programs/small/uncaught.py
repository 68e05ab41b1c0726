class Problem(Exception):
    pass


def lowest(n):
    numbers = [1, 2, 3]
    return numbers[n]


def middle(n):
    try:
        return lowest(n)
    except IndexError as error:
        raise Problem("at %d" % n) from error


print(middle(1))
print(middle(7))
# harness: status 1
