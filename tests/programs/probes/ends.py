"""Makes the recorder fail in the way its first argument says, and then ends in the way the second says.

A third one, `ended`, says that it will be ended when the recorder has failed while it ran, however long that takes.
"""
import os
import resource
import shutil
import signal
import struct
import sys
import time

FAILURE, END = sys.argv[1:3]
HEADER, RECORDER_STATE, STOPPED = 64 << 10, 84, 2
open("ran", "w").close()


def ring_path():
    with open("/proc/self/maps") as maps:
        return next(line.split()[-1] for line in maps if line.rstrip().endswith("/ring"))


def garble(path):
    with open(path, "r+b") as ring:
        ring.seek(HEADER)
        ring.write(b"\x99" * 64)


def limit_files(path):
    # The recorder's own limit, as an administrator could set it; the ring itself stays writable.
    size = os.path.getsize(path) + (1 << 20)
    resource.prlimit(os.getppid(), resource.RLIMIT_FSIZE, (size, size))


def has_stopped(path):
    with open(path, "rb") as ring:
        ring.seek(RECORDER_STATE)
        return struct.unpack("<I", ring.read(4))[0] == STOPPED


def keep_busy(path):
    until = time.monotonic() + 120
    while not has_stopped(path) and time.monotonic() < until:
        for number in range(3000):
            text = str(number)
    assert has_stopped(path), "the recorder noticed nothing"
    if sys.argv[3:] == ["ended"]:
        time.sleep(30)


if FAILURE == "garbage":
    where = ring_path()
    garble(where)
    keep_busy(where)
elif FAILURE == "limit":
    where = ring_path()
    limit_files(where)
    keep_busy(where)
elif FAILURE == "gone":
    shutil.rmtree("out")

if END == "exit":
    sys.exit(3)
elif END == "own-exit":
    class Meta(type):
        __eq__ = __hash__ = None

    class Stop(SystemExit, metaclass=Meta):
        __class__ = property(lambda self: 1 / 0)

    raise Stop(6)
elif END == "os-exit":
    os._exit(4)
elif END == "text":
    sys.exit("text")
elif END == "uncaught":
    raise ValueError("v")
elif END == "terminated":
    os.kill(os.getpid(), signal.SIGTERM)
elif END == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
elif END == "real-time":
    os.kill(os.getpid(), signal.SIGRTMIN)
elif END == "exec":
    os.execv(sys.executable, [sys.executable, "-c", "raise SystemExit(5)"])
