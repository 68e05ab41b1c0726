"""Records parts of the program that imports this into CodeTracer traces, by the recorder `ct-recorder`.

    import codetracer_recorder

    with codetracer_recorder.trace("traces"):
        work()

With CODETRACER_TRACE=FOLDER in the environment, importing this starts a recording. Every failure is a
:class:`RecorderError` with a code, the same as on the command line. One recording at a time; forked children are not
recorded. What this does, and what it can't: design-docs/python-api.md of the recorder.
"""
import _socket
import errno
import fcntl
import json
import math
import operator
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

__all__ = (
    "EnvironmentError",
    "InternalError",
    "RecorderError",
    "TargetError",
    "TraceSession",
    "UsageError",
    "configure_policy",
    "configure_policy_from_env",
    "flush",
    "is_tracing",
    "policy_snapshot",
    "start",
    "stop",
    "trace",
)

# The command that starts the recorder, as `ct-recorder python-api` has written it; CODETRACER_RECORDER beats it.
_COMMAND: Tuple[str, ...] = ()
_VERSION = 2  # of what is said between this module and the recorder
_LARGEST_NUMBER = 2 ** 53  # that JSON keeps
_LONGEST_NUMBER, _LONGEST_SHOWN = 256, 200  # in messages: bits, characters
_MOST_SAID = 20  # lines of a recorder that fails to start, kept for the error's message
_ROOM = 30  # calls that cleaning up needs at most
_MOST_TRIES = 5  # to clean up, where signal handlers raise meanwhile
_FIRST_DESCRIPTOR = 100
_SO_NOSIGPIPE = 0x1022  # macOS's, which Python has no name for

_Path = Union[str, "os.PathLike[str]"]


class RecorderError(Exception):
    """The recorder, or what was asked of it, failed.

    `code`: a stable name such as ERR_IO, see `ct-recorder explain`. `kind`: who has to act: Usage, Environment, Target,
    Internal. `context`: facts for programs.
    """

    kind = "Internal"

    def __init__(self, message: str, code: str = "ERR_UNKNOWN", context: Optional[Mapping[str, Any]] = None) -> None:
        self.message, self.code, self.context = message, code, dict(context or {})
        super().__init__(message, code, self.context)

    def __str__(self) -> str:
        return "[%s] %s" % (self.code, self.message)


class UsageError(RecorderError):
    """The call is wrong, or one of its values is."""

    kind = "Usage"


class EnvironmentError(RecorderError):
    """The machine is not ready: no recorder, no permission, no room."""

    kind = "Environment"


class TargetError(RecorderError):
    """This program did what can't be recorded."""

    kind = "Target"


class InternalError(RecorderError):
    """The recorder's own fault."""

    kind = "Internal"


_KINDS = {cls.kind: cls for cls in (UsageError, EnvironmentError, TargetError, InternalError)}


class TraceSession:
    """A recording. As a context manager it stops at the block's end; the exit code is then not known.

    `path`: the output folder. `trace_path`: where the trace will be; None where recording is disabled. `partial`: after
    the end, why the trace holds a part alone; None if it is whole. `warnings`: sentences of the recorder's.
    """

    def __init__(self, path: Path, trace_path: Optional[Path]) -> None:
        self.path, self.trace_path = path, trace_path
        self.partial: Optional[RecorderError] = None
        self.warnings: Tuple[str, ...] = ()

    def stop(self, *given: Any, exit_code: Optional[int] = None) -> Optional[Path]:
        """As :func:`stop`, if this is the recording that is active; else None."""
        with _lock:
            return stop(*given, exit_code=exit_code) if _active is not None and _active.session is self else None

    def flush(self) -> None:
        """As :func:`flush`."""
        flush()

    def __enter__(self) -> "TraceSession":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _take(into: List[Any], call: Callable[..., Any], *arguments: Any) -> None:
    """Appends what `call`, of C code, returns. A signal handler's exception comes before that or after, not in between."""
    into.extend(map(call, *((argument,) for argument in arguments)))


