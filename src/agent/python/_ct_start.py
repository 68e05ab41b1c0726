"""Puts the agent together: before the program starts, or when the program itself asks for it (design-docs/python-api.md)."""
import os
import sys
from _thread import get_ident
from marshal import dumps

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_changes import Changes
from _ct_later import Later
from _ct_ring import Ring

HELLO, CHILD_MAKERS = -20, {
    # Where children are started without `os.fork`, which has a hook of its own: function name -> part of its file.
    "_execute_child": "subprocess.py",
    "spawnv_passfds": os.path.join("multiprocessing", "util.py"),
}


def _restore_descriptor_limit(soft):
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and (hard == resource.RLIM_INFINITY or soft <= hard):
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def start(config, asked_by=None):
    """Attaches to the recorder's ring and begins to observe, if no other process has attached.

    `asked_by`: for a program that runs already. Gets as `ring` and `changes`, as soon as there is something to take back,
    the ring and the changes made to the program's objects. Its `follow_forks` is called once, with what is to be called
    at a fork: ahead of it, after it in the child, and in the parent. `os.register_at_fork` forgets nothing, so it is for one recording to a
    process alone. What a signal handler raises is passed on, and what comes of a stack or memory that is at its end.
    """
    ring, changes = Ring(config), Changes()
    if asked_by is not None:
        asked_by.ring, asked_by.changes = ring, changes
    if config["descriptor_limit"] is not None:
        _restore_descriptor_limit(config["descriptor_limit"])
    if not ring.claim():
        return

    try:
        _begin(config, ring, changes, asked_by)
        ring.wait_for_recorder()
    except Exception as error:
        from _ct_guard import give_up, is_ours

        if asked_by is not None and not is_ours(error):
            raise
        # Raised from here it would be the program's to see, and keep its own `sitecustomize` from being imported.
        give_up(ring, error)


def _begin(config, ring, changes, asked_by):
    def emit(record):
        ring.emit(dumps(record, 2))

    if config["original_words"] is not None and hasattr(sys, "orig_argv"):
        sys.orig_argv[1:] = config["original_words"]
    home_thread = get_ident()
    relay = None
    if config["relay"] is not None:
        from _ct_relay import Relay

        relay = Relay(config["relay"], ring, home_thread)
    folder = os.getcwd()
    emit((HELLO, folder, os.getpid(), sys.version, None))
    _observe(config, ring, emit, home_thread, folder, relay, changes, asked_by)


def _observe(config, ring, emit, home_thread, folder, relay, changes, asked_by):
    import _ct_exec
    from _ct_capture import Capture, count_as_code
    from _ct_code import CodeTable
    from _ct_filter import Filter, library_places
    from _ct_gate import Gate
    from _ct_guard import make_guard
    from _ct_packed import Packer
    from _ct_values import Encoder

    if sys.version_info >= (3, 12):
        from _ct_monitoring import CONFLICT, install, is_taken
    else:
        from _ct_settrace import CONFLICT, install, is_taken
    bounds = config["bounds"]
    encoder = Encoder(emit, bounds["depth"], bounds["items"], bounds["bytes"])
    filter_ = Filter(config["filter"], folder, library_places())
    codes = CodeTable(emit, folder, config["module_name_from_globals"], filter_, encoder)
    # A child shares the ring's memory and must not write into it.
    if asked_by is not None:
        asked_by.follow_forks(ring.before_fork, ring.detach, ring.after_fork)
    elif hasattr(os, "register_at_fork"):
        os.register_at_fork(before=ring.before_fork, after_in_child=ring.detach, after_in_parent=ring.after_fork)
    for cls in _ct_exec.install(ring, changes):
        encoder.show_as_builtin(cls)
        count_as_code(cls)
    if is_taken():
        emit((CONFLICT, "ERR_TRACER_INSTALL_CONFLICT", None))
        ring.detach()
        return
    packer = Packer(emit, ring, home_thread)
    capture = Capture(emit, packer, _accelerate(config, ring, packer, home_thread, codes))
    ring.on_full = lambda: capture.be_busy(codes.infos)
    strip_hook_frames, check_observer, enter = install(
        ring,
        Gate(filter_, codes, ring, config, folder),
        codes,
        capture,
        make_guard(ring, home_thread),
        home_thread,
        CHILD_MAKERS,
    )
    if asked_by is not None:
        if sys.version_info >= (3, 12):
            sys.monitoring.restart_events()  # what an earlier recording had switched off
        _enter_open_frames(enter)
    if config["capture_output"]:
        from _ct_output import install as watch_streams

        announcer = relay.announcer if relay is not None else lambda stream: None
        watch_streams(
            ring, home_thread, strip_hook_frames, check_observer, announcer, encoder.type_of_exception, changes)
    if check_observer is not None:
        from _ct_output import before_flush

        before_flush(check_observer, changes)


def _accelerate(config, ring, packer, home_thread, codes):
    """What makes the accelerator; None where the recording has none."""
    folder = config["accelerator"]
    if folder is None or sys.version_info < (3, 12):
        return None
    module = Later(
        ["_ct_accelerator"], ["_frozen_importlib", "_imp", "_thread", "sys", "_ct_builtins", "_ct_later", "_ct_packed", "_ct_values"])

    def accelerate():
        compiled = module.compiled()
        library = compiled["load"](folder) if compiled is not None else None
        if library is None:
            return None
        return compiled["Accelerator"](library, ring, packer, home_thread, codes.natives)

    return accelerate


def _enter_open_frames(enter):
    """The calls that the program is in, the outermost first."""
    frames, frame = [], sys._getframe(1)
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    while frames:  # nothing here keeps a frame alive
        frame = frames.pop()
        enter(frame)
    del frame
