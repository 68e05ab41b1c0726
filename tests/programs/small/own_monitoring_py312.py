# The program's own use of sys.monitoring, with the tool ids that debuggers and coverage have, and one that is free.
import sys

M = sys.monitoring
seen = []


def watched(n):
    n += 1
    return n


def on_line(code, line):
    if code is not watched.__code__:
        return M.DISABLE
    seen.append(("line", line - code.co_firstlineno))
    return None


print([M.get_tool(tool) for tool in (0, 1, 2)])
M.use_tool_id(M.COVERAGE_ID, "mine")
M.register_callback(M.COVERAGE_ID, M.events.LINE, on_line)
M.set_events(M.COVERAGE_ID, M.events.LINE)
watched(1)
M.set_events(M.COVERAGE_ID, 0)
M.set_local_events(M.COVERAGE_ID, watched.__code__, M.events.LINE)
watched(2)
M.restart_events()
watched(3)
M.set_local_events(M.COVERAGE_ID, watched.__code__, 0)
M.free_tool_id(M.COVERAGE_ID)
watched(4)
print(seen)