def _require_room(calls: int) -> None:
    """Raises RecursionError where the stack has no room for so many calls: whatever is begun has to be cleaned up."""
    if calls:
        _require_room(calls - 1)


def _insist(step: Callable[[], object]) -> None:
    """Comes to the end of `step`, which may be done again, though signal handlers raise; then raises the last of it."""
    raised: Optional[BaseException] = None
    for _ in range(_MOST_TRIES):
        try:
            step()
            break
        except BaseException as error:
            raised = error
    if raised is not None:
        raise raised


class _Recorder:
    """The recorder's process: one request for each line of JSON, and its answer.

    It is no child of this process (a shell is, and has ended): the program may wait for any child of its own.
    """

    def __init__(self) -> None:
        chosen = os.environ.get("CODETRACER_RECORDER")
        self.command: Sequence[str] = (chosen,) if chosen else _COMMAND
        self.channel = _Channel()
        self.ends: List[Any] = []  # of what it is spoken to by: ours, of which the channel is a copy, and its own
        self.shell: Optional["subprocess.Popen[bytes]"] = None
        self.read: List[bytes] = []  # all that it has said; empty at its end

    def begin(self) -> None:
        """Starts the process."""
        script = 'exec 3<&0; "$@" python-api --serve <&3 3<&- &'
        try:
            self.ends.extend(_socket.socketpair())
            for end in self.ends:
                end.setblocking(True)  # whatever the program has for its own
            ours, theirs = self.ends
            self.channel.open(ours)
            self.shell = subprocess.Popen(
                ["/bin/sh", "-c", script, "sh", *self.command],
                stdin=theirs,
                stdout=theirs,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C and the terminal's end are for the program
            )
        except OSError as error:
            raise EnvironmentError(
                "Cannot start the recorder: %s" % error, "ERR_IO", {"command": list(self.command)}) from error
        finally:
            self._has_begun()

    def _has_begun(self) -> None:
        """What it took to start the process goes. While the far end is open here as well, the recorder's end isn't seen."""
        for end in self.ends:
            end.close()
        if self.shell is not None:
            self.shell.wait()

    def ask(self, request: Mapping[str, Any], number: int) -> Dict[str, Any]:
        """The answer to the request of that number, from 0, or the error that it answers with. May be asked again."""
        complaints: List[str] = []
        try:
            self.channel.write(json.dumps(request, default=repr).encode("ascii") + b"\n")
        except OSError as error:  # but it may have said why it doesn't listen
            if not _is_ours(error):
                raise
            complaints.append(str(error))
        try:
            while True:
                answers, said = self._said()
                if number < len(answers):
                    return json.loads(answers[number])
                if self.read and not self.read[-1]:  # its end
                    break
                self.channel.read(self.read)
        except OSError as error:
            if not _is_ours(error):
                raise
            complaints.append(str(error))
        raise _Gone("; ".join(dict.fromkeys(complaints + said[:_MOST_SAID])) or "it ended without a word")

    def discard(self) -> None:
        """Has it leave nothing, and waits until it has ended."""
        pieces: List[bytes] = [b"-"]
        _insist(self._has_begun)
        try:
            self.channel.write(b'{"do": "discard"}\n')
            while pieces.pop():
                self.channel.read(pieces)
        except OSError:  # it is gone, or has never been there
            pass

    def close(self) -> None:
        """Lets the recorder go; it ends by itself."""
        self._has_begun()
        self.channel.close()

    def _said(self) -> Tuple[List[str], List[str]]:
        """The whole lines so far: answers, and what keeps it from starting."""
        lines = b"".join(self.read).decode("utf-8", "replace").split("\n")[:-1]
        return [line for line in lines if line.startswith("{")], [line for line in lines if not line.startswith("{")]


