# Nothing of these may run because somebody looks at a value.
class Loud:
    def __repr__(self):
        print("repr was called")
        raise RuntimeError("repr")

    def __eq__(self, other):
        print("eq was called")
        return False

    def __hash__(self):
        print("hash was called")
        return 1

    def __getattr__(self, name):
        print("getattr was called for", name)
        raise AttributeError(name)

    def __len__(self):
        print("len was called")
        return 10**9

    def __iter__(self):
        print("iter was called")
        return iter(())

    def __bool__(self):
        print("bool was called")
        return False

    @property
    def __dict__(self):
        print("dict was called")
        return {}

    @property
    def __class__(self):
        print("class was called")
        return int


class LoudList(list):
    def __iter__(self):
        print("list iter was called")
        return super().__iter__()

    def __len__(self):
        print("list len was called")
        return 0


class LoudText(str):
    def __str__(self):
        print("str was called")
        return "no"

    def encode(self, *args):
        print("encode was called")
        return b""


class LoudInt(int):
    def __index__(self):
        print("index was called")
        return 0

    def __repr__(self):
        print("int repr was called")
        return "0"


def look(a, b, c, d, *rest, **others):
    local = [a, b]
    pair = (c, d)
    return local, pair


loud, items, word, number = Loud(), LoudList([1, 2]), LoudText("abc"), LoudInt(5)
held = [loud, {"key": loud}, (items,)]
result = look(loud, items, word, number, loud, name=word)
print("quiet")
