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
import importlib
import json
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
_VERSION = 1  # of what is said between this module and the recorder
_MOST_SAID = 20  # lines of a recorder that fails to start, kept for the error's message
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

    def stop(self, *, exit_code: Optional[int] = None) -> Optional[Path]:
        """As :func:`stop`, if this is the recording that is active; else None."""
        with _lock:
            return stop(exit_code=exit_code) if _active is not None and _active.session is self else None

    def flush(self) -> None:
        """As :func:`flush`."""
        flush()

    def __enter__(self) -> "TraceSession":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Recorder:
    """The recorder's process: one request for each line of JSON, and its answer.

    It is no child of this process (a shell is, and has ended): the program may wait for any child of its own.
    """

    def __init__(self) -> None:
        chosen = os.environ.get("CODETRACER_RECORDER")
        self.command: Sequence[str] = (chosen,) if chosen else _COMMAND
        script = 'exec 3<&0; "$@" python-api --serve <&3 3<&- &'
        ours, theirs = _socket.socketpair()
        try:
            for end in (ours, theirs):
                end.setblocking(True)  # whatever the program has for its own
            self.channel = _Descriptor(ours)
            with subprocess.Popen(
                ["/bin/sh", "-c", script, "sh", *self.command],
                stdin=theirs,
                stdout=theirs,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C and the terminal's end are for the program
            ):
                pass
        except OSError as error:
            raise EnvironmentError(
                "Cannot start the recorder: %s" % error, "ERR_IO", {"command": list(self.command)}) from error
        finally:
            ours.close()
            theirs.close()
        self.waiting = b""  # of the next answer

    def ask(self, request: Mapping[str, Any]) -> Dict[str, Any]:
        """The answer. Raises what the recorder failed with, and _Gone."""
        said: List[str] = []
        answer = None
        try:
            self.channel.write(json.dumps(request, default=repr).encode("ascii") + b"\n")
        except OSError as error:  # but it may have said why it doesn't listen
            said.append(str(error))
        try:
            answer = self._answer(said)
        except OSError as error:
            said.append(str(error))
        if answer is None:
            raise _Gone("; ".join(dict.fromkeys(said)) or "it ended without a word")
        if "error" in answer:
            raise _error(answer["error"])
        return answer

    def close(self) -> None:
        """Lets the recorder go; it ends by itself."""
        self.channel.close()

    def _answer(self, said: List[str]) -> Optional[Dict[str, Any]]:
        """What it answers; None at its end. To `said` goes what else it says: what keeps it from starting."""
        for line in iter(self._line, None):
            if line.startswith("{"):
                return json.loads(line)
            if len(said) < _MOST_SAID:
                said.append(line.rstrip())
        return None

    def _line(self) -> Optional[str]:
        """The next line that the recorder says; None at the end."""
        while b"\n" not in self.waiting:
            more = self.channel.read()
            if not more:
                return None
            self.waiting += more
        line, _, self.waiting = self.waiting.partition(b"\n")
        return line.decode("utf-8", "replace")


class _Descriptor:
    """One end of a pair of sockets, under a number that the program's own files don't have.

    The program may close all that it knows nothing of, as daemons do; what has the number then is left alone.
    """

    def __init__(self, end: Any) -> None:
        try:
            self.number = fcntl.fcntl(end.fileno(), fcntl.F_DUPFD_CLOEXEC, _FIRST_DESCRIPTOR)
        except OSError:  # the program may have no more than that
            self.number = fcntl.fcntl(end.fileno(), fcntl.F_DUPFD_CLOEXEC, 3)
        self.identity = self._look()

    def is_open(self) -> bool:
        try:
            return self._look() == self.identity
        except OSError:
            return False

    def read(self) -> bytes:
        self._require()
        try:
            return os.read(self.number, 65536)
        except ConnectionResetError:  # it ended, and had not read all
            return b""

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
            if end.fileno() == self.number:
                end.detach()
            end.close()

    def _sender(self, take: Callable[[int], int]) -> Any:
        """A socket object for what `take` makes of the number. C code alone: nothing is left open by an exception."""
        family, kind = _socket.AF_UNIX, _socket.SOCK_STREAM
        return next(map(_socket.socket, (family,), (kind,), (0,), map(take, (self.number,))))

    def close(self) -> None:
        if self.is_open():
            os.close(self.number)

    def _require(self) -> None:
        if not self.is_open():
            raise OSError("the program has closed the recorder's socket")

    def _look(self) -> Tuple[int, int]:
        found = os.fstat(self.number)
        return found.st_dev, found.st_ino


