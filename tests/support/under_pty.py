"""Runs a command under a terminal of its own, as if somebody had typed it.

usage: python under_pty.py REQUEST.json RESULT.json

The request: command, env, cwd, terminal (which of descriptors 0, 1, 2 are the terminal; the others are /dev/null or a
file), conversation (a list of [text to wait for, text to type]), once (null, or [path to wait for, seconds to wait then, text
to type]). The result: status (as a shell gives it), output
(all that the terminal showed), what went into the files of the other descriptors, and modes (those of the terminal that
the command has left changed, as [name, before, after]).
"""
import json
import os
import select
import sys
import termios
import time

LONGEST = 150
# Looks in a row at which the session has to have nothing to do, and seconds between them.
LOOKS, BETWEEN = 5, 0.02
# Seconds of processor time, behind which it is one that never has nothing to do.
BUSY = 0.5


def wait_until_quiet(session, deadline):
    """A prompt is shown a moment before the program reads, and on a busy machine that moment is long."""
    quiet, spent = 0, None
    while quiet < LOOKS and time.monotonic() < deadline:
        time.sleep(BETWEEN)
        found = list(processes(session))
        quiet = 0 if any(state in "RD" for state, _ in found) else quiet + 1
        now = sum(seconds for _, seconds in found)
        spent = now if spent is None else spent
        if now - spent > BUSY:
            return


def processes(session):
    """Of the processes of a session: the state, and the seconds of processor time; nothing where the system doesn't say."""
    tick = os.sysconf("SC_CLK_TCK")
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        try:
            with open("/proc/%d/stat" % int(name)) as file:
                # The number, the name, and then: state, parent, group, session, …
                fields = file.read().rpartition(")")[2].split()
        except (ValueError, OSError):  # no process, or one that has ended
            continue
        if int(fields[3]) == session:
            yield fields[0], (int(fields[11]) + int(fields[12])) / tick


def main():
    with open(sys.argv[1]) as file:
        request = json.load(file)
    terminal = request["terminal"]
    files = {number: "%s.fd%d" % (sys.argv[2], number) for number in (1, 2) if number not in terminal}
    master, slave = os.openpty()
    child = os.fork()
    if child == 0:
        os.close(master)
        os.setsid()
        # The first terminal that a session opens becomes its controlling terminal.
        os.close(os.open(os.ttyname(slave), os.O_RDWR))
        for number in (0, 1, 2):
            if number in terminal:
                os.dup2(slave, number)
            elif number == 0:
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            else:
                os.dup2(os.open(files[number], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
        os.closerange(3, 64)
        os.chdir(request["cwd"])
        os.execvpe(request["command"][0], request["command"], request["env"])
    os.close(slave)
    before = termios.tcgetattr(master)
    output, seen = b"", 0
    conversation = [(wait.encode(), answer.encode()) for wait, answer in request["conversation"]]
    if request["once"] is not None:
        path, pause, text = request["once"]
        while not os.path.exists(path) and os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            time.sleep(0.0005)
        time.sleep(pause)
        os.write(master, text.encode())
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        if conversation and conversation[0][0] in output[seen:]:
            wait, answer = conversation.pop(0)
            seen = output.index(wait, seen) + len(wait)
            wait_until_quiet(child, deadline)
            os.write(master, answer)
        readable, _, _ = select.select([master], [], [], 0.5)
        if not readable:
            continue
        try:
            piece = os.read(master, 65536)
        except OSError:  # nobody has the terminal open any more
            break
        if not piece:
            break
        output += piece
    else:
        os.kill(child, 9)
    _, status = os.waitpid(child, 0)
    after = termios.tcgetattr(master)
    status = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
    result = {"status": status, "output": output.decode("utf-8", "backslashreplace"), "files": {}}
    modes = zip(("input", "output", "control", "local", "ispeed", "ospeed", "characters"), before, after)
    result["modes"] = [[name, repr(was), repr(now)] for name, was, now in modes if was != now]
    for number, path in files.items():
        with open(path, encoding="utf-8", errors="backslashreplace") as file:
            result["files"][number] = file.read()
        os.unlink(path)
    with open(sys.argv[2], "w") as file:
        json.dump(result, file)


main()
