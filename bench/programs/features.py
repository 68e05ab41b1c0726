"""Classes with attributes, generators, exceptions and asyncio: what most programs are made of. Takes a number of trades."""

import asyncio
import sys


class Account:
    def __init__(self, number, owner):
        self.number = number
        self.owner = owner
        self.balance = 0
        self.history = []

    def deposit(self, amount):
        if amount <= 0:
            raise ValueError("nothing to deposit: %d" % amount)
        self.balance += amount
        self.history.append(("deposit", amount))

    def withdraw(self, amount):
        if amount > self.balance:
            raise OverdrawnError(self, amount)
        self.balance -= amount
        self.history.append(("withdraw", amount))


class OverdrawnError(Exception):
    def __init__(self, account, amount):
        super().__init__("account %d has %d, not %d" % (account.number, account.balance, amount))
        self.missing = amount - account.balance


class Savings(Account):
    rate = 3

    @property
    def interest(self):
        return self.balance * self.rate // 100

    def deposit(self, amount):
        super().deposit(amount)
        if len(self.history) > 4:
            self.history = self.history[-4:]


def amounts(seed, number):
    for _ in range(number):
        seed = seed * 1103515245 + 12345 & 0x7FFFFFFF
        yield seed % 200 - 20


def pairs(values):
    previous = None
    for value in values:
        if previous is not None:
            yield previous, value
        previous = value


def trade(accounts, seed, number):
    failed = 0
    for turn, (first, second) in enumerate(pairs(amounts(seed, number))):
        account = accounts[turn % len(accounts)]
        try:
            account.deposit(first)
            account.withdraw(second)
        except OverdrawnError as error:
            failed += error.missing > 0
        except ValueError:
            failed += 1
        finally:
            account.last_turn = turn
    return failed


async def worker(name, queue, results):
    while True:
        number = await queue.get()
        if number is None:
            return
        results[number] = name
        await asyncio.sleep(0)


async def serve(number):
    queue, results = asyncio.Queue(), {}
    workers = [asyncio.ensure_future(worker("worker %d" % n, queue, results)) for n in range(3)]
    for item in range(number):
        queue.put_nowait(item)
    for _ in workers:
        queue.put_nowait(None)
    await asyncio.gather(*workers)
    return len(results)


def main(trades):
    accounts = [Savings(number, "owner %d" % number) for number in range(5)]
    failed = trade(accounts, 7, trades)
    print(failed, [account.interest for account in accounts])
    print(asyncio.run(serve(trades // 5)))


main(int(sys.argv[1]) if len(sys.argv) > 1 else 800)
