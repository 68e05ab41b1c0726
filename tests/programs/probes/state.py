"""Prints everything about its process and interpreter that a program can see, one fact per line.

Run with and without the recorder, the lines have to be the same. What differs from process to process by itself
(numbers of pipes, addresses, identities) is left out of a fact, not the fact.
"""
import sys

# First of all, before this file loads anything itself.
MODULES = sorted(sys.modules)
IMPORTER_CACHE = sorted(sys.path_importer_cache)
MAIN_NAMES = sorted(globals())

import atexit  # noqa: E402
import builtins  # noqa: E402
import gc  # noqa: E402
import os  # noqa: E402
import re  # noqa: E402
import signal  # noqa: E402
import threading  # noqa: E402
import warnings  # noqa: E402


def show(name, value):
    print("%s: %s" % (name, re.sub(r" at 0x[0-9a-f]+", "", str(value))))


def show_all(name, values):
    # Without a loop in Python: the steps of a thousand facts would take most of the time, and nobody looks at them.
    lines = "".join(map(("%s: %%s\n" % name).__mod__, map(str, values)))
    sys.stdout.write(re.sub(r" at 0x[0-9a-f]+", "", lines))


def about_the_interpreter():
    for name in ("argv", "orig_argv", "flags", "warnoptions", "_xoptions", "executable", "prefix", "base_prefix",
                 "exec_prefix", "dont_write_bytecode", "pycache_prefix", "platlibdir", "meta_path", "path_hooks",
                 "displayhook", "excepthook", "unraisablehook", "tracebacklimit"):
        show("sys." + name, getattr(sys, name, "not there"))
    show_all("sys.path", sys.path)
    show_all("module", MODULES)
    show_all("importer cache", IMPORTER_CACHE)
    show_all("sys attribute", sorted(set(vars(sys)) - {"last_exc", "last_type", "last_value", "last_traceback"}))
    show_all("builtin", sorted(vars(builtins)))
    show("recursion limit", sys.getrecursionlimit())
    show("switch interval", sys.getswitchinterval())
    show("profile function", sys.getprofile())
    show("thread hooks", (threading.excepthook, getattr(threading, "_profile_hook", None)))
    show("threads", (threading.active_count(), [thread.name for thread in threading.enumerate()]))
    show("gc", (gc.isenabled(), gc.get_threshold(), gc.callbacks, gc.get_debug()))
    show("exit functions", atexit._ncallbacks())
    show_all("warning filter", warnings.filters)
    show("show warning", warnings.showwarning)
    if hasattr(sys, "get_int_max_str_digits"):
        show("int digits", sys.get_int_max_str_digits())
    if hasattr(sys, "monitoring"):
        show("monitoring tools", [sys.monitoring.get_tool(tool) for tool in (0, 1, 2, 5)])
    show("async hooks", sys.get_asyncgen_hooks())


def about_main():
    main = sys.modules["__main__"]
    show_all("main name", MAIN_NAMES)
    for name in ("__name__", "__file__", "__package__", "__spec__", "__cached__", "__doc__"):
        if name == "__doc__":
            show(name, (getattr(main, name, None) or "")[:20])
        else:
            show(name, getattr(main, name, "not there"))
    show("__loader__", type(getattr(main, "__loader__", None)).__name__)
    frame, depth = sys._getframe(), 0
    while frame is not None:
        show("frame %d" % depth, (frame.f_code.co_name, os.path.basename(frame.f_code.co_filename)))
        frame, depth = frame.f_back, depth + 1


def about_streams():
    show("streams are the first ones", (sys.stdin is sys.__stdin__, sys.stdout is sys.__stdout__,
                                        sys.stderr is sys.__stderr__))
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if stream is None:
            show("stream", None)
            continue
        show("stream", (stream.name, type(stream), type(stream.buffer), stream.encoding, stream.errors, stream.mode,
                        stream.isatty(), stream.fileno(), stream.line_buffering, stream.write_through,
                        stream.newlines))
    show("print", (type(print), print.__module__, type(input)))


def about_the_process():
    show_all("environment", ("%s=%s" % pair for pair in sorted(os.environ.items())))
    show("folder", os.getcwd())
    show("ids", (os.getresuid(), os.getresgid(), os.getgroups()))
    show("umask", umask())
    show("nice", os.nice(0))
    show("cpus", sorted(os.sched_getaffinity(0)))
    for number in descriptors():
        target = os.readlink("/proc/self/fd/%d" % number)
        with open("/proc/self/fdinfo/%d" % number) as file:
            flags = [line.strip() for line in file if line.startswith("flags")]
        show("descriptor %d" % number, (re.sub(r"\[\d+\]", "[]", target), os.get_inheritable(number), flags,
                                        os.isatty(number), os.get_blocking(number)))
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith(("Sig", "Shd", "Cap", "NoNewPrivs", "Seccomp")) and not line.startswith("SigQ"):
                name, mask = line.split()
                if name == "SigIgn:":
                    # 32 and 33 are the C library's own: whoever is started by its posix_spawn has them ignored.
                    mask = "%016x" % (int(mask, 16) & ~(3 << 31))
                show("status", (name, mask))
    import resource
    for name in sorted(dir(resource)):
        if name.startswith("RLIMIT_"):
            show(name, resource.getrlimit(getattr(resource, name)))
    for number in range(1, signal.NSIG):
        try:
            handler = signal.getsignal(number)
        except ValueError:
            continue
        if handler not in (signal.SIG_DFL, signal.SIG_IGN, None):
            handler = getattr(handler, "__name__", type(handler))
        show("signal %d" % number, handler)
    show("alarm", (signal.getitimer(signal.ITIMER_REAL), signal.pthread_sigmask(signal.SIG_BLOCK, [])))
    show("wakeup", signal.set_wakeup_fd(-1))
    show("threads of the process", len(os.listdir("/proc/self/task")))
    show("children", children())


def umask():
    mask = os.umask(0)
    os.umask(mask)
    return oct(mask)


def descriptors():
    found = []
    for number in sorted(map(int, os.listdir("/proc/self/fd"))):  # the one that lists them is closed again
        try:
            os.fstat(number)
        except OSError:
            continue
        found.append(number)
    return found


def children():
    try:
        return os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return "none"


def main():
    about_main()
    about_the_interpreter()
    about_streams()
    about_the_process()


if __name__ == "__main__":
    main()
