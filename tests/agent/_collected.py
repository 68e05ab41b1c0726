"""Makes cycles through each thing that objects of the accelerator hold, and prints those that are never collected.

usage: python _collected.py FOLDER_OF_THE_LIBRARY
"""
import _imp
import gc
import sys
import weakref
from importlib.machinery import ExtensionFileLoader, ModuleSpec

path = sys.argv[1] + "/_ct_native" + _imp.extension_suffixes()[0]
library = _imp.create_dynamic(ModuleSpec("_ct_native", ExtensionFileLoader("_ct_native", path), origin=path))
_imp.exec_dynamic(library)

CALLBACKS = ["on_" + name for name in "line return yield start resume raise unwind failure".split()]


class Holder:
    def __call__(self, *args):
        return 1


def output(**given):
    return library.Output(**{"sink": [], "advance": len, "write": len, "define_site": len, "home_thread": 0, **given})


def encoder(**given):
    plain = {"described": {}, "texts": {}, "allowed": None, "new_walk": len, "fallback": len}
    return library.Encoder(**{**plain, "max_items": 9, "max_bytes": 9, "max_depth": 9, **given})


def keeping(**given):
    made = encoder()
    plain = {"tables": {}, "agree": len, **given}
    made.keep(plain["tables"], plain["agree"])
    return made


def code(**given):
    return library.Code(**{"encoder": encoder(), "number": 1, "lines": {}, "globals": (), "hides_returned": False, **given})


def line(**given):
    return library.Line(**{"output": output(), "known": code(), "code": line.__code__, "line": 1, "enters": False, **given})


def observer(**given):
    plain = {"output": output(), "codes": {}, "recorded": {}, "own_folder": "", "handling": {}}
    return library.Observer(**{**plain, **dict.fromkeys(CALLBACKS, len), **given})


def after_event(holder):
    """An observer that keeps what it was told of the code of the latest event, and that alone, which holds `holder`."""
    events, tool, codes = sys.monitoring.events, 4, {}
    namespace = {}
    exec("def watched(): pass", namespace)
    watched = namespace["watched"].__code__
    made, codes[id(watched)] = observer(codes=codes, on_start=Holder()), code(lines={1: holder})
    sys.monitoring.use_tool_id(tool, "test")
    sys.monitoring.register_callback(tool, events.PY_START, made.start)
    sys.monitoring.set_local_events(tool, watched, events.PY_START)
    namespace["watched"]()
    sys.monitoring.register_callback(tool, events.PY_START, None)
    sys.monitoring.free_tool_id(tool)
    codes.clear()
    return made


def itself(holder):
    return holder


def in_list(holder):
    return [holder]


def in_dict(holder):
    return {1: holder}


WAYS = [
    (output, "sink", in_list),
    *[(output, name, itself) for name in ("advance", "write", "define_site")],
    *[(encoder, name, in_dict) for name in ("described", "texts")],
    (encoder, "allowed", lambda holder: {holder}),
    *[(encoder, name, itself) for name in ("new_walk", "fallback")],
    (keeping, "tables", in_dict),
    (keeping, "agree", itself),
    (code, "encoder", lambda holder: encoder(fallback=holder)),
    (code, "lines", in_dict),
    (code, "globals", lambda holder: (holder,)),
    (line, "output", lambda holder: output(write=holder)),
    (line, "known", lambda holder: code(lines={1: holder})),
    (observer, "output", lambda holder: output(write=holder)),
    *[(observer, name, in_dict) for name in ("codes", "recorded", "handling")],
    *[(observer, name, itself) for name in CALLBACKS],
    (after_event, "holder", itself),
]


def in_cycle(make, name, wrap):
    holder = Holder()
    holder.made = make(**{name: wrap(holder)})
    return weakref.ref(holder)


gc.disable()
cycles = [(make.__name__ + " " + name, in_cycle(make, name, wrap)) for make, name, wrap in WAYS]
held = sum([cycle() is not None for _, cycle in cycles])
gc.collect()
print(held == len(WAYS), [name for name, cycle in cycles if cycle() is not None])
