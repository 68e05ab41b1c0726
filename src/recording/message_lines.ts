/** Messages between a session and its trace worker as lines of JSON, where the two are processes. */

/** Stand for bytes and for shared memory, which JSON doesn't have. */
const BYTES = "$bytes";
const SHARED = "$shared";

const encoder = new TextEncoder();

/** A message as a line, with its end. Of shared memory the other side gets a copy, as it is now. */
export function toLine(message: unknown): Uint8Array<ArrayBuffer> {
  const text = JSON.stringify(message, (_, value) => {
    if (value instanceof Uint8Array) return { [BYTES]: [...value] };
    return value instanceof SharedArrayBuffer ? { [SHARED]: [...new Uint8Array(value)] } : value;
  });
  return encoder.encode(`${text}\n`);
}

/**
 * The messages of a stream, until it ends; what stands behind the last line's end is none.
 *
 * @throws {SyntaxError} If a line is no JSON.
 */
export async function* messagesOf<T>(stream: ReadableStream<Uint8Array>): AsyncGenerator<T> {
  const decoder = new TextDecoder();
  const pieces: string[] = [];
  for await (const chunk of stream) {
    const [first = "", ...lines] = decoder.decode(chunk, { stream: true }).split("\n");
    pieces.push(first);
    for (const line of lines) {
      yield fromLine(pieces.join(""));
      pieces.splice(0, pieces.length, line);
    }
  }
}

function fromLine<T>(line: string): T {
  return JSON.parse(line, (_, value) => {
    if (typeof value !== "object" || value === null) return value;
    if (Object.hasOwn(value, BYTES)) return Uint8Array.from(value[BYTES]);
    if (!Object.hasOwn(value, SHARED)) return value;
    const shared = new SharedArrayBuffer(value[SHARED].length);
    new Uint8Array(shared).set(value[SHARED]);
    return shared;
  });
}
