"""Tells lines all of whose variables are numbers, truth values or None: packed by one C call, without a tuple or a walk.

Each variable is taken by its name and its type compared in place, so there is a function for each number of them. A line
gets one when it shows the same variables for the second time, with their types as they are then; where they turn out to
be others, it is told the general way, and gets another function, a few times.
"""
from _struct import Struct
from _struct import error as OutOfRange
from _thread import get_ident
from itertools import count

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_guard import of_program
from _ct_later import Later

SITE = -24
PACKED_LINE, PACKED_RETURN, PACKED_YIELD, PACKED_RETURN_NONE, PACKED_YIELD_NONE = range(1, 6)
KEPT_LETTER, KEPT_FORM = "k", "ii"  # in SITE and for `struct`: a slot and a version, behind the values that are plain
END = 0x4E  # as all records end
LEAVING, LEAVING_NONE = "<BIqqB", "<BIqB"  # PACKED_…, code, thread, [value], END
LIST, TUPLE = 0, 1  # as KEPT has them
MOST_NAMES = 5
TRIES = 4  # functions for one line with the same variables

# Types with what SITE calls them, and how `struct` packs their values.
_FORMS = ((int, "i", "q"), (float, "f", "d"), (bool, "b", "?"), (type(None), "n", "?"))


class Packer:
    """Makes functions that tell a frame's line.

    They say True, False where types changed, and None where variables did: no exception, for one that a signal handler of
    the program raises may come out of them as well.
    """

    def __init__(self, emit, ring, home_thread):
        self.emit, self.shared = emit, (ring.sink, ring.advance, home_thread)
        self.next_site = count().__next__  # threads meet new lines at the same time
        self.packs = {}

    def teller(self, info, line, layout, names, values):
        """A function for lines as this one, which shows `values`; None where one of them is of another type."""
        kinds, codes, types = _forms(values)
        if len(types) < len(values):
            return None
        known = info.tellers.get((layout, line, kinds))
        if known is None:
            head, pack = self._site(layout, line, kinds, codes)
            known = info.tellers[layout, line, kinds] = _MAKERS[len(names)](head, pack, *self.shared, *names, *types)
        return known

    def kept_teller(self, info, line, layout, names, values, place):
        """The same where one of `values`, at `place`, is a list or tuple that is kept. None as long as their pointers can't
        be read."""
        kept, compiled = info.encoder.kept.look.__self__, _with_kept.compiled()
        if kept.memory is None or compiled is None:
            return None
        names, values = list(names), list(values)
        container, of_kind = names.pop(place), type(values.pop(place))
        kinds, codes, types = _forms(values)
        if len(types) < len(values):
            return None
        kinds = kinds[:place] + KEPT_LETTER + kinds[place:]
        key = (layout, line, kinds, of_kind)
        known = info.tellers.get(key)
        if known is None:
            head, pack = self._site(layout, line, kinds, codes + KEPT_FORM)
            agreed = compiled["agreement"](kept, LIST if of_kind is list else TUPLE, info.encoder)
            known = compiled["teller"](head, pack, self.shared, container, of_kind, agreed, names, types)
            info.tellers[key] = known
        return known

    def define_site(self, layout, line, kinds):
        """The number of a new site, which the recorder knows from now on."""
        site = self.next_site()
        self.emit((SITE, site, layout, line, kinds, None))
        return site

    def _site(self, layout, line, kinds, codes):
        """What records of a new site begin with, and what packs them."""
        site = self.define_site(layout, line, kinds)
        pack = self.packs.get(codes)
        if pack is None:
            pack = self.packs[codes] = Struct("<5sq%sB" % codes).pack
        return bytes((PACKED_LINE,)) + site.to_bytes(4, "little"), pack


def _forms(values):
    """(kinds, how `struct` packs them, types) of `values`, up to the first of another type."""
    kinds, codes, types = "", "", []
    for value in values:
        for form in _FORMS:
            if type(value) is form[0]:
                types.append(form[0])
                kinds += form[1]
                codes += form[2]
                break
        else:
            break
    return kinds, codes, types


