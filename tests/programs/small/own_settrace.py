# harness: no-oracle two tracers cannot share sys.settrace
import sys

seen = []


def tracer(frame, event, argument):
    if frame.f_code.co_name == "watched":
        seen.append((event, frame.f_lineno))
        return tracer
    return None


def watched(n):
    n += 1
    return n


sys.settrace(tracer)
watched(1)
sys.settrace(None)
watched(2)
profiled = []
sys.setprofile(lambda frame, event, argument: profiled.append(event) if frame.f_code.co_name == "watched" else None)
watched(3)
sys.setprofile(None)
print(seen, profiled)
