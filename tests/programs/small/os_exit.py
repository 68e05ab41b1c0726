import atexit
import os
import sys

atexit.register(print, "never")


def leave(status):
    sys.stdout.flush()
    os._exit(status)


print("hard exit")
leave(9)
# harness: status 9
