def deleted():
    value = 1
    other = [1, 2, 3]
    del value
    del other[0]
    try:
        return value
    except UnboundLocalError as error:
        return type(error).__name__, other


def conditional(flag):
    if flag:
        maybe = "bound"
    try:
        return maybe
    except UnboundLocalError:
        return "unbound"


def loop_variable():
    for n in ():
        pass
    try:
        return n
    except UnboundLocalError:
        return "no loop"


def cell():
    shared = 1

    def drop():
        nonlocal shared
        del shared

    drop()
    try:
        return shared
    except NameError as error:
        return type(error).__name__


print(deleted(), conditional(True), conditional(False), loop_variable(), cell())
x = 1
del x
try:
    x
except NameError as error:
    print(error)
