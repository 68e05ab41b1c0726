"""Has lines told by the accelerator, a library in C (`src/agent/native`), where there is one for this interpreter.

It does what `_ct_capture.py`, `_ct_packed.py` and `_ct_values.py` do for code of functions, in a tenth of the time, and
comes back to them for what it can't do. Compiled when there is much to tell (`_ct_later.py`): loading it takes longer than
short programs do.
"""
import _imp
import sys
from _frozen_importlib import ModuleSpec
from _thread import get_ident

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_later import unless_refused
from _ct_packed import LIST, TUPLE
from _ct_packed import _with_kept as with_kept
from _ct_values import BY_REFERENCE, new_walk

NAME = "_ct_native"
INTERFACE = 3  # that of the library's


def load(folder):
    """The library's module; None where there is none that fits, or it can't be loaded."""
    if sys.implementation.name != "cpython" or not (3, 12) <= sys.version_info < (3, 16):
        return None
    return unless_refused(lambda: _load(folder + "/" + NAME + _imp.extension_suffixes()[0]))


def _load(path):
    open(path, "rb").close()  # what can't be read is no failure of the library's
    library = _imp.create_dynamic(ModuleSpec(NAME, None, origin=path))
    _imp.exec_dynamic(library)
    if library.INTERFACE != INTERFACE or not _finds_variables(library):
        raise ImportError("not for this agent and interpreter")
    return library


def _finds_variables(library):
    """Whether it finds in a frame what is there: another patch release may lay frames out in another way."""

    def look(first, second):
        def inner():
            return first, later

        for absent in second:
            later = absent
        return library.variables(), inner

    first, second = [], []
    (code, shared, found), inner = look(first, second)
    there = {"first": first, "second": second, "inner": inner, "library": library}
    return (
        code is look.__code__ and shared is look.__globals__ and found.keys() == there.keys()
        and all([found[name] is there[name] for name in there])
    )


class Accelerator:
    """Makes what tells lines. `ring` and `packer`: the agent's. `codes`: id of a code object -> what the library knows of it."""

    def __init__(self, library, ring, packer, home_thread, codes):
        self.library, self.codes = library, codes
        self.output = library.Output(
            sink=ring.sink, advance=ring.advance, write=ring.emit, define_site=packer.define_site, home_thread=home_thread,
        )

    def line(self, info, code, line, enters):
        """What tells `line` of `code`, once `add` has said of it which variables there are."""
        if info.native is None:
            encoder = info.encoder
            self.look_for(encoder)
            info.native = self.library.Code(
                encoder=encoder.native, number=info.id, lines=info.lines, globals=info.globals,
                hides_returned=info.hidden_return is not None,
            )
            self.codes[id(code)] = info.native
        return self.library.Line(output=self.output, known=info.native, code=code, line=line, enters=enters)

    def observer(self, *callbacks):
        return self.library.Observer(self.output, self.codes, *callbacks)

    def look_for(self, encoder):
        """Has the library look at values in the place of `encoder`."""
        if encoder.native is None:
            self._make_encoder(encoder)

    def _make_encoder(self, encoder):
        depth, items, size = encoder.bounds  # not those that another thread may look at a value with for the moment
        native = self.library.Encoder(
            described=encoder.objects, texts=encoder.texts, allowed=encoder.allowed, new_walk=lambda: new_walk(BY_REFERENCE),
            fallback=encoder.encode, max_items=items, max_bytes=size, max_depth=depth,
        )
        if encoder.native is not None:  # another thread was faster
            return
        encoder.native = native  # first of all: classes that go meanwhile have to be told to it
        for held, *shown in list(encoder.flat.values()):
            cls = held()
            if cls is not None:
                native.show(cls, *shown)
        encoder.kept.when_made(lambda kept: native.keep(kept.tables, _agreement(kept, encoder)))


def _agreement(kept, encoder):
    """What says whether the recorder has a container as it is now, and sees to it where that is little: what is known of
    it; else None."""
    by_kind = []

    def agree(v, kind):
        if kept.memory is None:
            return None
        if not by_kind:
            compiled = with_kept.compiled()
            if compiled is None:
                return None
            by_kind.extend([compiled["agreement"](kept, each, encoder) for each in (LIST, TUPLE)])
        return by_kind[kind](v, get_ident())

    return agree
