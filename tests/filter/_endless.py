"""Asks the agent's filter and gate about more and more file names, and prints how many bytes that takes: after FIRST
names, and after LAST.

usage: python _endless.py AGENT_FOLDER COMPILED_FILTER FIRST LAST
"""
import importlib
import json
import sys
import tracemalloc

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
_ct_filter = importlib.import_module("_ct_filter")
_ct_gate = importlib.import_module("_ct_gate")


class Ring:
    def emit(self, data):
        pass


config = {"folder": "/agent", "activation": "/p/lib.py", "isolated": False, "own_files": [], "original_words": []}
answering = _ct_filter.Filter(json.loads(sys.argv[2]), "/p", ["/usr/lib/python3"])
gate = _ct_gate.Gate(answering, None, Ring(), config, "/p")
first, last = map(int, sys.argv[3:])
tracemalloc.start()
for n in range(last):
    name = "/p/made/%d.py" % n
    answering.records(name, "made", str)
    gate.is_activation(name)
    if n + 1 in (first, last):
        print(tracemalloc.get_traced_memory()[0])
