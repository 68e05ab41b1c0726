"""Answers "is this code object recorded?" by the recorder's filters, and opens with the program's own first code."""
import os
import sys
from _weakref import ref

PSEUDO_FILE = "<"  # how the names of what has no file begin


class Gate:
    """Asks the filter, and knows what no filter says; every answer is kept by the caller, per code object."""

    def __init__(self, filter_, codes, own_folder, isolated, count_skipped):
        self.filter, self.codes, self.count_skipped = filter_, codes, count_skipped
        self.own = own_folder + os.sep
        self.made_by_library = {}  # id of a code object -> weak reference that takes it out again
        self.active = False
        # Until 3.10 `-I` alone keeps the script's folder off sys.path, and it had to be taken out.
        self.drops_script_folder = isolated and sys.version_info < (3, 11)

    def records(self, code, frame, caller_is_recorded):
        """Whether `code`, first met in `frame`, is recorded; None: not now. `caller_is_recorded` says so of others."""
        if code.co_filename.startswith(self.own):
            return False
        recorded = self._judge(code, frame, caller_is_recorded)
        if recorded is False:
            self.count_skipped()
        return recorded

    def _judge(self, code, frame, caller_is_recorded):
        filename = code.co_filename
        if self.filter.names_objects:
            self.codes.learn_names(code)
        if filename.startswith(PSEUDO_FILE):
            # Code that the standard library makes from text (named tuples, data classes) belongs to it, and so do
            # the functions that such code defines, whoever calls them.
            if filename == "<string>":
                if id(code) in self.made_by_library:
                    return False
                caller = frame.f_back
                if caller is not None and not caller_is_recorded(caller.f_code):
                    self._refuse_nested(code)
                    return False
        module = dict.get(frame.f_globals, "__name__")
        if not self.filter.records(filename, module, lambda: self.codes.qualname(code)):
            return False
        return self.active or self._activate(frame)

    def _refuse_nested(self, code):
        made = self.made_by_library
        for constant in code.co_consts:
            if type(constant) is type(code):
                key = id(constant)
                made[key] = ref(constant, lambda _, key=key: made.pop(key, None))
                self._refuse_nested(constant)

    def _activate(self, frame):
        """Opens the gate with the first code that is not run by Python's own start-up (`site`, `.pth` files)."""
        while frame is not None:
            if dict.get(frame.f_globals, "__name__") == "site":
                return None
            frame = frame.f_back
        self.active = True
        if self.drops_script_folder:
            del sys.path[0]
        return True
