import pytest

from journal import enter
from shop import Cart


@pytest.fixture
def cart():
    enter("cart")
    cart = Cart()
    yield cart
    enter("cart")
    cart.prices.clear()


@pytest.fixture(scope="session", autouse=True)
def shop_is_open():
    enter("shop_is_open")
    return True
