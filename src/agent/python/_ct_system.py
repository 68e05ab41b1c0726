"""What the agent asks `sys` while the program runs, and as the interpreter takes itself apart.

By then the names of each module are None, those of `sys` last of all, and code of the program still runs: `__del__` of what
some module held. So the agent takes what it calls from modules at its start.
"""
import sys

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401

BEFORE_MONITORING = sys.version_info < (3, 12)
_NAMES = sys.__dict__


def is_taken_apart():
    """Whether modules are being emptied: `meta_path` goes ahead of them."""
    return _NAMES.get("meta_path") is None


def loaded(name):
    """A module, if it has been imported, and as long as there are any."""
    modules = _NAMES["modules"]
    return dict.get(modules, name) if isinstance(modules, dict) else None