class _Channel:
    """One end of a pair of sockets, under a number that the program's own files don't have.

    The program may close all that it knows nothing of, as daemons do; what has the number then is left alone.
    """

    def __init__(self) -> None:
        self.numbers: List[int] = []  # one, once it is open
        self.identity: Optional[Tuple[int, int]] = None

    def open(self, end: Any) -> None:
        self.identity = _identity(end.fileno())
        try:
            _take(self.numbers, fcntl.fcntl, end.fileno(), fcntl.F_DUPFD_CLOEXEC, _FIRST_DESCRIPTOR)
        except OSError as error:  # the program may have no more than that
            if not _is_ours(error):
                raise
            _take(self.numbers, fcntl.fcntl, end.fileno(), fcntl.F_DUPFD_CLOEXEC, 3)

    def is_open(self) -> bool:
        try:
            return bool(self.numbers) and _identity(self.numbers[0]) == self.identity
        except OSError as error:
            if not _is_ours(error):
                raise
            return False

    def read(self, into: List[bytes]) -> None:
        """Waits for what comes next, and appends it; nothing at the end."""
        self._require()
        try:
            _take(into, os.read, self.numbers[0], 65536)
        except ConnectionResetError:  # it ended, and had not read all
            into.append(b"")

    def write(self, data: bytes) -> None:
        """Sends `data`. Where nobody listens, this is an OSError, never the signal SIGPIPE."""
        self._require()
        # By a copy of the descriptor, which may go at any time: a signal handler may raise in here.
        try:
            end = self._sender(os.dup)
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE):
                raise
            end = self._sender(int)
        try:
            end.setblocking(True)
            if sys.platform == "darwin":
                end.setsockopt(_socket.SOL_SOCKET, _SO_NOSIGPIPE, 1)
            end.sendall(data, getattr(_socket, "MSG_NOSIGNAL", 0))
        finally:
            if end.fileno() in self.numbers:
                end.detach()
            end.close()

    def _sender(self, take: Callable[[int], int]) -> Any:
        """A socket object for what `take` makes of the number. C code alone: nothing is left open by an exception."""
        family, kind = _socket.AF_UNIX, _socket.SOCK_STREAM
        return next(map(_socket.socket, (family,), (kind,), (0,), map(take, self.numbers)))

    def close(self) -> None:
        if self.is_open():
            os.close(self.numbers[0])

    def _require(self) -> None:
        if not self.is_open():
            raise OSError("the program has closed the recorder's socket")


def _is_ours(error: OSError) -> bool:
    """Whether it was raised in this file: a signal handler of the program's may raise the same (TimeoutError)."""
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    return where is None or where.tb_frame.f_globals is globals()


def _identity(number: int) -> Tuple[int, int]:
    found = os.fstat(number)
    return found.st_dev, found.st_ino


class _Gone(Exception):
    """The recorder ended before it had answered."""


def _error(json_error: Mapping[str, Any]) -> RecorderError:
    cls = _KINDS.get(json_error["kind"], InternalError)
    return cls(json_error["message"], json_error["code"], json_error["context"])


