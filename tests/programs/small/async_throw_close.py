import asyncio
import sys

# How asyncio ends what is left over is timing; what happens to these is not.


async def source(name):
    try:
        while True:
            try:
                got = yield name
                print(name, "got", got)
            except KeyError as error:
                print(name, "caught", error)
                yield "caught"
    except GeneratorExit:
        print(name, "is closed")
        raise
    finally:
        print(name, "ends")


async def stubborn():
    try:
        yield 1
    except GeneratorExit:
        yield 2


async def delegating(inner):
    async for item in inner:
        yield item
        return


class Step:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        try:
            got = yield self.value
        except ValueError as error:
            print("thrown into an await:", error)
            got = "instead"
        return got


async def chain(depth):
    if depth:
        return [depth, await chain(depth - 1)]
    return await Step("bottom")


async def goes_on(depth):
    got = await chain(depth)
    got.append("more")
    return await chain(0), got


async def main():
    first = source("first")
    print(await first.asend(None), await first.asend("sent"), await first.athrow(KeyError("k")))
    print(await first.__anext__())
    await first.aclose()
    await first.aclose()
    try:
        await first.asend(None)
    except StopAsyncIteration:
        print("nothing after the end")
    second = source("second")
    try:
        await second.athrow(ValueError("before the start"))
    except ValueError as error:
        print(error)
    third = source("third")
    await third.__anext__()
    try:
        await third.athrow(OSError("through"))
    except OSError as error:
        print(error)
    fourth = stubborn()
    await fourth.__anext__()
    try:
        await fourth.aclose()
    except RuntimeError as error:
        print(error)
    inner = source("inner")
    outer = delegating(inner)
    print([item async for item in outer])
    await inner.aclose()


def drive(coroutine, *answers):
    try:
        print("first", coroutine.send(None))
        for answer in answers:
            if isinstance(answer, Exception):
                print("then", coroutine.throw(answer))
            else:
                print("then", coroutine.send(answer))
    except StopIteration as stop:
        print("result", stop.value)
    except Exception as error:
        print(type(error).__name__, error)


asyncio.run(main())
drive(chain(2), "answer")
drive(chain(1), ValueError("v"))
drive(chain(1), KeyError("k"))
drive(goes_on(1), ValueError("v"), "answer")
drive(goes_on(1), "answer", ValueError("v"))
unfinished = chain(3)
unfinished.send(None)
unfinished.close()
sys.stdout.flush()
