"""Checks traces by ct-accept for all test files of a run: `accept_server.py TOOL FOLDER OWNER`.

A start of the tool costs ten times what the check of a small trace does. Here it is loaded once, and each check runs in a
fork: what one leaves behind is no other's. It listens at FOLDER/socket, says so by ending the process that was started, and
goes on in the background until the process OWNER has ended. Needs what TOOL needs.

A client sends a line of JSON, [words of the command line], and gets what the tool prints, then a NUL byte and a line of JSON,
[exit status, what it said on standard error]. What `--events` prints is nearly all the same variables again and again, so
each of those is printed once, as a line of its own with a plus in front, and `vars` are the numbers of such lines.
"""
import gc
import importlib.machinery
import importlib.util
import io
import json
import os
import shutil
import signal
import socket
import sys
import traceback

# Seconds between looks at the owner.
PATIENCE = 1


def load(path):
    loader = importlib.machinery.SourceFileLoader("ct_accept", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("ct_accept", loader))
    loader.exec_module(module)
    return module


def share_variables(tool):
    print_all = tool.print_trace

    def line(thing):
        return json.dumps(thing, ensure_ascii=False, separators=(",", ":")) + "\n"

    def print_trace(trace, mode, out):
        if mode != "events":
            return print_all(trace, mode, out)
        printed = {}  # a variable's place and the variable, by the identity of its value, which has to last

        def number_of(variable):
            key = variable["varname_id"], id(variable["value"])
            known = printed.get(key)
            if known is None:
                known = printed[key] = len(printed), variable
                out.write("+" + line(variable))
            return known[0]

        out.write(line(trace.header()))
        for event in trace.events():
            if "vars" in event:
                event["vars"] = [number_of(variable) for variable in event["vars"]]
            out.write(line(event))

    tool.print_trace = print_trace


def answer(tool, connection):
    sys.argv[1:] = json.loads(connection.makefile("rb").readline())
    os.dup2(connection.fileno(), 1)
    sys.stderr = io.StringIO()
    try:
        status = tool.main()
    except SystemExit as end:
        status = end.code
    except BrokenPipeError:  # the client has seen enough
        return
    except BaseException:
        traceback.print_exc()
        status = "failed"
    sys.stdout.flush()
    connection.sendall(b"\0" + json.dumps([status, sys.stderr.getvalue()]).encode() + b"\n")


def is_alive(owner):
    try:
        os.kill(owner, 0)
    except ProcessLookupError:
        return False
    return True


def serve(tool, listener, owner):
    listener.settimeout(PATIENCE)
    while is_alive(owner):
        try:
            connection, _ = listener.accept()
        except socket.timeout:
            continue
        if os.fork() == 0:
            try:
                connection.settimeout(None)
                answer(tool, connection)
            finally:
                os._exit(0)
        connection.close()


def main():
    path, folder, owner = sys.argv[1:]
    sys.dont_write_bytecode = True
    tool = load(path)
    share_variables(tool)
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was killed
    os.mkdir(folder, 0o700)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(folder + "/socket")
    listener.listen(64)
    if os.fork() != 0:
        os._exit(0)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nothing, descriptor)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.freeze()  # what is here stays, and need not be copied to each fork by being looked at
    try:
        serve(tool, listener, int(owner))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
