"""An asyncio chat server that talks to its own clients over loopback.

All clients are connected at the same time, but a baton decides who speaks, so that every run has the same order.
"""

import asyncio
import contextlib
import json
import struct


class ProtocolError(Exception):
    pass


def encode(message):
    body = json.dumps(message, sort_keys=True).encode()
    return struct.pack(">H", len(body)) + body


async def receive(reader):
    try:
        header = await reader.readexactly(2)
    except asyncio.IncompleteReadError:
        return None
    (length,) = struct.unpack(">H", header)
    if length > 1000:
        raise ProtocolError("a message of %d bytes" % length)
    body = await reader.readexactly(length)
    return json.loads(body.decode())


class Room:
    def __init__(self, name):
        self.name = name
        self.members = {}
        self.history = []

    def join(self, nick, writer):
        if nick in self.members:
            raise ProtocolError("the name %s is taken" % nick)
        self.members[nick] = writer

    def leave(self, nick):
        self.members.pop(nick, None)

    async def post(self, nick, text):
        self.history.append((nick, text))
        message = encode({"type": "said", "who": nick, "text": text, "number": len(self.history)})
        for _, writer in sorted(self.members.items()):
            writer.write(message)
            await writer.drain()


class Server:
    def __init__(self):
        self.rooms = {}
        self.log = []
        self.closed = None
        self.connections = 0
        self.finished = 0

    async def start(self):
        self.closed = asyncio.Event()
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)

    async def serve(self, reader, writer):
        self.connections += 1
        nick = room = None
        try:
            while True:
                message = await receive(reader)
                if message is None:
                    break
                kind = message["type"]
                if kind == "join":
                    nick = message["nick"]
                    candidate = self.rooms.setdefault(message["room"], Room(message["room"]))
                    try:
                        candidate.join(nick, writer)
                    except ProtocolError as error:
                        writer.write(encode({"type": "error", "text": str(error)}))
                        await writer.drain()
                        nick = None
                        continue
                    room = candidate
                    writer.write(encode({"type": "joined", "room": room.name, "members": sorted(room.members)}))
                    await writer.drain()
                elif kind == "say":
                    await room.post(nick, message["text"])
                elif kind == "history":
                    writer.write(encode({"type": "history", "lines": room.history[-message["last"]:]}))
                    await writer.drain()
                else:
                    raise ProtocolError("unknown type " + kind)
        except ProtocolError as error:
            self.log.append("%s: %s" % (nick, error))
            writer.write(encode({"type": "error", "text": str(error)}))
            await writer.drain()
        finally:
            if room is not None:
                room.leave(nick)
            writer.close()
            self.finished += 1
            if self.finished == self.connections:
                self.closed.set()

    async def stop(self):
        self.server.close()
        await self.server.wait_closed()


class Baton:
    """Only its holder may speak; it goes round in a fixed order."""

    def __init__(self, names):
        self.order = list(names)
        self.turn = 0
        self.changed = asyncio.Condition()

    @contextlib.asynccontextmanager
    async def held_by(self, name):
        async with self.changed:
            await self.changed.wait_for(lambda: self.order[self.turn % len(self.order)] == name)
        try:
            yield self.turn
        finally:
            async with self.changed:
                self.turn += 1
                self.changed.notify_all()


class Client:
    def __init__(self, nick, server, baton):
        self.nick, self.server, self.baton = nick, server, baton
        self.heard = []

    async def connect(self, room):
        self.reader, self.writer = await asyncio.open_connection(*self.server.server.sockets[0].getsockname())
        return await self.ask({"type": "join", "nick": self.nick, "room": room})

    async def send(self, message):
        self.writer.write(encode(message))
        await self.writer.drain()

    async def ask(self, message):
        await self.send(message)
        return await receive(self.reader)

    async def replies(self, kind):
        """Everything that comes in until a message of this kind, which is the last."""
        while True:
            message = await receive(self.reader)
            if message is None:
                return
            yield message
            if message["type"] == kind:
                return

    async def run(self, lines):
        spoken = 0
        for line in lines:
            async with self.baton.held_by(self.nick):
                await self.send({"type": "say", "text": line})
                await self.send({"type": "history", "last": 2})
                async for message in self.replies("history"):
                    if message["type"] == "said":
                        self.heard.append("%d:%s" % (message["number"], message["who"]))
                    else:
                        spoken += len(message["lines"])
        return spoken

    async def close(self):
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


async def main():
    server = Server()
    await server.start()
    names = ["ada", "bob", "cyd"]
    baton = Baton(names)
    clients = [Client(name, server, baton) for name in names]
    for client in clients:
        print("joined:", await client.connect("lobby"))
    sentences = [["hello", "how is everyone?", "bye"], ["hi ada", "fine", "see you"], ["\u00e9t\u00e9", "good", "ciao"]]
    results = await asyncio.gather(*(client.run(lines) for client, lines in zip(clients, sentences)))
    print("history lines:", results)

    twin = Client("ada", server, baton)
    print("twin:", await twin.connect("lobby"))
    print("rude:", await twin.ask({"type": "shout"}))
    await twin.close()

    for client in clients:
        print(client.nick, "heard", " ".join(client.heard))
        await client.close()
    await server.closed.wait()
    await server.stop()
    print("log:", server.log, "connections:", server.connections, "room:", len(server.rooms["lobby"].members))

    async def slow():
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            print("cancelled")
            raise

    task = asyncio.ensure_future(slow())
    await asyncio.sleep(0)
    task.cancel()
    print("result:", [type(result).__name__ for result in await asyncio.gather(task, return_exceptions=True)])
    try:
        await asyncio.wait_for(asyncio.sleep(3600), timeout=0.01)
    except asyncio.TimeoutError:
        print("timed out")


if __name__ == "__main__":
    asyncio.run(main())
