import asyncio


async def worker(name, queue, results):
    while True:
        item = await queue.get()
        try:
            if item == 13:
                raise ValueError("unlucky")
            results.append((name, item * item))
        except ValueError as error:
            results.append((name, str(error)))
        finally:
            queue.task_done()


async def leaf(n):
    await asyncio.sleep(0)
    return n


async def chain(n):
    if n == 0:
        return await leaf(100)
    return await chain(n - 1) + 1


async def main():
    queue = asyncio.Queue()
    results = []
    for item in (1, 2, 13, 4):
        queue.put_nowait(item)
    tasks = [asyncio.ensure_future(worker("w%d" % n, queue, results)) for n in range(2)]
    await queue.join()
    for task in tasks:
        task.cancel()
    outcome = await asyncio.gather(*tasks, return_exceptions=True)
    print(sorted(results, key=str), [type(error).__name__ for error in outcome])
    print(await chain(4))
    print(await asyncio.gather(*(leaf(n) for n in range(5))))
    try:
        await asyncio.wait_for(asyncio.Event().wait(), 0.01)
    except asyncio.TimeoutError:
        print("timeout")


def by_hand():
    async def parrot():
        class Pause:
            def __await__(self):
                return (yield "pausing")

        got = await Pause()
        return "parrot says " + got

    coroutine = parrot()
    print(coroutine.send(None))
    try:
        coroutine.send("hello")
    except StopIteration as stop:
        print(stop.value)


asyncio.run(main())
by_hand()
