"""Entry of the CodeTracer agent: Python imports this while it starts, before the user's program.

It reads the agent's modules and has the first of them do the rest; a `sitecustomize` of the user's own is then imported
as always. The syntax of this file is kept so old that an interpreter the agent can't run on still reaches the version
check below. A program that runs already executes it under another name and calls `agent` itself.
"""
import sys


def agent(folder):
    """The first of the agent's modules, `_ct_entry`, from the agent's folder."""
    import marshal
    from _frozen_importlib_external import MAGIC_NUMBER
    from _imp import _fix_co_filename

    def read(name, place=(0, -1)):
        with open(folder + "/" + name, "rb") as file:
            file.seek(place[0])
            return file.read(place[1])

    def decompressor():
        """zlib's; None where Python was built without. The program finds it imported only if it had been."""
        missing = "zlib" not in sys.modules
        try:
            from zlib import decompress
        except ImportError:
            return None
        finally:
            if missing:
                sys.modules.pop("zlib", None)
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
    entry.CONFIG, entry.SOURCES, entry.code_of = config, sources, code_of
    exec(code_of("_ct_entry", sources["_ct_entry"]), entry.__dict__)
    return entry


if __name__ == "sitecustomize":
    folder = __file__[:-len("/sitecustomize.py")]
    if not (3, 8) <= sys.version_info[:2] <= (3, 14):
        import os

        with open(folder + "/unsupported", "w") as report:
            report.write("%d.%d.%d" % sys.version_info[:3])
        os._exit(1)
    agent(folder).start_with_python()
    # The user's own, which ours stood in front of. Where there is none, the ImportError that leaves here is the one
    # that `site` would have met without us, and passes over in silence.
    import sitecustomize  # noqa: F401
