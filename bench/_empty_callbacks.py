"""Runs a script with every event that a recorder needs switched on for its code, and nothing done about them.

What this takes is the floor for any recorder that is told of each line by `sys.monitoring` (Python 3.12 and later).
"""

import runpy
import sys

TOOL = 4
sys.argv.pop(0)
script = sys.argv[0]
events = sys.monitoring.events
LOCAL_EVENTS = events.LINE | events.PY_START | events.PY_RESUME | events.PY_RETURN | events.PY_YIELD


def on_start(code, offset):
    if code.co_filename != script:
        return sys.monitoring.DISABLE
    if not sys.monitoring.get_local_events(TOOL, code):
        sys.monitoring.set_local_events(TOOL, code, LOCAL_EVENTS)


def on_line(code, line):
    pass


def on_leave(code, offset, value):
    pass


def on_resume(code, offset):
    pass


sys.monitoring.use_tool_id(TOOL, "empty")
for event, callback in {
    events.PY_START: on_start,
    events.PY_RESUME: on_resume,
    events.LINE: on_line,
    events.PY_RETURN: on_leave,
    events.PY_YIELD: on_leave,
    events.PY_UNWIND: on_leave,
    events.RAISE: on_leave,
}.items():
    sys.monitoring.register_callback(TOOL, event, callback)
sys.monitoring.set_events(TOOL, events.PY_START | events.PY_UNWIND | events.RAISE)
runpy.run_path(script, run_name="__main__")
