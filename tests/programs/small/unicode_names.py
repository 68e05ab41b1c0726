π = 3.14159
größe = {"Übung": 1, "日本": 2}


def площадь(радиус):
    результат = π * радиус**2
    return round(результат, 2)


class Ключ:
    значение = "ключ"


def ﬁ(x):  # a ligature that Python normalises to "fi"
    return x


surrogate = "\ud800"
astral = "🐍\U0001f600"
print(площадь(2), sorted(größe.values()), ascii(Ключ.значение), fi(1), len(surrogate), ascii(astral))
