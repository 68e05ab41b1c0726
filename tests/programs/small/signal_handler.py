import os
import signal

caught = []


def handler(number, frame):
    caught.append((signal.Signals(number).name, frame.f_code.co_name))


def interrupted():
    os.kill(os.getpid(), signal.SIGUSR1)
    for _ in range(3):
        pass
    return len(caught)


class Timeout(Exception):
    pass


def raise_timeout(number, frame):
    raise Timeout("after alarm")


signal.signal(signal.SIGUSR1, handler)
print(interrupted(), caught)
signal.signal(signal.SIGALRM, raise_timeout)
try:
    os.kill(os.getpid(), signal.SIGALRM)
    while True:
        pass
except Timeout as error:
    print("caught", error)
try:
    os.kill(os.getpid(), signal.SIGINT)
    while True:
        pass
except KeyboardInterrupt:
    print("interrupted")