def _of_none(head, pack, sink, advance, home_thread):
    def tell(frame):
        if len(frame.f_locals) != 0:
            return None
        data = pack(head, get_ident() - home_thread, END)
        try:
            sink[0](data)
        except ValueError as error:
            if of_program(error):
                raise
            advance(data)
        return True

    return tell


def _of_one(head, pack, sink, advance, home_thread, first, first_type):
    def tell(frame):
        bound = frame.f_locals
        if len(bound) != 1:
            return None
        try:
            a = bound[first]
        except KeyError as error:
            if of_program(error):
                raise
            return None
        if type(a) is not first_type:
            return False
        try:
            data = pack(head, get_ident() - home_thread, a, END)
        except OutOfRange:
            return False
        try:
            sink[0](data)
        except ValueError as error:
            if of_program(error):
                raise
            advance(data)
        return True

    return tell


def _of_two(head, pack, sink, advance, home_thread, first, second, first_type, second_type):
    def tell(frame):
        bound = frame.f_locals
        if len(bound) != 2:
            return None
        try:
            a, b = bound[first], bound[second]
        except KeyError as error:
            if of_program(error):
                raise
            return None
        if type(a) is not first_type or type(b) is not second_type:
            return False
        try:
            data = pack(head, get_ident() - home_thread, a, b, END)
        except OutOfRange:
            return False
        try:
            sink[0](data)
        except ValueError as error:
            if of_program(error):
                raise
            advance(data)
        return True

    return tell


def _of_three(head, pack, sink, advance, home_thread, first, second, third, first_type, second_type, third_type):
    def tell(frame):
        bound = frame.f_locals
        if len(bound) != 3:
            return None
        try:
            a, b, c = bound[first], bound[second], bound[third]
        except KeyError as error:
            if of_program(error):
                raise
            return None
        if type(a) is not first_type or type(b) is not second_type or type(c) is not third_type:
            return False
        try:
            data = pack(head, get_ident() - home_thread, a, b, c, END)
        except OutOfRange:
            return False
        try:
            sink[0](data)
        except ValueError as error:
            if of_program(error):
                raise
            advance(data)
        return True

    return tell


def _of_four(
    head, pack, sink, advance, home_thread, first, second, third, fourth, first_type, second_type, third_type, fourth_type
):
    def tell(frame):
        bound = frame.f_locals
        if len(bound) != 4:
            return None
        try:
            a, b, c, d = bound[first], bound[second], bound[third], bound[fourth]
        except KeyError as error:
            if of_program(error):
                raise
            return None
        if type(a) is not first_type or type(b) is not second_type:
            return False
        if type(c) is not third_type or type(d) is not fourth_type:
            return False
        try:
            data = pack(head, get_ident() - home_thread, a, b, c, d, END)
        except OutOfRange:
            return False
        try:
            sink[0](data)
        except ValueError as error:
            if of_program(error):
                raise
            advance(data)
        return True

    return tell


def _of_five(
    head, pack, sink, advance, home_thread,
    first, second, third, fourth, fifth, first_type, second_type, third_type, fourth_type, fifth_type,
):
    def tell(frame):
        bound = frame.f_locals
        if len(bound) != 5:
            return None
        try:
            a, b, c, d, e = bound[first], bound[second], bound[third], bound[fourth], bound[fifth]
        except KeyError as error:
            if of_program(error):
                raise
            return None
        if type(a) is not first_type or type(b) is not second_type or type(c) is not third_type:
            return False
        if type(d) is not fourth_type or type(e) is not fifth_type:
            return False
        try:
            data = pack(head, get_ident() - home_thread, a, b, c, d, e, END)
        except OutOfRange:
            return False
        try:
            sink[0](data)
        except ValueError as error:
            if of_program(error):
                raise
            advance(data)
        return True

    return tell


_with_kept = Later(["_ct_packed_kept"], ["_ct_guard", "_ct_packed", "_ct_values", "_thread", "sys"])
_MAKERS = (_of_none, _of_one, _of_two, _of_three, _of_four, _of_five)
