"""An event-driven bank with accounts, standing orders, interest and an audit: classes and dataclasses."""

import enum
import heapq
import itertools
from abc import ABC, abstractmethod
from collections import Counter, defaultdict, namedtuple
from dataclasses import dataclass, field
from typing import Dict, List, Optional

Entry = namedtuple("Entry", "day account amount text")


class Kind(enum.Enum):
    DEPOSIT = "deposit"
    WITHDRAW = "withdraw"
    TRANSFER = "transfer"
    INTEREST = "interest"
    ORDER = "order"


class BankError(Exception):
    code = "E000"

    def __str__(self):
        return "%s: %s" % (self.code, super().__str__())


class InsufficientFunds(BankError):
    code = "E101"

    def __init__(self, account, missing):
        super().__init__("%s lacks %d" % (account.name, missing))
        self.missing = missing


class AccountClosed(BankError):
    code = "E102"


@dataclass(order=True)
class Event:
    day: int
    sequence: int
    kind: Kind = field(compare=False)
    account: str = field(compare=False)
    amount: int = field(default=0, compare=False)
    other: Optional[str] = field(default=None, compare=False)


class Account(ABC):
    """Amounts are integers of the smallest unit."""

    def __init__(self, name, balance=0):
        self.name = name
        self._balance = balance
        self.closed = False

    @property
    def balance(self):
        return self._balance

    @balance.setter
    def balance(self, value):
        if self.closed:
            raise AccountClosed(self.name)
        if value < self.floor():
            raise InsufficientFunds(self, self.floor() - value)
        self._balance = value

    @abstractmethod
    def floor(self):
        """The lowest balance allowed."""

    @abstractmethod
    def interest(self, days):
        """What `days` days earn, rounded down."""

    def __iadd__(self, amount):
        self.balance += amount
        return self

    def __repr__(self):
        return "<%s %s %d>" % (type(self).__name__, self.name, self._balance)


class Savings(Account):
    rate = 3

    def floor(self):
        return 0

    def interest(self, days):
        return self._balance * self.rate * days // 36500


class Giro(Account):
    def __init__(self, name, balance=0, overdraft=500):
        super().__init__(name, balance)
        self.overdraft = overdraft

    def floor(self):
        return -self.overdraft

    def interest(self, days):
        if self._balance >= 0:
            return 0
        return -(-self._balance * 9 * days // 36500)


class Premium(Giro, Savings):
    """Two bases: the overdraft of one, the interest of the other."""

    rate = 2

    def interest(self, days):
        if self._balance < 0:
            return super().interest(days)
        return Savings.interest(self, days)


@dataclass
class Ledger:
    entries: List[Entry] = field(default_factory=list)
    totals: Dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def post(self, day, account, amount, text):
        self.entries.append(Entry(day, account.name, amount, text))
        self.totals[account.name] += amount

    def of(self, name):
        return (entry for entry in self.entries if entry.account == name)


class Bank:
    def __init__(self):
        self.accounts = {}
        self.queue = []
        self.sequence = itertools.count()
        self.ledger = Ledger()
        self.refused = Counter()
        self.handlers = {
            Kind.DEPOSIT: self.deposit,
            Kind.WITHDRAW: self.withdraw,
            Kind.TRANSFER: self.transfer,
            Kind.INTEREST: self.credit_interest,
            Kind.ORDER: self.standing_order,
        }

    def open(self, account):
        self.accounts[account.name] = account
        if account.balance:
            self.ledger.post(0, account, account.balance, "opening")
        return account

    def schedule(self, day, kind, account, amount=0, other=None):
        event = Event(day, next(self.sequence), kind, account, amount, other)
        heapq.heappush(self.queue, event)

    def run(self, until):
        while self.queue and self.queue[0].day <= until:
            event = heapq.heappop(self.queue)
            account = self.accounts[event.account]
            try:
                self.handlers[event.kind](event, account)
            except InsufficientFunds as error:
                self.refused[error.code] += 1
                if event.kind is Kind.ORDER:
                    self.schedule(event.day + 3, Kind.WITHDRAW, event.account, 1)
            except BankError as error:
                self.refused[error.code] += 1

    def deposit(self, event, account):
        account += event.amount
        self.ledger.post(event.day, account, event.amount, "deposit")

    def withdraw(self, event, account):
        account += -event.amount
        self.ledger.post(event.day, account, -event.amount, "withdrawal")

    def transfer(self, event, account):
        target = self.accounts[event.other]
        before = account.balance
        account.balance -= event.amount
        try:
            target.balance += event.amount
        except AccountClosed:
            account.balance = before
            raise
        self.ledger.post(event.day, account, -event.amount, "to " + target.name)
        self.ledger.post(event.day, target, event.amount, "from " + account.name)

    def credit_interest(self, event, account):
        amount = account.interest(30)
        if amount:
            account += amount
            self.ledger.post(event.day, account, amount, "interest")
        self.schedule(event.day + 30, Kind.INTEREST, account.name)

    def standing_order(self, event, account):
        self.schedule(event.day + 14, Kind.ORDER, event.account, event.amount, event.other)
        self.transfer(event, account)

    def audit(self):
        for name, account in sorted(self.accounts.items()):
            booked = self.ledger.totals[name]
            assert booked == account.balance, (name, booked, account.balance)
            yield name, account


def noise(seed):
    """A deterministic stand-in for random events."""
    while True:
        seed = (seed * 1103515245 + 12345) % 2**31
        yield seed >> 8


def main():
    bank = Bank()
    bank.open(Savings("anna", 120000))
    bank.open(Giro("bert", 3000))
    bank.open(Premium("cora", 50000, overdraft=2000))
    shop = bank.open(Giro("shop"))
    for name in ("anna", "bert", "cora"):
        bank.schedule(30, Kind.INTEREST, name)
    bank.schedule(1, Kind.ORDER, "cora", 700, "shop")
    bank.schedule(2, Kind.ORDER, "bert", 400, "anna")
    names = ["anna", "bert", "cora"]
    for day, number in zip(range(1, 180), noise(42)):
        name = names[number % 3]
        if number % 5 < 2:
            bank.schedule(day, Kind.DEPOSIT, name, number % 997)
        elif number % 5 < 4:
            bank.schedule(day, Kind.WITHDRAW, name, number % 2503)
        else:
            bank.schedule(day, Kind.TRANSFER, name, number % 1009, names[(number + 1) % 3])
    bank.run(until=120)
    shop.closed = True
    bank.run(until=200)
    for name, account in bank.audit():
        entries = list(bank.ledger.of(name))
        print("%-5s %8d %3d entries, last: %s" % (name, account.balance, len(entries), entries[-1].text))
    print("refused:", dict(sorted(bank.refused.items())), "waiting:", len(bank.queue))
    print(bank.accounts["cora"], Event(1, 2, Kind.DEPOSIT, "x") < Event(1, 3, Kind.ORDER, "a"))
    print([cls.__name__ for cls in Premium.__mro__])


if __name__ == "__main__":
    main()
