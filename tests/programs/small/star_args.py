def gather(*args, **kwargs):
    return args, kwargs


def forward(first, *args, last=None, **kwargs):
    return gather(first, *args, **kwargs, last=last)


def defaults(a, b=len("ab"), /, c=[1], *, d=None, e=(lambda: 5)()):
    d = d if d is not None else b
    return a, b, c, d, e


def swapped(*args):
    head, *middle, tail = args
    (x, *y), z = (head, *middle), tail
    return [*y, x, z]


class Box:
    def __init__(self, *items, **names):
        self.items, self.names = items, names

    def __iter__(self):
        return iter(self.items)

    def keys(self):
        return self.names.keys()

    def __getitem__(self, name):
        return self.names[name]

    @staticmethod
    def pair(a, /, *, a_=0, **rest):
        return a, a_, rest


box = Box(1, 2, k=3, m=4)
print(gather(*box, *[5], **box, **{"z": 6}))
print(forward(*box, last="end", **box))
print(defaults(1), defaults(1, 2, 3, d=4), defaults(*"ab", **{"e": 7, "d": 0}))
print(swapped(1, 2, 3, 4), swapped(1, 2), [*box, *box], {**box, "m": 5})
print(Box.pair(1, a=2, a_=3), (lambda *a, **k: (a, k))(*range(3), **box))
for wrong in (lambda: defaults(a=1), lambda: gather(**{"a": 1}, **{"a": 2}), lambda: swapped(1), lambda: forward()):
    try:
        wrong()
    except (TypeError, ValueError) as error:
        print(type(error).__name__)
for first, *rest in [(1, 2, 3), "ab"]:
    print(first, rest)
