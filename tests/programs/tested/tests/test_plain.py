import sys

import pytest

from journal import enter


def test_total(cart):
    enter("test_total")
    cart.add(3)
    cart.add(4, times=2)
    assert cart.total() == 11


def test_fails(cart):
    enter("test_fails")
    cart.add(1)
    assert cart.total() == 2, "one is not two"


def test_error(missing_fixture):
    enter("test_error")


@pytest.mark.skip(reason="not now")
def test_skipped():
    enter("test_skipped")


@pytest.mark.xfail(strict=True)
def test_expected_failure(cart):
    enter("test_expected_failure")
    assert cart.total() == 1


class TestPrices:
    def setup_method(self):
        enter("setup_method")
        self.factor = 2

    @pytest.mark.parametrize("price", [1, 20], ids=["low", "high"])
    @pytest.mark.parametrize("times", [1, 2])
    def test_times(self, cart, price, times):
        enter("test_times")
        cart.add(price, times)
        assert cart.total() * self.factor == 2 * price * times

    def test_negative(self, cart):
        enter("test_negative")
        with pytest.raises(ValueError, match="negative"):
            cart.add(-1)


def test_prints(capsys):
    enter("test_prints")
    print("out")
    print("err", file=sys.stderr)
    assert capsys.readouterr() == ("out\n", "err\n")
    print("shown with -rP")
