"""Runs a Python program and writes each line that `sys.settrace` tells of it: the function's name, a space, the line.

usage: python settrace_lines.py OUT PROGRAM      PROGRAM: a script of one thread and one file
"""

import sys


def main():
    out, program = sys.argv[1:3]
    lines = []

    def on_call(frame, event, _):
        if frame.f_code.co_filename != program:
            return None

        def on_event(frame, event, _):
            if event == "line":
                lines.append("%s %d\n" % (frame.f_code.co_name, frame.f_lineno))
            return on_event

        return on_event

    with open(program, encoding="utf-8") as file:
        code = compile(file.read(), program, "exec", dont_inherit=True)
    sys.settrace(on_call)
    try:
        exec(code, {"__name__": "__main__"})
    finally:
        sys.settrace(None)
        with open(out, "w", encoding="utf-8") as file:
            file.writelines(lines)


if __name__ == "__main__":
    main()
