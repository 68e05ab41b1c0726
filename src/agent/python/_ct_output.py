"""Sees what the program writes to its standard streams and reads from them, and leaves the streams themselves alone.

`sys.stdout` stays the object that it was, on the descriptor that it had, with its own buffering: only its `write`
is looked up on the instance first, and there stands a function that calls the real one and then reports.

Where the recorder relays the descriptor, that function also says beforehand what is about to be written, so that the
recorder can tell it from what others write there.
"""
import os
import sys
from _thread import get_ident
from io import BufferedReader, BufferedWriter, FileIO, TextIOWrapper
from itertools import filterfalse, repeat
from marshal import dumps

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_front import front_of
from _ct_ring import PROGRESS_SHOWN
from _ct_tasks import task_name

OUTPUT, UNCAUGHT = -11, -17
STDIN, STDOUT, STDERR = 0, 1, 2
PIECE = 60000  # bytes of one record

OWN_FOLDER = os.path.dirname(__file__) + os.sep


def unlink_hook_frames(traceback):
    """Takes the agent's frames out of a chain of traceback entries that begins in the program."""
    while traceback is not None:
        following = traceback.tb_next
        while following is not None and following.tb_frame.f_code.co_filename.startswith(OWN_FOLDER):
            following = following.tb_next
            traceback.tb_next = following
        traceback = following


def before_flush(check):
    """Has `check` called ahead of each flush of a standard stream; the last thing that Python does to them is that.

    All around the real method is C code: what it raises shows no frame of the agent's.
    """
    for stream in (sys.stdout, sys.stderr):
        if type(stream) is TextIOWrapper:
            stream.flush = front_of(stream.flush, filterfalse(check, repeat(stream.flush)))


def install(ring, home_thread, strip_hook_frames, before_output, announcer, show_type):
    def report(stream, data):
        start, size, task = 0, len(data), task_name()
        more = () if task is None else (task,)
        while start < size:
            end = start + PIECE
            while start < end < size and data[end] & 0xC0 == 0x80:  # not inside of a character
                end -= 1
            ring.emit(dumps((OUTPUT, stream, get_ident() - home_thread, data[start:end], *more, None), 2))
            start = end

    control, shown = ring.control, PROGRESS_SHOWN

    def erase_progress():
        """The recorder's live line stands on the terminal; the program's output takes its place."""
        control[shown] = 0
        os.write(STDERR, b"\r\x1b[K")

    system, told = sys.__dict__, []

    def tell_uncaught():
        """An error ahead of the first line (no valid syntax) leaves no frame. But the interpreter keeps what it is
        about to print here, before it calls the excepthook."""
        if "last_value" in system and get_ident() == home_thread and not told:
            told.append(True)
            ring.emit(dumps((UNCAUGHT, show_type(system["last_value"]), None), 2))

    def hook_text(stream, number, pending, announce):
        original = stream.write

        def write(*args, **kwargs):
            data = None
            if args and type(args[0]) is str:
                try:
                    data = args[0].encode(stream.encoding, stream.errors)
                except Exception:  # the real write is about to say so
                    pass
            if data is not None:
                pending[1] = len(data)
            if before_output is not None:
                before_output()
            if number == STDERR:
                tell_uncaught()
            if control[shown]:
                erase_progress()
            if announce is not None and data:
                announce(data)
            try:
                result = original(*args, **kwargs)
            except BaseException:
                pending[1] = 0
                if announce is not None and data:
                    announce(b"")
                strip_hook_frames()
                raise
            if data:
                if pending[1]:
                    pending[0] += len(data)
                    pending[1] = 0
                report(number, data)
            return result

        stream.write = write

    def hook_bytes(stream, number, pending, announce):
        """For what is written past the text layer; what that layer hands down has been reported already."""
        original = stream.write

        def write(*args, **kwargs):
            size = len(args[0]) if args and type(args[0]) in (bytes, bytearray, memoryview) else -1
            if size >= 0 and (pending[0] or pending[1]) and size in (pending[0], pending[0] + pending[1]):
                if size != pending[0]:
                    pending[1] = 0
                pending[0] = 0
                size = -1
            if control[shown]:
                erase_progress()
            if announce is not None and size > 0:
                announce(bytes(args[0]) if type(args[0]) is memoryview else args[0])
            try:
                result = original(*args, **kwargs)
            except BaseException:
                if announce is not None and size > 0:
                    announce(b"")
                strip_hook_frames()
                raise
            if size > 0:
                report(number, bytes(args[0]))
            return result

        stream.write = write

    def hook_read(stream, name):
        original = getattr(stream, name)

        def read(*args, **kwargs):
            try:
                result = original(*args, **kwargs)
            except BaseException:
                strip_hook_frames()
                raise
            if type(result) is bytes and result:
                report(STDIN, result)
            return result

        setattr(stream, name, read)

    for number, stream in ((STDOUT, sys.stdout), (STDERR, sys.stderr)):
        if type(stream) is TextIOWrapper:
            # Bytes that the text layer holds back, and bytes of the write that is under way.
            pending = [0, 0]
            announce = announcer(number)
            hook_text(stream, number, pending, announce)
            if type(stream.buffer) in (BufferedWriter, FileIO):
                hook_bytes(stream.buffer, number, pending, announce)
    if type(sys.stdin) is TextIOWrapper and type(sys.stdin.buffer) is BufferedReader:
        for name in ("read", "read1", "readline"):
            hook_read(sys.stdin.buffer, name)
