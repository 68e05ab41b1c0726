import asyncio
import unittest

from journal import enter
from shop import Cart, fetch_price, fill


def setUpModule():
    enter("setUpModule")


class CartTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        enter("setUpClass")

    def setUp(self):
        enter("setUp")
        self.cart = Cart()
        self.addCleanup(self.clean)

    def clean(self):
        enter("clean")
        self.cart.prices.clear()

    def tearDown(self):
        enter("tearDown")

    def test_total(self):
        enter("test_total")
        for times in (1, 2):
            with self.subTest(times=times):
                self.cart.add(2, times)
        self.assertEqual(self.cart.total(), 6)

    def test_fails(self):
        enter("test_fails")
        self.assertEqual(self.cart.total(), 1)

    def test_raises(self):
        enter("test_raises")
        self.cart.add(-1)

    @unittest.skip("not now")
    def test_skipped(self):
        enter("test_skipped")

    @unittest.expectedFailure
    def test_expected_failure(self):
        enter("test_expected_failure")
        self.fail()


class FetchTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        enter("asyncSetUp")
        # In its debug mode, which unittest switches on, it tells of what takes long: on a busy machine that is anything.
        asyncio.get_running_loop().slow_callback_duration = 60
        self.cart = Cart()
        await fill(self.cart, ["ab"])

    async def test_fetch(self):
        enter("test_fetch")
        self.assertEqual(await fetch_price("kiwi"), 4)

    async def test_fill(self):
        enter("test_fill")
        await fill(self.cart, ["c"])
        self.assertEqual(self.cart.total(), 3)
