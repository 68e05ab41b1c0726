import asyncio


async def ticks(n):
    try:
        for i in range(n):
            await asyncio.sleep(0)
            got = yield i
            if got is not None:
                print("got", got)
    finally:
        await asyncio.sleep(0)
        print("ticks cleaned up")


async def doubled(source):
    async for item in source:
        yield item * 2


class Resource:
    def __init__(self, name):
        self.name = name

    async def __aenter__(self):
        await asyncio.sleep(0)
        print("enter", self.name)
        return self

    async def __aexit__(self, kind, error, traceback):
        await asyncio.sleep(0)
        print("exit", self.name, kind and kind.__name__)
        return kind is LookupError


class Countdown:
    def __init__(self, n):
        self.n = n

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.n == 0:
            raise StopAsyncIteration
        self.n -= 1
        return self.n


class Awaitable:
    def __await__(self):
        got = yield from asyncio.sleep(0, "slept").__await__()
        return got + "!"


async def main():
    print([item async for item in doubled(ticks(3))])
    generator = ticks(4)
    print(await generator.__anext__(), await generator.asend("sent"))
    await generator.aclose()
    async with Resource("one") as one:
        print("with", one.name)
    async with Resource("two"):
        raise LookupError("swallowed")
    print({n: n * n async for n in Countdown(3)})
    print(await Awaitable())
    print(sum([n async for n in ticks(4) if n % 2]))


asyncio.run(main())
