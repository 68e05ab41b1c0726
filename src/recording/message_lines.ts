/** Messages between a session and its trace worker as lines of JSON, where the two are processes. */

/** Stands for bytes, which JSON doesn't have. */
const BYTES = "$bytes";

const encoder = new TextEncoder();

/** A message as a line, with its end. */
export function toLine(message: unknown): Uint8Array<ArrayBuffer> {
  const text = JSON.stringify(
    message,
    (_, value) => value instanceof Uint8Array ? { [BYTES]: [...value] } : value,
  );
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
  return JSON.parse(line, (_, value) => isBytes(value) ? Uint8Array.from(value[BYTES]) : value);
}

function isBytes(value: unknown): value is { readonly [BYTES]: readonly number[] } {
  return typeof value === "object" && value !== null && Object.hasOwn(value, BYTES);
}