class _Gone(Exception):
    """The recorder ended before it had answered."""


def _error(json_error: Mapping[str, Any]) -> RecorderError:
    cls = _KINDS.get(json_error["kind"], InternalError)
    return cls(json_error["message"], json_error["code"], json_error["context"])


class _Recording:
    """What belongs to a recording while it runs."""

    def __init__(self, session: TraceSession, recorder: _Recorder) -> None:
        self.session, self.recorder = session, recorder
        self.ring: Any = None
        self.changes: Any = None

    def begin(self, agent: str) -> None:
        """Loads the agent from its folder. It leaves as little behind as it can: the recorder removes the folder."""
        bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
        sys.path.insert(0, agent)
        try:
            config = importlib.import_module("_ct_config").CONFIG
            self.ring, self.changes = importlib.import_module("_ct_start").start(config, _follow_forks)
        finally:
            sys.dont_write_bytecode = bytecode
            sys.path[:] = [entry for entry in sys.path if entry != agent]
            sys.path_importer_cache.pop(agent, None)
            for name in [name for name in sys.modules if name.startswith("_ct_")]:
                del sys.modules[name]
        if self.ring.is_detached():
            raise TargetError(
                "The recorder's part in this program failed as it began", "ERR_FRAME_INTROSPECTION_FAILED")

    def leave(self) -> None:
        """Nothing is recorded from here on, and the program is as it was."""
        _forks[:] = []
        if self.ring is not None:
            self.ring.end()
            self.changes.take_back()

    def end(self, exit_code: Optional[int]) -> Optional[Path]:
        self.leave()
        try:
            answer = self.recorder.ask({"do": "stop", "exit_code": exit_code})
        except _Gone as gone:
            if not self.recorder.channel.is_open():
                raise TargetError(
                    "The recording ended when the program closed all descriptors, and with them the recorder's; "
                    "the trace is in %s" % self.session.path,
                    "ERR_TRACE_INCOMPLETE", {"path": str(self.session.path)}) from None
            raise TargetError(
                "The recorder ended before the recording (%s); `ct-recorder recover %s` makes a trace of what there is"
                % (gone, self.session.path), "ERR_TRACE_INCOMPLETE", {"path": str(self.session.path)}) from None
        finally:
            self.close()
        session = self.session
        session.warnings += tuple(answer["warnings"])
        session.partial = None if answer["partial"] is None else _error(answer["partial"])
        session.trace_path = None if answer["trace"] is None else Path(answer["trace"])
        return session.trace_path

    def give_up(self) -> None:
        """There is to be no trace."""
        self.leave()
        try:
            self.recorder.ask({"do": "discard"})
        except (RecorderError, _Gone):  # which is what was asked for, or has been told
            pass
        finally:
            self.close()

    def close(self) -> None:
        ours = self.recorder.channel.is_open()
        self.recorder.close()
        if self.ring is None:
            return
        if ours:
            self.ring.close()
        else:
            _kept.append(self.ring)