class _Recording:
    """What belongs to a recording while it runs. Whatever ends it may be done again, where an exception came out of it."""

    def __init__(self, session: TraceSession, recorder: _Recorder) -> None:
        self.session, self.recorder = session, recorder
        self.agent: Optional[str] = None  # its folder, while it is being loaded
        self.warnings: Tuple[str, ...] = ()
        self.ring: Any = None
        self.changes: Any = None
        self.answer: Union[Dict[str, Any], RecorderError, None] = None  # to being stopped
        self.is_over = False

    def begin(self, agent: str) -> None:
        """Loads the agent from its folder. It leaves as little behind as it can: the recorder removes the folder."""
        self.agent = agent
        try:
            with open(os.path.join(agent, "sitecustomize.py"), encoding="utf-8") as file:
                loader: Dict[str, Any] = {"__name__": "_ct_loader"}
                exec(compile(file.read(), file.name, "exec"), loader)
            loader["agent"](agent).start_in_program(self)
        finally:
            self.unload()
        if self.ring.is_detached():
            raise TargetError(
                "The recorder's part in this program failed as it began", "ERR_FRAME_INTROSPECTION_FAILED")

    def follow_forks(
        self, before: Callable[[], object], in_child: Callable[[], object], in_parent: Callable[[], object],
    ) -> None:
        """Called by the agent, with what it wants to be called ahead of a fork, and after it."""
        _forks[:] = [before, in_child, in_parent]

    def unload(self) -> None:
        if self.agent is None:
            return
        sys.meta_path[:] = [
            finder for finder in sys.meta_path if type(finder).__module__ not in ("_ct_entry", "_ct_loader")]
        for name in [name for name in sys.modules if name.startswith("_ct_")]:
            sys.modules.pop(name, None)
        self.agent = None

    def leave(self) -> None:
        """Nothing is recorded from here on, and the program is as it was."""
        self.unload()
        if self.ring is not None:
            self.ring.end()
        if self.changes is not None:
            self.changes.take_back()
            _forks[:] = []

    def end(self, exit_code: Optional[int]) -> Optional[Path]:
        self.leave()
        if self.answer is None:
            answer = self._stop_recorder(exit_code)
            if self.answer is None:  # else a signal handler has stopped it meanwhile
                self.answer = answer
        answer, session = self.answer, self.session
        if isinstance(answer, dict):
            session.warnings = self.warnings + tuple(answer["warnings"])
            session.partial = None if answer["partial"] is None else _error(answer["partial"])
            session.trace_path = None if answer["trace"] is None else Path(answer["trace"])
        self.close()
        if isinstance(answer, RecorderError):
            raise answer
        return session.trace_path

    def _stop_recorder(self, exit_code: Optional[int]) -> Union[Dict[str, Any], RecorderError]:
        path = self.session.path
        try:
            answer = self.recorder.ask({"do": "stop", "exit_code": exit_code}, 1)
            return _error(answer["error"]) if "error" in answer else answer
        except _Gone as gone:
            if not self.recorder.channel.is_open():
                return TargetError(
                    "The recording ended when the program closed all descriptors, and with them the recorder's; "
                    "the trace is in %s" % path, "ERR_TRACE_INCOMPLETE", {"path": str(path)})
            return TargetError(
                "The recorder ended before the recording (%s); `ct-recorder recover %s` makes a trace of what there is"
                % (gone, path), "ERR_TRACE_INCOMPLETE", {"path": str(path)})

    def give_up(self) -> None:
        """There is to be no trace, and nothing is to be left."""
        try:
            _insist(self.leave)
        finally:
            try:
                self.recorder.discard()
            finally:
                _insist(self.close)

    def close(self) -> None:
        if self.ring is not None:
            if self.recorder.channel.is_open():
                self.ring.close()
            else:
                _kept.append(self.ring)
            self.ring = None
        self.recorder.close()
        self.is_over = True


_lock = threading.RLock()
_active: Optional[_Recording] = None
_configured: Dict[str, Any] = {}
_forks: List[Callable[[], object]] = []  # what the agent wants to be called ahead of a fork, and after it: in the child, in the parent
# Rings whose descriptors the program has closed: a mapping closes its own when it goes, whatever that is by then.
_kept: List[Any] = []


