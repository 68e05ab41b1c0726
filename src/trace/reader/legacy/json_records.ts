import { MAX_RECORD_DEPTH, MAX_RECORD_ITEMS, type Pieces } from "./pieces.ts";
import type { LegacyRecord } from "./record.ts";

const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c];
const [OPEN, CLOSE, OPEN_MAP, CLOSE_MAP] = [0x5b, 0x5d, 0x7b, 0x7d];
/** A number that a double may not hold. */
const LONG_NUMBER = /\d{16}/;

/**
 * The records of a `trace.json`: one array of objects with one key, or of texts. Each is parsed by
 * itself, so that only one is in memory.
 *
 * @throws {RecorderError} `ERR_TRACE_CORRUPT` if it is no such array.
 */
export function* jsonRecords(pieces: Pieces): Generator<LegacyRecord, void, undefined> {
  skipSpace(pieces);
  if (pieces.u8() !== OPEN) pieces.fail("expected an array of records");
  skipSpace(pieces);
  if (peek(pieces) === CLOSE) pieces.pos++;
  else {
    for (let delimiter = COMMA; delimiter === COMMA; pieces.record++) {
      skipSpace(pieces);
      yield asRecord(parse(pieces, elementLength(pieces)), pieces);
      skipSpace(pieces);
      delimiter = pieces.u8();
      if (delimiter !== COMMA && delimiter !== CLOSE) pieces.fail("expected , or ] after a record");
    }
  }
  while (pieces.begin()) {
    if (!isSpace(pieces.u8())) pieces.fail("there is more after the array");
  }
}

/** An object of one key, or a text for the records without content. */
export function asRecord(element: unknown, pieces: Pieces): LegacyRecord {
  if (typeof element === "string") return { name: element, body: null };
  if (typeof element === "object" && element !== null && !Array.isArray(element)) {
    const [entry, more] = Object.entries(element);
    if (entry !== undefined && more === undefined) return { name: entry[0], body: entry[1] };
  }
  return pieces.fail("expected an object of one key");
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function peek(pieces: Pieces): number {
  pieces.need(1);
  return pieces.bytes[pieces.pos]!; // holds: there is one
}

function skipSpace(pieces: Pieces): void {
  do {
    if (!pieces.begin()) pieces.fail("the file ends before the array does");
  } while (isSpace(peek(pieces)) && pieces.pos++ >= 0);
}

/** Bytes of the element that begins here: up to the comma or bracket behind it. */
function elementLength(pieces: Pieces): number {
  let length = 0;
  let depth = 0;
  let items = 0;
  let inText = false;
  for (;;) {
    pieces.need(length + 1);
    const { bytes, pos, end } = pieces;
    for (let at = pos + length; at < end; at++) {
      const byte = bytes[at]!; // holds: below the end
      if (inText) {
        if (byte === BACKSLASH) at++;
        else if (byte === QUOTE) inText = false;
      } else if (byte === QUOTE) inText = true;
      else if (byte === OPEN || byte === OPEN_MAP) {
        if (++depth > MAX_RECORD_DEPTH) pieces.fail(`nested deeper than ${MAX_RECORD_DEPTH}`);
        items++;
      } else if (byte === COMMA || byte === CLOSE || byte === CLOSE_MAP) {
        if (depth === 0) return at - pos;
        if (byte !== COMMA) depth--;
        else if (++items > MAX_RECORD_ITEMS) {
          pieces.fail(`the record has more than ${MAX_RECORD_ITEMS} items`);
        }
      }
      length = at + 1 - pos;
    }
  }
}

function parse(pieces: Pieces, length: number): unknown {
  const text = pieces.text(length);
  try {
    return LONG_NUMBER.test(text) ? JSON.parse(text, exactly) : JSON.parse(text);
  } catch (error) {
    return pieces.fail(`no JSON: ${(error as Error).message}`);
  }
}

/** Reads whole numbers that a double can't hold as bigints. */
function exactly(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? "";
  return /^-?\d{1,20}$/.test(source) ? BigInt(source) : value;
}
