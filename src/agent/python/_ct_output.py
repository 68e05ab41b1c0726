"""Sees what the program writes to its standard streams and reads from them, and leaves the streams themselves alone.

`sys.stdout` stays the object that it was, on the descriptor that it had, with its own buffering: only its `write`
is looked up on the instance first, and there stands a function that calls the real one and then reports. The same goes
for the other methods that are watched.

A text is reported as it is written, though the text layer may hold it back; what that hands down to the binary one is
known again by its bytes. Where the recorder relays the descriptor, it is told beforehand what the binary layer takes in,
so that it can tell this from what others write there.
"""
import sys
from _codecs import lookup
from _io import BufferedReader, BufferedWriter, FileIO, TextIOWrapper
from _thread import get_ident
from itertools import filterfalse, repeat
from marshal import dumps
from os import write as write_to

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401
from _ct_front import front_of
from _ct_guard import OWN_FOLDER
from _ct_ring import PROGRESS_SHOWN
from _ct_tasks import task_name

OUTPUT, UNCAUGHT = -11, -17
STDIN, STDOUT, STDERR = 0, 1, 2
PIECE = 60000  # bytes of one record
OWN_ERROR_HANDLERS = frozenset((
    "strict", "ignore", "replace", "backslashreplace", "xmlcharrefreplace", "namereplace", "surrogateescape", "surrogatepass"))
AMONG_FIRST = 64  # pieces of text, in the order in which their writes began, is the one that the text layer took first
ENCODED_APART = {("utf-8", "strict"): True}  # by encoding and error handler; the others when they are met


def unlink_hook_frames(traceback):
    """Takes the agent's frames out of a chain of traceback entries that begins in the program."""
    while traceback is not None:
        following = traceback.tb_next
        while following is not None and following.tb_frame.f_code.co_filename.startswith(OWN_FOLDER):
            following = following.tb_next
            traceback.tb_next = following
        traceback = following


def before_flush(check, changes):
    """Has `check` called ahead of each flush of a standard stream; the last thing that Python does to them is that.

    All around the real method is C code: what it raises shows no frame of the agent's.
    """
    for stream in (sys.stdout, sys.stderr):
        if type(stream) is TextIOWrapper:
            changes.put(stream, "flush", front_of(stream.flush, filterfalse(check, repeat(stream.flush))))


def encodes_apart(encoding):
    """Whether the bytes of each text are the same whatever was written before it, and Python's own code makes them.

    `encoding`: its name and that of the error handler.
    """
    name, errors = encoding
    make = lookup(name).incrementalencoder
    apart = errors in OWN_ERROR_HANDLERS and make.__module__.startswith("encodings.")
    for text in ("\u304b", "\xca") if apart else ():  # what encoders with a state make something of, or wait behind
        encoder, alone = make("ignore"), text.encode(name, "ignore")
        apart = apart and encoder.encode(text) == alone and encoder.encode(text) == alone
    ENCODED_APART[encoding] = apart
    return apart


def forget(held, pieces):
    count = len(pieces)
    if held[:count] == pieces:
        del held[:count]
        return
    for piece in pieces:
        try:
            held.remove(piece)
        except ValueError:  # another thread was faster
            pass


def comes_of_texts(data, held):
    """Whether the text layer hands down `data`, made of pieces that are `held`; these are so no longer.

    It hands down all that it has: what this thread wrote (but for what it just writes, maybe), and others' pieces too.
    """
    pieces = held[:]
    if not pieces:
        return False
    # By far the most: all there is, or all but what is just being written.
    if data == pieces[0][1] and len(pieces) == 1:
        forget(held, pieces)
        return True
    if not pieces[-1][2] and not data.startswith(tuple([piece[1] for piece in pieces[:AMONG_FIRST]])):
        return False
    texts = [piece[1] for piece in pieces]
    if data == b"".join(texts):
        forget(held, pieces)
        return True
    if pieces[-1][2] and data == b"".join(texts[:-1]):
        forget(held, pieces[:-1])
        return bool(data)
    me, left, taken, at = get_ident(), pieces[:], [], 0
    while at < len(data):  # nearly in this order; threads may have come in between
        for index, piece in enumerate(left):  # noqa: B007
            if data.startswith(piece[1], at):
                break
        else:
            break
        at += len(piece[1])
        taken.append(left.pop(index))
    if at == len(data) and not any(piece[0] == me and not piece[2] for piece in left):
        forget(held, taken)
        return True
    own = [piece for piece in pieces if piece[0] == me]
    if any(piece[2] for piece in own):  # inside of a text's write nothing else is written here
        forget(held, own)
        return True
    return False


