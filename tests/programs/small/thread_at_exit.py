# The main thread ends first; the interpreter waits for the other.
import threading

go = threading.Event()


def last():
    go.wait()
    print("the last words")


threading.Thread(target=last).start()
print("main is done")
go.set()
