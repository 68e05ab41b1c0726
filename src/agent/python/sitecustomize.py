"""Entry of the CodeTracer agent: Python imports this while it starts, before the user's program.

It reads the agent's modules and has the first of them do the rest; a `sitecustomize` of the user's own is then imported
as always. The syntax of this file is kept so old that an interpreter the agent can't run on still reaches the version
check below. A program that runs already executes it under another name and calls `agent` itself.
"""
import sys

# What the agent imports of the standard library, and what that imports, where it is not part of the interpreter.
LIBRARY = ("_opcode", "_opcode_metadata", "_struct", "fcntl", "mmap", "opcode", "resource", "termios", "zlib")


class Library:
    """Has these modules imported from the standard library, as long as it is entered, and leaves none of them behind.

    The program may have one of the same name on PYTHONPATH: that is its own, and must not run for the agent.
    """

    def __enter__(self):
        import os

        library = os.path.dirname(os.__file__)
        path = [entry for entry in sys.path if type(entry) is str]
        start = path.index(library) if library in path else 0
        self.path = path[start:] + path[:start]
        self.found = [name for name in LIBRARY if name in sys.modules]
        self.aside = {name: sys.modules[name] for name in self.found if not self.has(name)}
        for name in self.aside:
            del sys.modules[name]
        sys.meta_path.insert(0, self)

    def __exit__(self, *_):
        sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not self]
        for name in LIBRARY:
            if name in self.aside or name not in self.found:
                sys.modules.pop(name, None)
        sys.modules.update(self.aside)

    def find_spec(self, name, path=None, target=None):
        if name not in LIBRARY:
            return None
        from _frozen_importlib import BuiltinImporter
        from _frozen_importlib_external import PathFinder

        return BuiltinImporter.find_spec(name) or PathFinder.find_spec(name, self.path)

    def has(self, name):
        """Whether what has been imported is the library's. Asks no object of the program's for anything."""
        module = sys.modules[name]
        spec = module.__dict__.get("__spec__") if type(module) is type(sys) else None
        ours = self.find_spec(name)
        return ours is not None and type(spec) is type(ours) and spec.__dict__.get("origin") == ours.origin


def agent(folder):
    """The first of the agent's modules, `_ct_entry`, from the agent's folder."""
    import marshal
    from _frozen_importlib_external import MAGIC_NUMBER
    from _imp import _fix_co_filename

    library = Library()

    def read(name, place=(0, -1)):
        with open(folder + "/" + name, "rb") as file:
            file.seek(place[0])
            return file.read(place[1])

    def decompressor():
        """zlib's; None where Python was built without."""
        try:
            with library:
                from zlib import decompress
        except ImportError:
            return None
        return decompress

    def code_of(name, source):
        path = folder + "/" + name + ".py"
        if type(source) is str:
            return compile(source, path, "exec", 0, True)
        code = marshal.loads(source)
        _fix_co_filename(code, path)
        return code

    config = marshal.loads(read("config"))
    place = config["bytecode"].get(MAGIC_NUMBER)
    decompress = None if place is None else decompressor()
    sources = marshal.loads(read("text") if decompress is None else decompress(read("bytecode", place)))
    entry = sys.modules["_ct_entry"] = type(sys)("_ct_entry")
    entry.CONFIG, entry.SOURCES, entry.LIBRARY, entry.code_of = config, sources, library, code_of
    exec(code_of("_ct_entry", sources["_ct_entry"]), entry.__dict__)
    return entry


if __name__ == "sitecustomize":
    folder = __file__[:-len("/sitecustomize.py")]
    if not (3, 8) <= sys.version_info[:2] <= (3, 15):
        import os

        with open(folder + "/unsupported", "w") as report:
            report.write("%d.%d.%d" % sys.version_info[:3])
        os._exit(1)
    try:
        agent(folder).start_with_python()
    except Exception as error:  # the recorder tells; the program goes on, with its own `sitecustomize`
        with open(folder + "/failed", "w", encoding="utf-8", errors="replace") as report:
            report.write("%s: %s" % (type(error).__name__, error))
    # The user's own, which ours stood in front of. Where there is none, the ImportError that leaves here is the one
    # that `site` would have met without us, and passes over in silence.
    try:
        import sitecustomize  # noqa: F401
    except BaseException as error:
        # What is raised again keeps, from 3.11 on, the traceback that it has by then: without our frame.
        where = BaseException.__traceback__.__get__(error)
        if where is not None and where.tb_frame is sys._getframe():
            BaseException.with_traceback(error, where.tb_next)
        del where
        raise
