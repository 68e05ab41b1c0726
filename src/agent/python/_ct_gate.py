"""The gate: whether a code object is recorded, by filters and activation together, and when the recording is on.

adr/0009 has the truth table. The filters decide by code object, once. Activation decides by time: without an activation
file the window opens with the program's own first code, for good; with one it is open as long as a frame of that file
is on the stack of any thread. Code of that file that a filter skips is no code of that file.
"""
import os
import sys
from _io import FileIO
from _thread import RLock
from _weakref import ref
from marshal import dumps

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_filter import MOST_PLACES
from _ct_ring import let_go

# The module with which programs record themselves: the end of its path, and how it begins (python-api.md).
API_FILE = os.sep + "codetracer_recorder.py"
API_BEGINS = b'"""Records parts of the program that imports this into CodeTracer traces, by the recorder `ct-recorder`.'
PSEUDO_FILE = "<"  # how the names of what has no file begin
TEXT = "<string>"  # that of code made from text, whoever makes it
WINDOW = -13
CO_SUSPENDS = 0x20 | 0x80 | 0x200  # generator, coroutine, async generator

# Transitions of the window.
STAYS, ENTERS = range(2)

# An answer: (is this event processed, is the location switched off for good, transition, reason).
RECORDED = (True, False, STAYS, "recorded")
ENTERED = (True, False, ENTERS, "activation file")
WAITS = (False, False, STAYS, "outside of the activation file")
START_UP = (False, False, STAYS, "Python's own start-up")
OWN = (False, True, STAYS, "recorder")
LIBRARY = (False, True, STAYS, "made by a library")
SKIPPED = (False, True, STAYS, "filter")


class _Kept(ref):
    """A weak reference to a code object, with the answer for it."""

    __slots__ = ("answer",)


