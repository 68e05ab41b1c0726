"""Entry of the CodeTracer agent: Python imports this while it starts, before the user's program.

It puts the environment back to what the user had, loads the agent, and removes every trace of itself
from `sys.path` and `sys.modules`; a `sitecustomize` of the user's own is then imported as always.
The syntax of this file is kept so old that an interpreter the agent can't run on still reaches
the version check below.
"""
import sys


def _start():
    import _ct_config

    config = _ct_config.CONFIG
    folder = config["folder"]
    loaded_before = config["loaded_before"] = set(sys.modules) - {"_ct_config", "sitecustomize"}
    import os

    for key, value in config["environment"].items():
        if value is None:
            os.environ.pop(key, None)
        else:
            os.environ[key] = value
    if not (3, 8) <= sys.version_info[:2] <= (3, 14):
        with open(folder + "/unsupported", "w") as report:
            report.write("%d.%d.%d" % sys.version_info[:3])
        os._exit(1)
    try:
        import _ct_start

        _ct_start.start(config)
    finally:
        sys.path[:] = [entry for entry in sys.path if entry != folder]
        sys.path_importer_cache.pop(folder, None)
        # Built-in and extension modules load again on demand; what the program did not import, it must not see.
        for name in set(sys.modules) - loaded_before:
            del sys.modules[name]


# Byte code must not be written beside the agent, and the user's own setting must come back.
_bytecode_setting, sys.dont_write_bytecode = sys.dont_write_bytecode, True
try:
    _start()
finally:
    sys.dont_write_bytecode = _bytecode_setting
# The user's own, which ours stood in front of. Where there is none, the ImportError that leaves here is the one
# that `site` would have met without us, and passes over in silence.
import sitecustomize  # noqa: E402, F401
