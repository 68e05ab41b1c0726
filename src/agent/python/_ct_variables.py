"""Reads a variable of a frame through the C API, by the library under `ctypes`: `ctypes` itself may be the program's own.

Compiled when code that names `locals` or its like is met (`_ct_later.py`), on 3.12.
"""
from _ct_pointers import made_with_library


def variable_reader():
    """PyFrame_GetVar; None where it can't be had."""
    return made_with_library(_reader)


def _reader(library):
    class Object(library._SimpleCData):
        _type_ = "O"

    class Function(library.CFuncPtr):
        _flags_ = library.FUNCFLAG_CDECL | library.FUNCFLAG_PYTHONAPI
        _restype_, _argtypes_ = Object, (Object, Object)

    return Function(library.dlsym(library.dlopen(None, 0), "PyFrame_GetVar"))
