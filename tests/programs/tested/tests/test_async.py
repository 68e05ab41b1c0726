import asyncio

import pytest
import pytest_asyncio

from journal import enter
from shop import fetch_price, fill


@pytest_asyncio.fixture
async def full_cart(cart):
    enter("full_cart")
    await fill(cart, ["a", "bc"])
    yield cart
    enter("full_cart")


@pytest.mark.asyncio
async def test_fetch():
    enter("test_fetch")
    assert await fetch_price("pear") == 4


@pytest.mark.asyncio
async def test_full(full_cart):
    enter("test_full")
    assert full_cart.total() == 3


@pytest.mark.asyncio
async def test_fails_later(cart):
    enter("test_fails_later")
    await fill(cart, ["plum"])
    assert cart.total() == 5


def test_own_loop(cart):
    enter("test_own_loop")
    asyncio.run(fill(cart, ["fig"]))
    assert cart.total() == 3
