"""What the agent puts in the place of the program's own, so that it can be taken back."""
from _ct_builtins import BUILTINS as __builtins__  # noqa: F401

_ABSENT = object()


class Changes:
    def __init__(self):
        self.made = []

    def put(self, owner, name, value):
        """Sets an attribute of `owner`, an object with a dict of its own."""
        self.made.append((owner, name, value, owner.__dict__.get(name, _ABSENT)))
        setattr(owner, name, value)

    def take_back(self):
        """Each attribute as it was, but for those that the program has set meanwhile.

        Where a signal handler's exception comes out of it, it may be called again.
        """
        made = self.made
        while made:
            owner, name, value, before = made[-1]
            if owner.__dict__.get(name, _ABSENT) is value:
                if before is _ABSENT:
                    delattr(owner, name)
                else:
                    setattr(owner, name, before)
            made.pop()