class Gate:
    """Asks the filters, and knows what no filter says.

    An answer is kept in one place, as long as the code object lives: in `codes.infos` where the code is recorded and
    described, by the interpreter where it switches the only location off itself for good (3.12), else in `kept`.
    """

    def __init__(self, filter_, codes, ring, config, folder):
        self.filter, self.codes, self.ring = filter_, codes, ring
        self.own = (config["folder"] + os.sep, *config["own_files"])
        self.activation, self.folder = config["activation"], folder
        self.of_api = {}  # file name that ends like the module's -> whether it is that
        self.of_activation = {}  # file name -> whether it is the activation file
        self.kept = {}  # id of a code object -> _Kept
        # What is switched off comes on again when the window opens. Where code is suspended it is met at other places.
        self.keeps_refusals = sys.version_info < (3, 12) or self.activation is not None
        self.made_by_library = {}  # id of a code object -> weak reference that takes it out again
        # Where the program runs already, nobody has seen how what is there was made from text: nearly all such functions
        # are methods of named tuples and data classes. Those that the program is seen to make are its own.
        self.made_by_program = None if config["original_words"] is not None else {}
        self.begun = False  # whether code of the program's own has run
        # Until 3.10 `-I` alone keeps the script's folder off sys.path, and it had to be taken out.
        self.drops_script_folder = config["isolated"] and sys.version_info < (3, 11)
        self.is_open = False
        self.on_turn = None  # called with True or False when the window opens or closes, if there is an activation file
        self.holders = {}  # thread -> id of the outermost frame of the activation file on its stack
        self.lock = RLock()
        if self.activation is not None:
            ring.emit(dumps((WINDOW, 0, None), 2))

    def answer(self, code, frame):
        """The answer for `code`, about to run in `frame`."""
        kept = self.kept.get(id(code))
        if kept is not None:
            answer = kept.answer
        else:
            place = code.co_filename, dict.get(frame.f_globals, "__name__")
            if type(place[1]) is str and place[0] != TEXT and self.filter.is_known_to_skip(place):
                answer = SKIPPED
            else:
                answer = self._judge(code, frame)
            if answer[1]:
                if answer is not OWN:
                    self.ring.count_skipped()
                if self.keeps_refusals or code.co_flags & CO_SUSPENDS:
                    self._keep(code, answer)
            elif self.activation is not None and answer is not START_UP:
                self._keep(code, answer)
        return RECORDED if answer is WAITS and self.is_open else answer

    def enter(self, frame, thread):
        """A frame of the activation file begins or goes on."""
        if thread in self.holders or self.ring.is_detached():
            return
        try:
            with self.lock:
                self.holders[thread] = id(frame)
                if not self.is_open:
                    self._turn(True)
        finally:
            let_go(self.lock)

    def leave(self, frame, thread):
        """A frame of the activation file is left: by a return, an exception, or a suspension."""
        if self.holders.get(thread) != id(frame) or self.ring.is_detached():
            return
        self._give_up(thread)

    def leave_unless_running(self, frame, thread):
        """For observers that may have missed a frame's end: `frame` is the innermost of the thread."""
        holder = self.holders.get(thread)
        while holder is not None and frame is not None:
            if id(frame) == holder:
                return
            frame = frame.f_back
        if holder is not None:
            self._give_up(thread)

    def _give_up(self, thread):
        try:
            with self.lock:
                del self.holders[thread]
                if not self.holders:
                    self._turn(False)
        finally:
            let_go(self.lock)

    def _turn(self, is_open):
        self.is_open = is_open
        self.on_turn(is_open)
        if is_open:
            self.ring.mark_activated()
        # Last: a signal handler's exception may come out of it. The recorder goes by the order of the records.
        self.ring.emit(dumps((WINDOW, int(is_open), None), 2))

    def _judge(self, code, frame):
        filename = code.co_filename
        if filename.startswith(self.own) or filename.endswith(API_FILE) and self._is_api(filename):
            return OWN
        if filename.startswith(PSEUDO_FILE):
            # Code that the standard library makes from text (named tuples, data classes) belongs to it, and so do
            # the functions that such code defines, whoever calls them. What the program makes is the program's own.
            if filename == TEXT:
                if id(code) in self.made_by_library:
                    return LIBRARY
                maker = frame.f_back if code.co_name == "<module>" else None
                if maker is not None and not self._passes(maker.f_code):
                    self._note_nested(code, self.made_by_library)
                    return LIBRARY
                if self.made_by_program is not None:
                    if code.co_name == "<module>":
                        self._note_nested(code, self.made_by_program)
                    elif id(code) not in self.made_by_program:
                        return LIBRARY
        module = dict.get(frame.f_globals, "__name__")
        # Only what defines a function knows its qualified name, and it may be skipped where the function is not.
        if self.filter.names_objects:
            self.codes.learn_names(code)
        if not self.filter.records(filename, module, lambda: self.codes.qualname(code)):
            return SKIPPED
        self.codes.learn_names(code)
        if not self.begun and not self._begins(frame):
            return START_UP
        if self.activation is None:
            return RECORDED
        return ENTERED if self.is_activation(filename) else WAITS

    def _is_api(self, filename):
        known = self.of_api.get(filename)
        if known is None:
            try:
                with FileIO(os.path.join(self.folder, filename)) as file:
                    begins = file.read(len(API_BEGINS))
            except (OSError, ValueError):
                begins = b""
            if len(self.of_api) >= MOST_PLACES:
                self.of_api.clear()
            known = self.of_api[filename] = begins == API_BEGINS
        return known

    def _passes(self, code):
        """Whether the filters record `code`, which has run already."""
        kept = self.kept.get(id(code))
        return id(code) in self.codes.infos if kept is None else not kept.answer[1]

    def is_activation(self, filename):
        known = self.of_activation.get(filename)
        if known is None:
            try:
                path = os.path.realpath(os.path.join(self.folder, filename))
            except (OSError, ValueError):  # no name that a file can have
                path = None
            if len(self.of_activation) >= MOST_PLACES:
                self.of_activation.clear()
            known = self.of_activation[filename] = path == self.activation and not filename.startswith(PSEUDO_FILE)
        return known

    def _keep(self, code, answer):
        key, known = id(code), self.kept
        kept = _Kept(code, lambda _: known.pop(key, None))
        kept.answer = answer
        known[key] = kept

    def _note_nested(self, code, made):
        for constant in code.co_consts:
            if type(constant) is type(code):
                key = id(constant)
                made[key] = ref(constant, lambda _, key=key: made.pop(key, None))
                self._note_nested(constant, made)

    def _begins(self, frame):
        """Whether the program's own code runs: all that is not run by Python's own start-up (`site`, `.pth` files)."""
        while frame is not None:
            if dict.get(frame.f_globals, "__name__") == "site":
                return False
            frame = frame.f_back
        self.begun = True
        if self.drops_script_folder:
            del sys.path[0]
        if self.activation is None:
            self.is_open = True
            self.ring.mark_activated()
        return True
