# As raises.py, for coroutines and tasks.
import asyncio
import sys


class Boom(Exception):
    pass


def tell(what, error, depth):
    print(what, "%s: %s" % (type(error).__name__, error) if what == "raise" else type(error).__name__,
          "in", sys._getframe(depth + 1).f_code.co_name)


def raising(error):
    tell("raise", error, 1)
    return error


def caught(error):
    tell("catch", error, 1)


async def leaf(text):
    await asyncio.sleep(0)
    raise raising(Boom(text))


async def middle(text):
    return await leaf(text)


async def awaited():
    try:
        await middle("through await")
    except Boom as error:
        caught(error)


async def items(last):
    for n in range(last):
        yield n
    if last == 3:
        raise raising(Boom("in async generator"))


async def async_loops():
    async for _ in items(2):
        pass
    found = [n async for n in items(2)]
    try:
        async for _ in items(3):
            pass
    except Boom as error:
        caught(error)
    last = items(0)
    try:
        await last.__anext__()
    except StopAsyncIteration as error:
        raising(error)
        caught(error)
    return found


class Manager:
    async def __aenter__(self):
        await asyncio.sleep(0)

    async def __aexit__(self, kind, error, traceback):
        await asyncio.sleep(0)
        return kind is Boom


async def async_with():
    async with Manager():
        raise raising(Boom("swallowed"))
    caught(Boom())
    try:
        async with Manager():
            raise raising(KeyError("not swallowed"))
    except KeyError as error:
        caught(error)


async def in_finally():
    try:
        try:
            raise raising(Boom("waits"))
        finally:
            await asyncio.sleep(0)
    except Boom as error:
        caught(error)


async def gathered():
    found = await asyncio.gather(middle("one"), middle("two"), return_exceptions=True)
    return len(found)


async def side_by_side():
    """Two tasks whose exceptions are on their way at the same time."""
    async def one(kind):
        try:
            try:
                raise raising(kind("both"))
            finally:
                await asyncio.sleep(0)
        except kind as error:
            caught(error)
    await asyncio.gather(one(Boom), one(KeyError))


async def main():
    for function in awaited, async_loops, async_with, in_finally, gathered, side_by_side:
        print("#", function.__name__)
        await function()


asyncio.run(main())
