# harness: no-oracle the process ends by the signal
import os
import signal

print("before")
os.kill(os.getpid(), signal.SIGINT)
while True:
    pass
# harness: status 130
