def leaf(name, n):
    try:
        for i in range(n):
            got = yield (name, i)
            if got:
                print(name, "got", got)
    finally:
        print("leaf", name, "done")
    return n


def branch():
    first = yield from leaf("a", 2)
    second = yield from leaf("b", 1)
    yield from [first, second]
    yield from (n for n in range(2))
    return first + second


def root():
    total = yield from branch()
    print("total", total)
    try:
        yield from leaf("c", 5)
    except RuntimeError as error:
        print("root caught", error)
        yield "recovered"


generator = root()
print(next(generator))
print(generator.send("hello"))
for value in generator:
    print(value)
    if value == ("c", 1):
        print(generator.throw(RuntimeError("stop it")))
        break
print(next(generator, "exhausted"))
partly = root()
next(partly)
partly.close()