_lock = threading.RLock()
_active: Optional[_Recording] = None
_configured: Dict[str, Any] = {}
_forks: List[Callable[[], object]] = []  # what the agent wants to be called after a fork: in the child, in the parent
_follows_forks = False
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
    ERR_TRACE_DIR_CONFLICT), :class:`EnvironmentError` and the others; then nothing is left behind.
    """
    global _active
    folder = _absolute(path)
    settings = {**_configured, **_plain(policy or {}), "out_dir": folder}
    if trace_filter is not None:
        several = [trace_filter] if isinstance(trace_filter, (str, os.PathLike)) else trace_filter
        pieces = [piece.strip() for one in several for piece in os.fspath(one).split("::")]
        settings["trace_filter"] = "::".join(_absolute(piece) for piece in pieces if piece)
    if start_on_enter is not None:
        settings["activation_path"] = _absolute(start_on_enter)
    with _lock:
        if _active is not None:
            raise UsageError(
                "Cannot start a recording: one is active, into %s; stop it first" % _active.session.path,
                "ERR_ALREADY_TRACING", {"path": str(_active.session.path)})
        _refuse_other_tracers()
        recorder = _Recorder()
        recording = _Recording(TraceSession(Path(folder), None), recorder)
        try:
            answer = _first_answer(recorder, "start", settings, apply_env_policy)
            if answer["agent"] is None:  # disabled
                recorder.close()
                return recording.session
            recording.session.path = Path(answer["folder"])
            recording.session.trace_path = Path(answer["trace"])
            recording.session.warnings = tuple(answer["warnings"])
            for stream in (sys.stdout, sys.stderr):
                _flush_earlier(stream)
            recording.begin(answer["agent"])
            _active = recording
        except BaseException:
            recording.give_up()
            raise
        return recording.session


def stop(*, exit_code: Optional[int] = None) -> Optional[Path]:
    """Ends the recording and waits until the trace stands; returns its path. None where nothing is recorded.

    `exit_code`: what the trace says that the program ended with, 0 to 255; unknown without. Raises what the recorder
    failed with: then there is no trace, or `ct-recorder recover` makes one. The program goes on as before in any case.
    """
    global _active
    if exit_code is not None and not (type(exit_code) is int and 0 <= exit_code <= 255):
        raise UsageError(
            "Cannot stop the recording with the exit code %r: accepted are whole numbers from 0 to 255" % (exit_code,),
            "ERR_USAGE")
    with _lock:
        recording, _active = _active, None
        return None if recording is None else recording.end(exit_code)


def flush() -> None:
    """Waits until the recorder has taken in what was handed over to it so far.

    What was recorded is safe all the time: neither the end of this process nor that of the recorder loses it.
    """
    recording = _active
    if recording is not None:
        recording.ring.settle()


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


def configure_policy(**settings: Any) -> None:
    """Sets settings for the recordings to come, by their names on the command line (`value_max_depth=5`).

    They beat the environment and the configuration file. None: as before. Asks the recorder, which takes about as long as
    starting it. Raises :class:`UsageError` ERR_INVALID_POLICY_VALUE; then nothing has changed.
    """
    global _configured
    with _lock:
        together = {**_configured, **_plain(settings)}
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
        return _first_answer(recorder, "policy", settings, True)
    finally:
        recorder.close()


def _first_answer(recorder: _Recorder, do: str, settings: Mapping[str, Any], environment: bool) -> Dict[str, Any]:
    kind, subject = _program()
    arguments = getattr(sys, "argv", [])[1:]
    try:
        return recorder.ask({
            "version": _VERSION,
            "do": do,
            "settings": settings,
            "environment": environment,
            "program": {
                "pid": os.getpid(),
                "executable": sys.executable or "python",
                "kind": kind,
                "subject": subject,
                "args": [word for word in arguments if type(word) is str],
            },
            "own_files": [start.__code__.co_filename],
        })
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


def _follow_forks(in_child: Callable[[], object], in_parent: Callable[[], object]) -> None:
    global _follows_forks
    _forks[:] = [in_child, in_parent]
    if not _follows_forks and hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_after_fork_in_child, after_in_parent=_after_fork_in_parent)
        _follows_forks = True


def _after_fork_in_parent() -> None:
    if _forks:
        _forks[1]()


def _after_fork_in_child() -> None:
    global _active, _lock
    _lock = threading.RLock()  # another thread may have held it
    recording, _active = _active, None
    if _forks:
        _forks[0]()
        _forks[:] = []
    if recording is not None:
        recording.changes.take_back()
        recording.recorder.close()


def _plain(settings: Mapping[str, Any]) -> Dict[str, Any]:
    plain = {}
    for name, value in settings.items():
        if value is not None:
            plain[name] = os.fspath(value) if isinstance(value, os.PathLike) else value
    return plain


def _absolute(path: _Path) -> str:
    return os.path.abspath(os.path.expanduser(os.fspath(path)))


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
