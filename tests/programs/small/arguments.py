def plain(a, b=2, *rest, c, d=4, **others):
    return a, b, rest, c, d, sorted(others.items())


def positional(a, b, /, c, *, d):
    return a + b + c + d


def keyword_only(*, first, second="two"):
    return first, second


def everything(a, /, b, *args, c=3, **kwargs):
    a = a * 2
    return locals_of(a=a, b=b, args=args, c=c, kwargs=kwargs)


def locals_of(**names):
    return sorted(names)


def mutable(item, gathered=[]):
    gathered.append(item)
    return list(gathered)


def unpacked(pair, *triples):
    (x, y), [z, *w] = pair, triples
    return x, y, z, w


class Callable:
    def __call__(self, *args, **kwargs):
        return len(args), len(kwargs)


print(plain(1, c=3), plain(1, 2, 3, 4, c=5, e=6, **{"f": 7}), plain(*[1, 2], **{"c": 3}))
print(positional(1, 2, 3, d=4), keyword_only(first=1), everything(1, 2, 3, 4, c=5, z=6))
print(mutable(1), mutable(2), unpacked((1, 2), 3, 4, 5), Callable()(*"abc", **{"k": 1}))
for wrong in (lambda: positional(a=1, b=2, c=3, d=4), lambda: plain(1), lambda: keyword_only(1)):
    try:
        wrong()
    except TypeError as error:
        print(type(error).__name__)