def start(
    path: _Path,
    *,
    start_on_enter: Optional[_Path] = None,
    trace_filter: Union[_Path, Sequence[_Path], None] = None,
    policy: Optional[Mapping[str, Any]] = None,
    apply_env_policy: bool = True,
) -> TraceSession:
    """Begins to record this program. The calls that it is in belong to the trace, and their lines from here on.

    `path`: the output folder, made if need be. `start_on_enter`: the file whose code opens the recording. `trace_filter`:
    one or several, also joined by `::`. `policy`: more settings, as :func:`configure_policy` has them, for this recording.
    `apply_env_policy`: whether the environment's CODETRACER_… count.

    Raises :class:`UsageError` (ERR_ALREADY_TRACING, ERR_TRACER_INSTALL_CONFLICT, ERR_INVALID_POLICY_VALUE,
    ERR_TRACE_DIR_CONFLICT), :class:`EnvironmentError` and the others; then, and where an exception from elsewhere comes
    in between, such as Ctrl-C's, nothing is left behind.
    """
    global _active
    folder = _path_of("path", "out_dir", path)
    if type(apply_env_policy) is not bool:
        raise UsageError("Cannot use %s as apply_env_policy: accepted: True or False" % _shown(apply_env_policy), "ERR_USAGE")
    settings = {**_configured, **_policy_of(policy), "out_dir": folder}
    if trace_filter is not None:
        settings["trace_filter"] = _filters_of(trace_filter)
    if start_on_enter is not None:
        settings["activation_path"] = _path_of("start_on_enter", "activation_path", start_on_enter)
    with _lock:
        _refuse_second()
        _refuse_other_tracers()
        _require_room(_ROOM)
        recording = _Recording(TraceSession(Path(folder), None), _Recorder())
        session = recording.session
        try:
            recording.recorder.begin()
            answer = _first_answer(recording.recorder, "start", settings, apply_env_policy)
            if answer["agent"] is None:  # disabled
                recording.close()
                return session
            session.path, session.trace_path = Path(answer["folder"]), Path(answer["trace"])
            session.warnings = recording.warnings = tuple(answer["warnings"])
            for stream in (sys.stdout, sys.stderr):
                _flush_earlier(stream)
            _refuse_second()  # a signal handler's, begun meanwhile
            recording.begin(answer["agent"])
            _active = recording
            return session
        except BaseException:
            if _active is recording:
                _active = None
            recording.give_up()
            raise


def stop(*given: Any, exit_code: Optional[int] = None) -> Optional[Path]:
    """Ends the recording and waits until the trace stands; returns its path. None where nothing is recorded.

    `exit_code`: what the trace says that the program ended with, 0 to 255; unknown without. Raises what the recorder
    failed with: then there is no trace, or `ct-recorder recover` makes one. The program goes on as before in any case.
    Where an exception from elsewhere comes in between, such as Ctrl-C's, and :func:`is_tracing` still says so, it can be
    called again.
    """
    global _active
    if given:
        raise UsageError(
            "Cannot stop the recording with %s: an exit code is given by its name, exit_code=…" % _shown(given[0]), "ERR_USAGE")
    if exit_code is not None and not (type(exit_code) is int and 0 <= exit_code <= 255):
        raise UsageError(
            "Cannot stop the recording with the exit code %s: accepted are whole numbers from 0 to 255"
            % _shown(exit_code), "ERR_USAGE")
    with _lock:
        recording = _active
        if recording is None:
            return None
        _require_room(_ROOM)
        try:
            return recording.end(exit_code)
        finally:
            if recording.is_over:
                _active = None


def flush() -> None:
    """Waits until the recorder has taken in what was handed over to it so far.

    What was recorded is safe all the time: neither the end of this process nor that of the recorder loses it.
    """
    recording = _active
    ring = None if recording is None else recording.ring
    if ring is not None:
        ring.settle()


def is_tracing() -> bool:
    """Whether there is a recording that was started and not stopped. False in forked children."""
    return _active is not None


@contextmanager
def trace(
    path: _Path,
    *,
    start_on_enter: Optional[_Path] = None,
    trace_filter: Union[_Path, Sequence[_Path], None] = None,
    policy: Optional[Mapping[str, Any]] = None,
    apply_env_policy: bool = True,
) -> Iterator[TraceSession]:
    """Records the block, whatever leaves it. Arguments and errors as of :func:`start` and :func:`stop`."""
    session = start(
        path,
        start_on_enter=start_on_enter,
        trace_filter=trace_filter,
        policy=policy,
        apply_env_policy=apply_env_policy,
    )
    try:
        yield session
    finally:
        session.stop()


def configure_policy(*given: Any, **settings: Any) -> None:
    """Sets settings for the recordings to come, by their names on the command line (`value_max_depth=5`).

    They beat the environment and the configuration file. None: as before. Asks the recorder, which takes about as long as
    starting it. Raises :class:`UsageError` ERR_INVALID_POLICY_VALUE; then nothing has changed.
    """
    global _configured
    if given:
        raise UsageError(
            "Cannot use %s as settings: they are given by their names, such as value_max_depth=5" % _shown(given[0]),
            "ERR_USAGE")
    with _lock:
        together = {**_configured, **_policy_of(settings)}
        _policy(together)
        _configured = together


