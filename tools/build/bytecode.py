"""Writes the agent's modules to standard output, as bytecode of the interpreter that runs this.

    python bytecode.py FOLDER

First a line of JSON: the interpreter's version, the magic number of its bytecode, the tag in the names of files of that,
and the number of bytes that follow for the one module that Python itself imports: its file, which is valid whatever text it
is beside. Then a marshalled dict, compressed: the bytecode of each other module by its name.
Run with PYTHONHASHSEED=0, the same comes out each time. Docstrings are left out, and columns where the interpreter is run
with `-X no_debug_ranges`.
"""
import importlib.util
import json
import marshal
import opcode
import os
import sys
import zlib

ENTRY = "sitecustomize.py"
UNCHECKED_HASH = (1).to_bytes(4, "little")  # PEP 552


def main(folder):
    if sys.implementation.name != "cpython":
        sys.exit("it is no CPython")
    modules = {}
    for file in sorted(os.listdir(folder)):
        if not file.endswith(".py"):
            continue
        with open(os.path.join(folder, file), encoding="utf-8") as source:
            text = source.read()
        if file == "_ct_opcodes.py":
            tables = {name: getattr(opcode, name) for name in imported_names(text)}
            text = "".join("%s = %r\n" % table for table in sorted(tables.items()))
        code = compile(text, file, "exec", 0, True, 2)
        if file == ENTRY:
            about_text = UNCHECKED_HASH + importlib.util.source_hash(text.encode())
            entry = importlib.util.MAGIC_NUMBER + about_text + marshal.dumps(code)
            continue
        modules[file[:-len(".py")]] = marshal.dumps(code)
    about = {
        "python": "%d.%d" % sys.version_info[:2],
        "magic": list(importlib.util.MAGIC_NUMBER),
        "tag": sys.implementation.cache_tag,
        "entry": len(entry),
    }
    sys.stdout.buffer.write(json.dumps(about).encode() + b"\n" + entry + zlib.compress(marshal.dumps(modules, 2), 9))


def imported_names(text):
    """a and b of "from … import a, b"."""
    line = next(line for line in text.splitlines() if line.startswith("from "))
    return line.partition("#")[0].partition(" import ")[2].replace(",", " ").split()


main(*sys.argv[1:])
