/** Asks the one `ct-accept` that all test files of a run share: see accept_server.py. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ACCEPT_TOOL } from "./accept_command.ts";

const SERVER = fileURLToPath(new URL("accept_server.py", import.meta.url));
/** Test files are threads of one process. */
const FOLDER = join(tmpdir(), `ct-accept-${Deno.pid}`);

/**
 * What `ct-accept WORDS` prints, and at its end a line of a NUL byte and JSON: exit status and standard error.
 *
 * @param words Paths among them are absolute.
 * @throws {Error} If the server can't be started, with what it said.
 */
export async function* askAcceptServer(words: readonly string[]): AsyncGenerator<Uint8Array> {
  // Not by its streams: the one that is dropped first closes the connection.
  using connection = await connect() ?? await start();
  const question = new TextEncoder().encode(JSON.stringify(words) + "\n");
  for (let written = 0; written < question.length;) {
    written += await connection.write(question.subarray(written));
  }
  const buffer = new Uint8Array(1 << 16);
  while (true) {
    const length = await connection.read(buffer);
    if (length === null) return;
    yield buffer.subarray(0, length);
  }
}

/** Null where nobody listens. */
async function connect(): Promise<Deno.UnixConn | null> {
  try {
    return await Deno.connect({ transport: "unix", path: join(FOLDER, "socket") });
  } catch (error) {
    const { NotFound, ConnectionRefused } = Deno.errors;
    if (error instanceof NotFound || error instanceof ConnectionRefused) return null;
    throw error;
  }
}

async function start(): Promise<Deno.UnixConn> {
  // Other test files are likely to want it at the same moment.
  using lock = await Deno.open(SERVER);
  await lock.lock(true);
  const started = await connect();
  if (started !== null) return started;
  const { success, stderr } = await new Deno.Command("python3", {
    args: [SERVER, ACCEPT_TOOL, FOLDER, String(Deno.pid)],
    stdin: "null",
  }).output();
  const connection = await connect();
  if (success && connection !== null) return connection;
  throw new Error(
    `Cannot start ${ACCEPT_TOOL}; set CT_ACCEPT to its place, and see that python3 has the package zstandard:\n${
      new TextDecoder().decode(stderr)
    }`,
  );
}
