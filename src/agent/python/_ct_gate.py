"""Answers "is this code object recorded?" with the rules that the recorder handed over."""
import os
import sys
from _weakref import ref

PSEUDO_FILE = "<"  # how the names of what has no file begin


class Gate:
    """Holds the recorder's rules, compiled for one interpreter; every answer is kept by the caller, per code object."""

    def __init__(self, rules, own_folder, isolated, count_skipped):
        self.own = own_folder + os.sep
        self.count_skipped = count_skipped
        library = os.path.dirname(os.__file__) + os.sep
        self.library = (library, library[:-1] + ".zip")
        self.packages_folders = tuple(os.sep + name + os.sep for name in rules["third_party_folders"])
        self.skipped_files = tuple(os.sep + name for name in rules["skip_files"])
        self.skipped_packages = frozenset(rules["skip_packages"])
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
        if filename.startswith(PSEUDO_FILE):
            if filename.startswith("<frozen "):
                return False
            # Code that the standard library makes from text (named tuples, data classes) belongs to it, and so do
            # the functions that such code defines, whoever calls them.
            if filename == "<string>":
                if id(code) in self.made_by_library:
                    return False
                caller = frame.f_back
                if caller is not None and not caller_is_recorded(caller.f_code):
                    self._refuse_nested(code)
                    return False
        elif filename.startswith(self.library) and not any(name in filename for name in self.packages_folders):
            return False
        elif filename.endswith(self.skipped_files):
            return False
        module = dict.get(frame.f_globals, "__name__")
        if type(module) is str and module.partition(".")[0] in self.skipped_packages:
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