def configure_policy_from_env() -> None:
    """Checks the environment's CODETRACER_…, which count at each start. Raises as :func:`configure_policy`."""
    _policy(_configured)


def policy_snapshot() -> Dict[str, Any]:
    """The settings that a recording would have now and where each comes from, as `ct-recorder policy --json`."""
    return _policy(_configured)["policy"]


def _policy(settings: Mapping[str, Any]) -> Dict[str, Any]:
    recorder = _Recorder()
    try:
        recorder.begin()
        return _first_answer(recorder, "policy", settings, True)
    finally:
        _insist(recorder.close)


def _first_answer(recorder: _Recorder, do: str, settings: Mapping[str, Any], environment: bool) -> Dict[str, Any]:
    kind, subject = _program()
    arguments = getattr(sys, "argv", None)
    foreign = {name: value.shown for name, value in settings.items() if type(value) is _Foreign}
    try:
        answer = recorder.ask({
            "version": _VERSION,
            "do": do,
            "settings": {name: value for name, value in settings.items() if name not in foreign},
            "foreign": foreign,
            "environment": environment,
            "program": {
                "pid": os.getpid(),
                "executable": sys.executable or "python",
                "kind": kind,
                "subject": subject,
                "args": [word for word in arguments[1:] if type(word) is str] if type(arguments) is list else [],
            },
            "own_files": [start.__code__.co_filename],
        }, 0)
        if "error" in answer:
            raise _error(answer["error"])
        return answer
    except _Gone as gone:
        command = " ".join(recorder.command) or "none: this file was not made by `ct-recorder python-api`"
        raise EnvironmentError(
            "Cannot start the recorder (%s): %s. Set CODETRACER_RECORDER to its path, or run `ct-recorder python-api` again"
            % (command, gone), "ERR_IO", {"command": list(recorder.command)}) from None


def _program() -> Tuple[str, str]:
    """How this program was started: kind and subject, as far as that can be told."""
    main = sys.modules.get("__main__")
    spec, file = getattr(main, "__spec__", None), getattr(main, "__file__", None)
    name = getattr(spec, "name", None)
    if type(name) is str and name != "__main__":
        return "module", name[:-len(".__main__")] if name.endswith(".__main__") else name
    if type(file) is not str:
        return "code", ""
    if name is None:
        return "script", _absolute(file)
    place = os.path.dirname(_absolute(file))
    return "folder" if os.path.isdir(place) else "zip", place


def _refuse_second() -> None:
    if _active is not None:
        raise UsageError(
            "Cannot start a recording: one is active, into %s; stop it first" % _active.session.path,
            "ERR_ALREADY_TRACING", {"path": str(_active.session.path)})


def _refuse_other_tracers() -> None:
    if sys.version_info >= (3, 12):
        found = sys.monitoring.get_tool(4)
        own = found == "codetracer"
    else:
        found = sys.gettrace()
        own = getattr(found, "__module__", None) == "_ct_settrace"
    if own:
        raise UsageError("Cannot start a recording: ct-recorder records this program already", "ERR_ALREADY_TRACING")
    if found is not None:
        raise UsageError(
            "Cannot start a recording: another tracer is at work (%s); end it first" % (found,),
            "ERR_TRACER_INSTALL_CONFLICT")


def _flush_earlier(stream: Any) -> None:
    """What was printed before the recording is not to be handed down, and seen, within it."""
    try:
        stream.flush()
    except Exception:  # the program's to find out, when it flushes or prints
        pass


def _before_fork() -> None:
    if _forks:
        _forks[0]()


def _after_fork_in_parent() -> None:
    if _forks:
        _forks[2]()


def _after_fork_in_child() -> None:
    global _active, _lock
    _lock = threading.RLock()  # another thread may have held it
    recording, _active = _active, None
    if _forks:
        _forks[1]()
        _forks[:] = []
    if recording is not None:
        recording.changes.take_back()
        recording.recorder.close()


os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child, after_in_parent=_after_fork_in_parent)


