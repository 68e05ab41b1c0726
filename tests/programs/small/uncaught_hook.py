# harness: no-oracle the slow tracer's own frames are in the traceback that the hook walks through
import sys


def hook(kind, error, traceback):
    depth = 0
    while traceback:
        depth += 1
        name = traceback.tb_frame.f_code.co_name
        traceback = traceback.tb_next
    print("hook:", kind.__name__, error, depth, name, file=sys.stderr)


sys.excepthook = hook


def fail():
    raise LookupError("not found")


fail()
# harness: status 1
