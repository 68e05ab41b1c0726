def counter(start=0):
    count = start

    def step(by=1):
        nonlocal count
        count += by
        return count

    def reset():
        nonlocal count
        count = start

    return step, reset


def adders():
    return [lambda x, n=n: x + n for n in range(3)], [lambda x: x + n for n in range(3)]


step, reset = counter(10)
print(step(), step(5), step())
reset()
print(step())
bound, late = adders()
print([f(1) for f in bound], [f(1) for f in late])


def outer():
    def inner():
        return value

    try:
        inner()
    except NameError as error:
        print(type(error).__name__)
    value = "now bound"
    return inner()


print(outer())
