import asyncio


def failing(*kinds):
    errors = []
    for kind in kinds:
        try:
            raise kind("no " + kind.__name__)
        except kind as error:
            error.add_note("a note")
            errors.append(error)
    return ExceptionGroup("several", errors)


def sorted_out(*kinds):
    seen = []
    try:
        raise failing(*kinds)
    except* (ValueError, TypeError) as group:
        seen.append([type(error).__name__ for error in group.exceptions])
    except* KeyError as group:
        seen.append(len(group.exceptions))
        raise RuntimeError("from a handler") from group
    else:
        seen.append("nothing")
    finally:
        seen.append("end")
    return seen


def nothing():
    try:
        result = "fine"
    except* OSError:
        result = "never"
    return result


async def worker(n):
    await asyncio.sleep(0)
    if n:
        raise ValueError(n)
    return n


async def main():
    try:
        async with asyncio.TaskGroup() as group:
            for n in range(3):
                group.create_task(worker(n))
    except* ValueError as caught:
        print(sorted(error.args[0] for error in caught.exceptions))


print(sorted_out(ValueError, TypeError), nothing())
try:
    sorted_out(KeyError, ValueError, KeyError)
except ExceptionGroup as group:
    print(repr(group), group.exceptions[0].__cause__)
try:
    sorted_out(OSError)
except ExceptionGroup as group:
    print(group.subgroup(OSError), group.split(ValueError)[0])
asyncio.run(main())
# harness: status 1
