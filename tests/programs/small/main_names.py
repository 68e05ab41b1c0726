# harness: no-oracle the slow tracer makes a __main__ that is almost, but not quite, like Python's
# harness: args one -v --flag=x "" -- last
import os
import sys

print(__name__, __file__, __package__, __spec__, __doc__)
print(sys.argv, sys.path[0] == os.path.dirname(os.path.abspath(__file__)))
print(sorted(name for name in globals() if name.startswith("__")))
print(type(__loader__).__name__, type(__builtins__).__name__, __annotations__ if "__annotations__" in globals() else None)
main = sys.modules["__main__"]
print(main.__file__, main.__dict__ is globals(), main.sys is sys)
