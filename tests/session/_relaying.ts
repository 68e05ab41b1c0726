/** Relays a pipe whose end can't be marked, as there is no such process, and which somebody holds for ever. */
import { OutputRelay } from "../../src/session/output_relay.ts";
import { createRing, RingFile } from "../../src/wire/ring_file.ts";

// A mark that begins as what is written ends: nothing must be held back for one that never comes.
crypto.getRandomValues = (bytes) => {
  if (bytes instanceof Uint8Array) bytes.fill("\n".charCodeAt(0));
  return bytes;
};

const folder = Deno.args[0] ?? ".";
createRing(`${folder}/ring`);
const relay = new OutputRelay(folder, new RingFile(`${folder}/ring`), {
  streams: [1],
  join: null,
  warnings: [],
});
const pipe = new ReadableStream({
  type: "bytes",
  start(controller) {
    controller.enqueue(new TextEncoder().encode("one\n"));
    controller.enqueue(new TextEncoder().encode("two\n"));
  },
});
// Above any process id that there can be.
relay.start({ pid: 2 ** 30, stdout: pipe, unref: () => {} });
await relay.programEnded();
Deno.exit(7);