def install(ring, home_thread, strip_hook_frames, before_output, announcer, show_type, changes):
    def report(stream, data):
        try:
            data = bytes(data)
            start, size, task = 0, len(data), task_name()
            more = () if task is None else (task,)
            while start < size:
                end = start + PIECE
                while start < end < size and data[end] & 0xC0 == 0x80:  # not inside of a character
                    end -= 1
                ring.emit(dumps((OUTPUT, stream, get_ident() - home_thread, data[start:end], *more, None), 2))
                start = end
        except MemoryError:  # the program has written or read it all the same
            ring.lose()

    shown = PROGRESS_SHOWN

    def erase_progress():
        """The recorder's live line stands on the terminal; the program's output takes its place."""
        ring.control[shown] = 0
        write_to(STDERR, b"\r\x1b[K")

    system, told = sys.__dict__, []

    def tell_uncaught():
        """An error ahead of the first line (no valid syntax) leaves no frame. But the interpreter keeps what it is
        about to print here, before it calls the excepthook."""
        value = system.get("last_value")  # None once the interpreter takes itself apart
        if value is not None and get_ident() == home_thread and not told:
            told.append(True)
            ring.emit(dumps((UNCAUGHT, show_type(value), None), 2))

    def hook_text(stream, number, held):
        """`held`: what is reported here, until the text layer hands it down; None where nobody sees that."""
        original, translated = stream.write, []

        def write(*args, **kwargs):
            data = None
            if args and issubclass(type(args[0]), str):
                try:
                    encoding = stream.encoding, stream.errors
                    apart = ENCODED_APART.get(encoding)
                    if apart is None:
                        apart = encodes_apart(encoding)
                    if held is None or apart and not translated:
                        data = str.encode(args[0], *encoding)
                except Exception:  # the real write is about to say so
                    pass
            if before_output is not None:
                before_output()
            if number == STDERR:
                tell_uncaught()
            if ring.control[shown]:
                erase_progress()
            piece = [get_ident(), data, True]
            if data and held is not None:
                held.append(piece)
            try:
                result = original(*args, **kwargs)
            except BaseException:
                if held is not None:
                    forget(held, [piece])
                strip_hook_frames()
                raise
            piece[2] = False
            if data:
                report(number, data)
            return result

        def reconfigure(*args, **kwargs):
            try:
                result = real_reconfigure(*args, **kwargs)
            except BaseException:
                strip_hook_frames()
                raise
            newline = kwargs.get("newline", ...)
            if newline is not ...:
                translated[:] = [newline] if newline in ("\r", "\r\n") else []
            return result

        real_reconfigure = stream.reconfigure
        changes.put(stream, "write", write)
        changes.put(stream, "reconfigure", reconfigure)

    def hook_bytes(stream, number, held, announce):
        """For what is written past the text layer, and what that makes of texts that don't tell it themselves."""
        original = stream.write

        def write(*args, **kwargs):
            data = args[0] if args and type(args[0]) in (bytes, bytearray, memoryview) else b""
            if type(data) is not bytes and announce is not None:
                data = bytes(data)
            reported = type(data) is bytes and comes_of_texts(data, held)
            if ring.control[shown]:
                erase_progress()
            if announce is not None and data:
                announce(data)
            try:
                result = original(*args, **kwargs)
            except BaseException:
                if announce is not None and data:
                    announce(b"")
                strip_hook_frames()
                raise
            if not reported and data != b"":
                report(number, data)
            return result

        changes.put(stream, "write", write)

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

        changes.put(stream, name, read)

    for number, stream in ((STDOUT, sys.stdout), (STDERR, sys.stderr)):
        if type(stream) is TextIOWrapper:
            watched = type(stream.buffer) in (BufferedWriter, FileIO)
            held = [] if watched else None
            hook_text(stream, number, held)
            if watched:
                hook_bytes(stream.buffer, number, held, announcer(number))
    if type(sys.stdin) is TextIOWrapper and type(sys.stdin.buffer) is BufferedReader:
        for name in ("read", "read1", "readline"):
            hook_read(sys.stdin.buffer, name)