class _Foreign:
    """A value that no setting can have, in words: the recorder says what would do instead."""

    def __init__(self, value: Any) -> None:
        self.shown = _shown(value)


def _policy_of(settings: Any) -> Dict[str, Any]:
    """What is to be sent of `settings`; None stands for what is not given."""
    if settings is None:
        return {}
    if not isinstance(settings, Mapping):
        raise UsageError(
            "Cannot use %s as policy: accepted: a dict of settings and their values" % _shown(settings), "ERR_USAGE")
    given = [(str.__str__(name) if isinstance(name, str) else _shown(name), value) for name, value in settings.items()]
    return {name: _value_of(value) for name, value in given if value is not None}


def _value_of(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        texts = [_plain(each) for each in value]
        return texts if all(isinstance(each, str) and _is_unicode(each) for each in texts) else _Foreign(value)
    value = _plain(value)
    if type(value) is bool or type(value) is float and math.isfinite(value):
        return value
    if isinstance(value, str):
        return str.__str__(value) if _is_unicode(value) else _Foreign(value)
    if hasattr(type(value), "__index__"):
        number = operator.index(value)
        return number if abs(number) <= _LARGEST_NUMBER else _Foreign(number)
    return _Foreign(value)


def _plain(value: Any) -> Any:
    """A path as text; anything else as it is."""
    if isinstance(value, os.PathLike):
        try:
            return os.fspath(value)
        except TypeError:  # no path after all
            pass
    return value


def _is_unicode(text: str) -> bool:
    """Whether it reaches the recorder as it is: bytes of a path that are no UTF-8 do not."""
    try:
        str.encode(text)
    except UnicodeEncodeError:
        return False
    return True


def _filters_of(filters: Any) -> str:
    several = filters if isinstance(filters, (list, tuple)) and filters else [filters]
    pieces = [piece.strip() for each in several for piece in _text_of("trace_filter", "trace_filter", each).split("::")]
    return "::".join(_absolute(piece) if piece else "" for piece in pieces)


def _path_of(argument: str, setting: str, path: Any) -> str:
    return _absolute(_text_of(argument, setting, path))


def _text_of(argument: str, setting: str, given: Any) -> str:
    """The text that a path is; refused as on the command line."""
    text = _plain(given)
    if isinstance(text, str) and text and _is_unicode(text):
        return str.__str__(text)
    accepted = "any text that is not empty"
    if setting == "trace_filter":
        accepted = 'texts that are not empty, joined by "::"'
    if isinstance(text, str) and text:
        accepted = "text that UTF-8 can encode"
    source = {"kind": "caller", "name": "the argument " + argument}
    raise UsageError(
        "Cannot use %s as %s, given by the argument %s: accepted: %s" % (_shown(text), setting, argument, accepted),
        "ERR_INVALID_POLICY_VALUE", {"setting": setting, "value": _shown(text), "source": source, "accepted": accepted})


def _absolute(path: str) -> str:
    try:
        return os.path.abspath(os.path.expanduser(path) if "\0" not in path else path)
    except OSError as error:
        raise EnvironmentError("Cannot find the working directory: %s" % error, "ERR_IO") from error


def _shown(value: Any) -> str:
    """A value in a message. None of the program's code runs for it."""
    kind = type(value)
    if kind is int and abs(value) >> _LONGEST_NUMBER:
        return "a whole number of %d bits" % value.bit_length()
    if value is None or kind in (bool, int, float, bytes):
        return repr(value[:_LONGEST_SHOWN] if kind is bytes else value)
    if kind is str:
        return json.dumps(value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "…", ensure_ascii=False)
    if issubclass(kind, (list, tuple)):
        return "a list"
    return "a table" if issubclass(kind, dict) else "an object of type %s" % type.__getattribute__(kind, "__name__")


def _start_by_environment() -> None:
    path = os.environ.get("CODETRACER_TRACE")
    if not path:
        return
    try:
        start(path)
    except UsageError as error:
        if error.code != "ERR_ALREADY_TRACING":
            raise


_start_by_environment()
