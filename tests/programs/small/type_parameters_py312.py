type Pair[T] = tuple[T, T]
type Lazy = undefined_until_asked
sizes = [1, 2]


def first[T: (int, str)](items: list[T], default: T | None = None) -> T | None:
    for item in items:
        return item
    return default


class Stack[T]:
    kind: type[T] | None = None

    def __init__(self, *items: T) -> None:
        self.items: list[T] = [*items]

    def push(self, item: T) -> "Stack[T]":
        self.items.append(item)
        return self

    def mapped[U](self, function) -> "Stack[U]":
        return Stack(*[function(item) for item in self.items])


class Numbers[*Ts](Stack[int]):
    total = sum([n for n in range(3)])
    doubled = [2 * n for n in (1, 2)]


class Sized:
    limit = 3
    type Size = (limit, sizes)

    def fit[T: (sizes, limit)](self, size: T) -> T:
        return size


def nested(n):
    return f"{f"{n!r}" + "!"} and {"".join([f'{m}' for m in range(n)])}"


print(Sized.Size.__value__, Sized.fit.__type_params__[0].__constraints__, Sized().fit(2))
print(first([1, 2]), first([], "none"), Stack(1).push(2).mapped(str).items)
print(Numbers(5).items, Numbers.doubled, nested(3), Pair.__value__)
try:
    print(Lazy.__value__)
except NameError as error:
    print(error)
