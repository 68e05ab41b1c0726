"""Begins the agent, and leaves no trace of that in `sys.path`, `sys.modules` and the environment.

`sitecustomize.py` has put here what it has read: CONFIG, the recording's; SOURCES, the agent's modules by name, each as text
or as bytecode of this very interpreter's; `code_of`, which makes code of one; and LIBRARY, which has modules of the standard
library imported.
"""
# ruff: noqa: F821
import sys
from _frozen_importlib import ModuleSpec


class _Finder:
    """Has the agent's modules imported from what was read: no folder is searched, no file opened."""

    def __init__(self, sources, code_of):
        self.sources, self.code_of = sources, code_of

    def find_spec(self, name, path=None, target=None):
        source = self.sources.get(name)
        return None if source is None else ModuleSpec(name, _Loader(source, self.code_of))


class _Loader:
    """Loads one of them."""

    def __init__(self, source, code_of):
        self.source, self.code_of = source, code_of

    def get_code(self, name):
        return self.code_of(name, self.source)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        code = self.get_code(module.__name__)
        module.__file__ = code.co_filename
        exec(code, module.__dict__)


def start_in_program(*arguments):
    """Starts the agent in a program that runs already; returns what `_ct_start.start` does, which gets `arguments`."""
    finder = _Finder(SOURCES, code_of)
    sys.meta_path.insert(0, finder)
    try:
        with LIBRARY:
            from _ct_start import start

            return start(CONFIG, *arguments)
    finally:
        sys.meta_path.remove(finder)
        for name in SOURCES:
            sys.modules.pop(name, None)


def _put_in_order(os, names):
    """Has the environment in the order of `names`; what Python itself has set comes behind them, as it does elsewhere."""
    if os.name != "posix" or type(os.environ) is not os._Environ:
        return
    variables = os.environ._data
    found = list(variables)
    first = [name for name in map(os.fsencode, names) if name in variables]
    known = set(first)
    wanted = first + [name for name in found if name not in known]
    if wanted == found or b"" in variables:
        return
    for name in wanted:
        value = variables.pop(name)
        os.unsetenv(name)
        os.putenv(name, value)
        variables[name] = value


def start_with_python():
    """Starts the agent as Python starts."""
    loaded_before = set(sys.modules) - {"_ct_entry", "sitecustomize"}
    import os

    folder = CONFIG["folder"]
    # First of all: imports would look there ahead of where there is something for them.
    sys.path[:] = [entry for entry in sys.path if entry != folder]
    sys.path_importer_cache.pop(folder, None)
    for key, value in CONFIG["environment"].items():
        if value is None:
            os.environ.pop(key, None)
        else:
            os.environ[key] = value
    _put_in_order(os, CONFIG["environment_order"])
    try:
        start_in_program()
    finally:
        # Built-in and extension modules load again on demand; what the program did not import, it must not see.
        for name in set(sys.modules) - loaded_before:
            del sys.modules[name]
