"""What the agent does where the program's descriptors lead through the recorder (adr/0010).

It says ahead of each write of the program's own streams what comes, so that the recorder can tell it from what others
write there; and ahead of each record, how much lies in the pipes by then.
"""
import os
from _stat import S_ISFIFO
from _thread import get_ident
from fcntl import ioctl
from marshal import dumps
from sys import byteorder
from termios import FIONREAD

from _ct_builtins import BUILTINS as __builtins__  # noqa: F401

WRITING, WRITTEN = -18, -22
RELAYED = {1: 96, 2: 104}  # in the ring's header, by descriptor
KNOWN = 60000  # bytes of one write that are told
NOTHING = bytes(4)
fstat = os.fstat  # the program may put another in its place


def _identity_of_pipe(descriptor):
    """Device and inode; None when it is no pipe."""
    try:
        status = fstat(descriptor)
    except OSError as error:
        if error.__traceback__.tb_next is not None:  # raised by a signal handler of the program
            raise
        return None
    return (status.st_dev, status.st_ino) if S_ISFIFO(status.st_mode) else None


def _unread(descriptor):
    """Number of bytes that lie in the pipe, as an int of C; NOTHING for what is no pipe."""
    try:
        return ioctl(descriptor, FIONREAD, NOTHING)
    except OSError as error:
        if error.__traceback__.tb_next is not None:  # as above
            raise
        return NOTHING


def _join_stderr(device, inode):
    """Standard error goes where standard output goes, as it did before the recorder stood in front of that."""
    try:
        error = fstat(2)
        if (error.st_dev, error.st_ino) == (device, inode) and _identity_of_pipe(1):
            os.dup2(1, 2)
    except OSError:  # closed: somebody between the recorder and here wanted something else
        pass


class Relay:
    """The pipes to the recorder, as the agent finds them when it starts."""

    def __init__(self, config, ring, home_thread):
        if config["join"] is not None:
            _join_stderr(*config["join"])
        self.ring, self.home_thread = ring, home_thread
        self.pipes = {}
        for stream in config["streams"]:
            pipe = _identity_of_pipe(stream)
            if pipe is not None:
                self.pipes[stream] = pipe
        if self.pipes:
            self._watch()

    def announcer(self, stream):
        """A function to call ahead of a write, and with b"" after one that failed; None where nobody wants to know."""
        pipe, ring, home_thread = self.pipes.get(stream), self.ring, self.home_thread
        if pipe is None:
            return None

        def announce(data):
            if _identity_of_pipe(stream) == pipe:  # else it goes elsewhere: the program has redirected it
                ident = get_ident() - home_thread
                ring.emit(dumps((WRITING, stream, ident, bytes(data[:KNOWN]), len(data), None), 2))

        return announce

    def _watch(self):
        control, told = self.ring.control, {}
        # Two streams in one pipe are looked at once.
        watched = {pipe: stream for stream, pipe in sorted(self.pipes.items(), reverse=True)}
        streams = tuple(watched.values())

        def tell(stream, write):
            """What the recorder has taken is read first: more of it may count as neither taken nor unread, never as both."""
            taken = int.from_bytes(control[RELAYED[stream]:RELAYED[stream] + 8], "little")
            state = taken, int.from_bytes(_unread(stream), byteorder)
            if state != told.get(stream) and _identity_of_pipe(stream) == self.pipes[stream]:
                write(dumps((WRITTEN, stream, *state, None), 2))
                told[stream] = state

        def in_front_of(write):
            def look_and_write(data):
                for stream in streams:
                    if _unread(stream) != NOTHING:
                        tell(stream, write)
                return write(data)

            return look_and_write

        self.ring.put_in_front(in_front_of)
