# harness: no-oracle the process is gone before anything can be compared
import os
import signal
import sys

print("before")
sys.stdout.flush()
os.kill(os.getpid(), signal.SIGKILL)
print("never")
# harness: status 137
