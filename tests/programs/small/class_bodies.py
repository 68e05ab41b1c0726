class Meta(type):
    def __prepare__(name, bases, **options):
        return {"prepared": name.lower()}

    def __new__(mcs, name, bases, namespace, **options):
        namespace["options"] = sorted(options)
        return super().__new__(mcs, name, bases, namespace)

    def __init__(cls, name, bases, namespace, **options):
        super().__init__(name, bases, namespace)

    def __call__(cls, *args):
        instance = super().__call__(*args)
        instance.made_by = "meta"
        return instance


class Field:
    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner):
        if instance is None:
            return self
        return instance.__dict__.get(self.name, "unset")

    def __set__(self, instance, value):
        instance.__dict__[self.name] = value * 2


class Base(metaclass=Meta, colour="red"):
    """A docstring."""

    counter = 0
    for counter in range(3):
        if counter == 2:
            label = "last"
    width = Field()

    class Inner:
        value = 5

        def method(self):
            return __class__.__name__

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        cls.registered = True

    @property
    def doubled(self):
        return self.counter * 2

    @staticmethod
    def static(x):
        return x + 1

    @classmethod
    def make(cls, *args):
        return cls(*args)

    def __len__(self):
        return 3

    def __getattr__(self, name):
        return "no " + name


class Derived(Base):
    __slots__ = ("extra",)

    def __init__(self, extra=1):
        self.extra = extra

    def __repr__(self):
        return f"Derived({self.extra!r})"


thing = Derived.make(4)
thing.width = 21
print(thing, thing.width, len(thing), thing.doubled, Base.static(1), Base.prepared, Base.options)
print(Base.Inner().method(), Derived.registered, thing.made_by, Base.label, thing.missing)
Dynamic = type("Dynamic", (Base.Inner,), {"value": 6})
print(Dynamic().value, Dynamic.__mro__[1].__qualname__)
