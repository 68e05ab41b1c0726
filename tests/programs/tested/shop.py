"""The code under test."""
import asyncio

from journal import enter


class Cart:
    def __init__(self):
        enter("__init__")
        self.prices = []

    def add(self, price, times=1):
        enter("add")
        if price < 0:
            raise ValueError("negative price: %d" % price)
        self.prices += [price] * times

    def total(self):
        enter("total")
        return sum(self.prices)


async def fetch_price(name):
    enter("fetch_price")
    await asyncio.sleep(0)
    enter("fetch_price")
    return len(name)


async def fill(cart, names):
    enter("fill")
    for name in names:
        price = await fetch_price(name)
        cart.add(price)
