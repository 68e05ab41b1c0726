total = 0
names = []


def add(n):
    global total, created
    total += n
    created = "by add"
    names.append(n)


def shadow():
    total = "local"
    names = (total,)
    return total, names


def outer():
    level = 1

    def middle():
        nonlocal level
        level = 2

        def inner():
            nonlocal level
            level = 3
            return level

        return inner(), level

    return middle(), level


class Scope:
    total = 5

    def read(self):
        return total

    own = total + 1


add(3)
add(4)
print(total, created, names, shadow(), outer(), Scope().read(), Scope.own)
del created
print("created" in globals())
