/**
 * The lines of one source file as the container needs them: how long each is, and where a column that an
 * interpreter counts in UTF-8 bytes lies in characters.
 */

import { isAscii } from "node:buffer";

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Line lengths of a file whose text can't be had; wide enough for the columns of ordinary code. */
const UNKNOWN_WIDTH = 200;
/** Lines set aside at least, so that more code under the same name still finds its place. */
const UNKNOWN_LINES = 1024;
/** The highest line that a place is set aside for: code made by programs may claim any, up to 2^31. */
export const HIGHEST_LINE = 1 << 22;

/** Where bytes are columns. */
const NO_STARTS = new Uint32Array();

/** Counts are in UTF-16 code units, as editors and the debug adapter protocol count columns. */
export class SourceLines {
  /** Length of each line, newline not counted. */
  readonly lengths: Uint32Array;
  readonly #text: Uint8Array | null;
  readonly #starts: Uint32Array;

  private constructor(lengths: Uint32Array, text: Uint8Array | null, starts: Uint32Array) {
    this.lengths = lengths;
    this.#text = text;
    this.#starts = starts;
  }

  /** @param text The file's bytes, UTF-8. */
  static of(text: Uint8Array): SourceLines {
    // Most are plain. The runtime looks through a file in the time that V8, as it begins, takes for a line.
    if (isAscii(text) && !text.includes(CARRIAGE_RETURN)) return SourceLines.#ofPlain(text);
    const starts: number[] = [0];
    for (let at = 0; at < text.length; at++) {
      if (text[at] === LINE_FEED) starts.push(at + 1);
      else if (text[at] === CARRIAGE_RETURN && text[at + 1] !== LINE_FEED) starts.push(at + 1);
    }
    const lengths = new Uint32Array(starts.length);
    let ascii = true;
    for (let line = 0; line < starts.length; line++) {
      const end = starts[line + 1] ?? text.length;
      let length = 0;
      for (let at = starts[line]!; at < end; at++) {
        const byte = text[at]!;
        if (byte === LINE_FEED || byte === CARRIAGE_RETURN) continue;
        if (byte >= 0x80) ascii = false;
        length += codeUnits(byte);
      }
      lengths[line] = length;
    }
    return new SourceLines(lengths, ascii ? null : text, Uint32Array.from(starts));
  }

  /** Of ASCII, with line feeds alone: columns are bytes. */
  static #ofPlain(text: Uint8Array): SourceLines {
    const lengths: number[] = [];
    let start = 0;
    for (let end; (end = text.indexOf(LINE_FEED, start)) >= 0; start = end + 1) {
      lengths.push(end - start);
    }
    lengths.push(text.length - start);
    return new SourceLines(Uint32Array.from(lengths), null, NO_STARTS);
  }

  /**
   * Lines for code without a text.
   *
   * @param lastLine The highest line known so far.
   * @param most How many lines there may be at most; there is one in any case.
   */
  static unknown(lastLine: number, most = HIGHEST_LINE): SourceLines {
    const wanted = Math.min(Math.max(UNKNOWN_LINES, 2 * lastLine), HIGHEST_LINE);
    const lengths = new Uint32Array(Math.max(1, Math.min(wanted, most))).fill(UNKNOWN_WIDTH);
    return new SourceLines(lengths, null, NO_STARTS);
  }

  /**
   * @param line Counted from 1.
   * @param byteColumn Counted from 0, in UTF-8 bytes.
   * @returns The column counted from 1, in UTF-16 code units.
   */
  column(line: number, byteColumn: number): number {
    const start = this.#starts[line - 1];
    if (this.#text === null || start === undefined) return byteColumn + 1;
    let column = 1;
    for (let at = start; at < start + byteColumn && at < this.#text.length; at++) {
      column += codeUnits(this.#text[at]!);
    }
    return column;
  }
}

/** UTF-16 code units of the character that begins with `byte`; 0 for the bytes that continue one. */
function codeUnits(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte < 0xc0) return 0;
  return byte < 0xf0 ? 1 : 2;
}
