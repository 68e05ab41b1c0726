import functools


class Data:
    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, instance, owner=None):
        return self if instance is None else getattr(instance, self.name, 0)

    def __set__(self, instance, value):
        if value < 0:
            raise ValueError(value)
        setattr(instance, self.name, value)

    def __delete__(self, instance):
        delattr(instance, self.name)


class Computed:
    """No data descriptor: the instance's own attribute goes first."""

    def __init__(self, function):
        self.function = function

    def __get__(self, instance, owner):
        value = instance.__dict__[self.function.__name__] = self.function(instance)
        return value


class Method:
    def __get__(self, instance, owner):
        return functools.partial(self, instance)

    def __call__(self, instance, *args):
        return len(args)


class Account:
    balance = Data()
    count = Method()

    def __init__(self, balance):
        self.balance = balance

    @Computed
    def doubled(self):
        return self.balance * 2

    @property
    def text(self):
        return "%d" % self.balance

    @text.setter
    def text(self, value):
        self.balance = int(value)

    @text.deleter
    def text(self):
        del self.balance

    @functools.cached_property
    def slow(self):
        return [self.balance]

    def __getattribute__(self, name):
        if name == "hidden":
            return "found first"
        return super().__getattribute__(name)


account = Account(5)
account.balance += 1
print(account.balance, account.doubled, account.doubled, account.count(1, 2), account.text)
account.text = "7"
print(account.slow, account.slow, account.hidden, Account.balance.name)
del account.text
print(account.balance)
try:
    account.balance = -1
except ValueError as error:
    print("refused", error)
