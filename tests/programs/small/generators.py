def countdown(n):
    while n > 0:
        received = yield n
        if received:
            n = received
        n -= 1
    return "lift off"


def echo():
    while True:
        try:
            value = yield
        except ValueError as error:
            print("caught", error)
        except GeneratorExit:
            print("closing")
            raise
        else:
            print("got", value)


def never_started():
    yield 1


def empty():
    return
    yield


print(list(countdown(3)))
generator = countdown(5)
print(next(generator), generator.send(3), next(generator))
try:
    next(generator)
    next(generator)
except StopIteration as stop:
    print("returned", stop.value)
talker = echo()
next(talker)
talker.send(1)
talker.throw(ValueError("thrown"))
talker.send(None)
talker.close()
unused = never_started()
unused.close()
try:
    never_started().throw(KeyError("early"))
except KeyError as error:
    print("early", error)
print(list(empty()))
for a in (x * x for x in countdown(2)):
    print(a)
