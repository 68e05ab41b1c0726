# Every form that sys.exit takes, caught; and at last the one that is not.
import sys

for argument in (None, 0, 3, True, 2.5, "text", (1,), [2], -1, 256, 2**40):
    try:
        sys.exit(argument)
    except SystemExit as stop:
        print(repr(stop.code))


class Odd:
    def __str__(self):
        return "an object with a text"


raise SystemExit(Odd())
# harness: status 1
