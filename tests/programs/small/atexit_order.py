import atexit
import sys
import threading
import weakref


class Thing:
    pass


def say(text):
    print(text)
    sys.stdout.flush()


@atexit.register
def first_registered():
    say("registered first, runs last")


atexit.register(say, "registered second")
atexit.register(lambda: atexit.register(say, "registered while exiting"))
thing = Thing()
weakref.finalize(thing, say, "finalized at exit")
thread = threading.Thread(target=lambda: say("thread"), name="late")
thread.start()
thread.join()
say("end of main")
