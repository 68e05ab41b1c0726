# harness: no-oracle a daemon thread is stopped wherever it is
import threading
import time

started = threading.Event()


def forever():
    n = 0
    while True:
        n += 1
        started.set()
        time.sleep(0.0001)


threading.Thread(target=forever, daemon=True).start()
started.wait()
print("done")
