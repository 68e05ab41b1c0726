"""A desktop program that drives the recorder by design-docs/embedding.md, and prints what came of it as JSON.

Argument, as JSON:
  command    what to start
  pipe       whether events come through a pipe, named in CODETRACER_PROGRESS_FILE; otherwise they are on stderr
  socket     make that a socket, as Node's "pipe" is
  unread     leave that pipe full, and never read it
  at, act    at the first event of this name: "SIGTERM" and the like, "hang up", or "go" (make the file `go`)
  stdin      text for the program
"""
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time


def main():
    spec = json.loads(sys.argv[1])
    environment = dict(os.environ, CODETRACER_PROGRESS="json")
    reader = writer = None
    if spec["pipe"]:
        reader, writer = ends(spec)
        environment["CODETRACER_PROGRESS_FILE"] = "/dev/fd/%d" % writer
        if spec.get("unread"):
            fill(writer)
    recorder = subprocess.Popen(
        spec["command"], env=environment, pass_fds=[writer] if spec["pipe"] else [],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if spec["pipe"]:
        os.close(writer)
    texts = {}
    threads = []
    for name in ["stdout"] + ["stderr"] * spec["pipe"]:
        thread = threading.Thread(target=take, args=(texts, name, getattr(recorder, name)))
        thread.start()
        threads.append(thread)
    recorder.stdin.write(spec.get("stdin", "").encode())
    recorder.stdin.close()
    source = open(reader, "rb") if spec["pipe"] else recorder.stderr
    events = [] if spec.get("unread") else listen(source, spec, recorder)
    status = recorder.wait()
    for thread in threads:
        thread.join()
    json.dump(dict(texts, events=events, status=status), sys.stdout)


def ends(spec):
    if not spec.get("socket"):
        return os.pipe()
    pair = socket.socketpair()
    return [end.detach() for end in pair]


def fill(descriptor):
    os.set_blocking(descriptor, False)
    try:
        while True:
            os.write(descriptor, b" " * 4096)
    except BlockingIOError:
        os.set_blocking(descriptor, True)


def take(texts, name, stream):
    texts[name] = stream.read().decode()


def listen(stream, spec, recorder):
    events = []
    at = spec.get("at")
    for line in stream:
        if not line.startswith(b'{"event":'):
            continue
        event = json.loads(line)
        events.append(event)
        if event["event"] == at:
            at = None
            act = spec["act"]
            if act == "hang up":
                stream.close()
                # Long enough for more than one event that nobody reads.
                time.sleep(1.2)
                open("go", "w").close()
                break
            if act == "go":
                open("go", "w").close()
            else:
                recorder.send_signal(getattr(signal, act))
    return events


main()
