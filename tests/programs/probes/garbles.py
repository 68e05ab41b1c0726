"""Does to the recorder's files what its first argument says, and goes on for as many lines as the second says."""
import os
import shutil
import struct
import subprocess
import sys
import time

FREED, FILLED, AGENT_PID, AGENT_STATE, HEADER = 64, 128, 136, 144, 64 << 10
RING = next(line.split()[-1] for line in open("/proc/self/maps") if line.rstrip().endswith("/ring"))
FOLDER = os.path.dirname(RING)
TRACE = os.path.join(FOLDER, "trace.ct")
LOOK = os.open(RING, os.O_RDONLY)  # whatever becomes of the name
# Ends when the recorder has shown two more signs of life, between which it looks, or has stopped listening. Another
# process: this one's own lines would fill the ring.
LOOKED_AT = """
import os, time
beat, beats = os.pread(0, 8, 72), 0
for _ in range(30000):
    if beats == 2 or os.pread(0, 1, 84) == b"\\2": break
    time.sleep(0.001)
    last, beat = beat, os.pread(0, 8, 72)
    beats += beat != last
"""


def put(offset, data):
    with open(RING, "r+b") as ring:
        ring.seek(offset)
        ring.write(data)


def put_in_all(data):
    for segment in range(4):
        put(HEADER + (segment << 18), data)


def work(count):
    total = 0
    for number in range(count):
        total += number
    return total


def instead(path, make):
    os.unlink(path)
    make(path)


def moved():
    os.rename(FOLDER, "elsewhere")
    os.symlink(os.path.abspath("elsewhere"), FOLDER)


def replaced_report():
    put(AGENT_PID, struct.pack("<I", 0))
    os.mkfifo(os.path.join(FOLDER, "agent", "unsupported"))


WAYS = {
    "far ahead": lambda: put(FILLED, struct.pack("<Q", 1 << 60)),
    "farthest": lambda: put(FILLED, b"\xff" * 8),
    "a few ahead": lambda: put(FILLED, struct.pack("<Q", 40)),
    "backwards": lambda: put(FILLED, bytes(8)),
    "given back": lambda: put(FREED, bytes(8)),
    "detached": lambda: put(AGENT_STATE, struct.pack("<I", 2)),
    "another state": lambda: put(AGENT_STATE, struct.pack("<I", 77)),
    "random header": lambda: put(0, os.urandom(HEADER)),
    "random segments": lambda: put(HEADER, os.urandom(1 << 20)),
    "huge number": lambda: put_in_all(b"(\4\0\0\0l\xff\xff\xff\x7f" * 9000),
    "huge text": lambda: put_in_all(b"(\4\0\0\0i\xf4\xff\xff\xffu\xff\xff\xff\xff" * 9000),
    "cut short": lambda: os.truncate(RING, 1000),
    "longer": lambda: os.truncate(RING, 1 << 30),
    "removed": lambda: shutil.rmtree(FOLDER),
    "moved": moved,
    "ring a pipe": lambda: instead(RING, os.mkfifo),
    "trace a pipe": lambda: instead(TRACE, os.mkfifo),
    "trace a link": lambda: instead(TRACE, lambda path: os.symlink("/etc/passwd", path)),
    "metadata a pipe": lambda: instead(os.path.join(FOLDER, "trace_metadata.json"), os.mkfifo),
    "report a pipe": replaced_report,
}


# Until the recorder has opened all that it opens.
while not os.path.exists(TRACE):
    time.sleep(0.001)
work(int(sys.argv[2]))
# Until it has read a segment: as long as it hasn't, a count of none is a possible one, and mends itself with the next.
while os.pread(LOOK, 8, FREED) == bytes(8):
    time.sleep(0.001)
WAYS[sys.argv[1]]()
subprocess.call([sys.executable, "-I", "-S", "-c", LOOKED_AT], stdin=LOOK)  # before the agent's next turn
sys.stdout.write("garbled\n")
sys.stdout.flush()
work(int(sys.argv[2]))
print("ended")
