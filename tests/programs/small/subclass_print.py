import contextlib
import io
import sys


class Upper(io.TextIOBase):
    def __init__(self, target):
        self.target = target

    def write(self, text):
        return self.target.write(text.upper())


print(sys.stdout is sys.__stdout__, sys.stderr is sys.__stderr__, sys.stdin is sys.__stdin__)
captured = io.StringIO()
with contextlib.redirect_stdout(captured):
    print("captured")
    print("more", file=sys.stderr)
print(repr(captured.getvalue()))
original = sys.stdout
sys.stdout = Upper(original)
print("shouted")
sys.stdout = original
print(type(sys.stdout).__name__, sys.stdout.fileno(), sys.stdout.encoding.lower() != "")
