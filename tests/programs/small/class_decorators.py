import functools

registry = []


def registered(cls):
    registry.append(cls.__name__)
    return cls


def with_options(**options):
    def decorate(cls):
        class Wrapped(cls):
            def __init__(self, *args):
                super().__init__(*args)
                self.options = options

        Wrapped.__name__ = Wrapped.__qualname__ = cls.__name__
        return Wrapped

    return decorate


class Singleton(type):
    made = {}

    def __call__(cls, *args, **kwargs):
        if cls not in cls.made:
            cls.made[cls] = super().__call__(*args, **kwargs)
        return cls.made[cls]

    def __instancecheck__(cls, instance):
        return instance == 42 or super().__instancecheck__(instance)

    @property
    def shout(cls):
        return cls.__name__.upper()


class Ordered(type):
    class Names(dict):
        def __setitem__(self, name, value):
            if not name.startswith("__"):
                self.setdefault("order", []).append(name)
            super().__setitem__(name, value)

    @classmethod
    def __prepare__(mcs, name, bases):
        return mcs.Names()

    def __new__(mcs, name, bases, namespace):
        return super().__new__(mcs, name, bases, dict(namespace))


@registered
@with_options(colour="red")
@functools.total_ordering
class Thing:
    def __init__(self, size):
        self.size = size

    def __eq__(self, other):
        return self.size == other.size

    def __lt__(self, other):
        return self.size < other.size


class One(metaclass=Singleton):
    def __init__(self, value):
        self.value = value


class Fields(metaclass=Ordered):
    b = 1
    a = b + 1

    def method(self):
        return self.a


small, large = Thing(1), Thing(2)
print(small < large, small >= large, small.options, registry)
print(One(1) is One(2), One(3).value, isinstance(42, One), isinstance(43, One), One.shout)
print(Fields.order, Fields().method())
