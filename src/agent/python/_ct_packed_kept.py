"""Tells lines with one container that is kept (`_ct_kept.py`) among plain numbers: packed, as those of `_ct_packed.py` are.

Compiled for the first such line (`_ct_later.py`).
"""
from _ct_guard import of_program
from _ct_packed import END, OutOfRange
from _ct_values import ADDRESS, NODES
from _thread import get_ident
from sys import getrefcount, version_info

START = tuple.__basicsize__  # where a tuple's pointers begin
# On 3.12 a frame keeps the dict that `f_locals` fills, and with it what the variables held until then.
CLEARS = version_info[:2] == (3, 12)
OWN_REFERENCES = 3  # to a dict of `f_locals` that nobody else has: the frame's, the callback's, and the call's that counts


def agreement(kept, kind, encoder):
    """A function that says what is known of a container, once the recorder has it as it is; else None. `kept` reads
    pointers, and `kind` is the container's."""
    tables, memory, by_pointers = kept.tables, kept.memory, kept.by_pointers
    depth, most, _ = encoder.bounds  # not those that another thread may look at a value with for the moment
    most_tuples = NODES - 1 if depth > 1 else 0  # more of them are not shown as they are

    def agreed(v, thread):
        table = tables.get(thread)
        known = table.known.get(id(v)) if table is not None else None
        if known is None or known.kind != kind:
            return None
        total = len(v)
        items = tuple(v) if total <= most else tuple(v[:most])
        if len(items) > most:  # another thread has made it longer
            return None
        at = id(items) + START
        pointers = memory[at:at + ADDRESS * len(items)]
        if pointers != known.pointers or total != known.total:
            if known.items is None or not by_pointers(known, None, kind, items, total, pointers):
                return None
        return known if known.tuples <= most_tuples else None

    return agreed


def teller(head, pack, shared, container, of_kind, agreed, names, types):
    """A function as `Packer.teller` returns. `container`: the variable whose container it is, `of_kind` that one's type."""
    return _MAKERS[len(names)](head, pack, *shared, container, of_kind, agreed, *names, *types)


def _alone(head, pack, sink, advance, home_thread, container, of_kind, agreed):
    def tell(frame):
        bound = frame.f_locals
        if len(bound) != 1:
            return None
        try:
            v = bound[container]
        except KeyError as error:
            if of_program(error):
                raise
            return None
        if type(v) is not of_kind:
            return False
        thread = get_ident()
        known = agreed(v, thread)
        if known is None:
            return False
        data = pack(head, thread - home_thread, known.slot, known.version, END)
        try:
            sink[0](data)
        except ValueError as error:
            if of_program(error):
                raise
            advance(data)
        if CLEARS and getrefcount(bound) == OWN_REFERENCES:
            bound[container] = None
        return True

    return tell


def _and_one(head, pack, sink, advance, home_thread, container, of_kind, agreed, first, first_type):
    def tell(frame):
        bound = frame.f_locals
        if len(bound) != 2:
            return None
        try:
            v, a = bound[container], bound[first]
        except KeyError as error:
            if of_program(error):
                raise
            return None
        if type(v) is not of_kind or type(a) is not first_type:
            return False
        thread = get_ident()
        known = agreed(v, thread)
        if known is None:
            return False
        try:
            data = pack(head, thread - home_thread, a, known.slot, known.version, END)
        except OutOfRange:
            return False
        try:
            sink[0](data)
        except ValueError as error:
            if of_program(error):
                raise
            advance(data)
        if CLEARS and getrefcount(bound) == OWN_REFERENCES:
            bound[container] = None
        return True

    return tell


def _and_two(
    head, pack, sink, advance, home_thread, container, of_kind, agreed, first, second, first_type, second_type
):
    def tell(frame):
        bound = frame.f_locals
        if len(bound) != 3:
            return None
        try:
            v, a, b = bound[container], bound[first], bound[second]
        except KeyError as error:
            if of_program(error):
                raise
            return None
        if type(v) is not of_kind or type(a) is not first_type or type(b) is not second_type:
            return False
        thread = get_ident()
        known = agreed(v, thread)
        if known is None:
            return False
        try:
            data = pack(head, thread - home_thread, a, b, known.slot, known.version, END)
        except OutOfRange:
            return False
        try:
            sink[0](data)
        except ValueError as error:
            if of_program(error):
                raise
            advance(data)
        if CLEARS and getrefcount(bound) == OWN_REFERENCES:
            bound[container] = None
        return True

    return tell


def _and_three(
    head, pack, sink, advance, home_thread, container, of_kind, agreed,
    first, second, third, first_type, second_type, third_type,
):
    def tell(frame):
        bound = frame.f_locals
        if len(bound) != 4:
            return None
        try:
            v, a, b, c = bound[container], bound[first], bound[second], bound[third]
        except KeyError as error:
            if of_program(error):
                raise
            return None
        if type(v) is not of_kind or type(a) is not first_type or type(b) is not second_type or type(c) is not third_type:
            return False
        thread = get_ident()
        known = agreed(v, thread)
        if known is None:
            return False
        try:
            data = pack(head, thread - home_thread, a, b, c, known.slot, known.version, END)
        except OutOfRange:
            return False
        try:
            sink[0](data)
        except ValueError as error:
            if of_program(error):
                raise
            advance(data)
        if CLEARS and getrefcount(bound) == OWN_REFERENCES:
            bound[container] = None
        return True

    return tell


def _and_four(
    head, pack, sink, advance, home_thread, container, of_kind, agreed,
    first, second, third, fourth, first_type, second_type, third_type, fourth_type,
):
    def tell(frame):
        bound = frame.f_locals
        if len(bound) != 5:
            return None
        try:
            v, a, b, c, d = bound[container], bound[first], bound[second], bound[third], bound[fourth]
        except KeyError as error:
            if of_program(error):
                raise
            return None
        if type(v) is not of_kind or type(a) is not first_type or type(b) is not second_type:
            return False
        if type(c) is not third_type or type(d) is not fourth_type:
            return False
        thread = get_ident()
        known = agreed(v, thread)
        if known is None:
            return False
        try:
            data = pack(head, thread - home_thread, a, b, c, d, known.slot, known.version, END)
        except OutOfRange:
            return False
        try:
            sink[0](data)
        except ValueError as error:
            if of_program(error):
                raise
            advance(data)
        if CLEARS and getrefcount(bound) == OWN_REFERENCES:
            bound[container] = None
        return True

    return tell


_MAKERS = (_alone, _and_one, _and_two, _and_three, _and_four)
