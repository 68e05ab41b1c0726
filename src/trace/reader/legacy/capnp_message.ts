import type { SpoolFile } from "../../file_store.ts";
import { corrupt, type Place } from "../_corrupt.ts";
import { LruCache } from "../_lru.ts";
import { exact, type Pieces } from "./pieces.ts";

const WORD = 8;
const PAGE_WORDS = 8192;
const PAGES = 64;
const MAX_SEGMENTS = 512;
/** How much longer than its packed form a message may be. Real ones are three to six times as long. */
const MAX_GROWTH = 64;
/** How often every word may be looked at, on average: what points to one place from many would never end. */
const MAX_VISITS = 8;
const UNPACK_BYTES = 64 * 1024;

/** A struct of a message: its data words, then its pointers. */
export interface Struct {
  readonly segment: number;
  /** Number of its first word in the message. */
  readonly at: number;
  readonly dataWords: number;
  readonly pointerWords: number;
}

/** A list of a message. */
export interface List {
  readonly segment: number;
  readonly at: number;
  readonly length: number;
  /** Of structs: what each looks like. Of bytes: null. */
  readonly element: { readonly dataWords: number; readonly pointerWords: number } | null;
}

/**
 * A Cap'n Proto message (capnproto.org/encoding.html) in the packed form, read with random access.
 * It is unpacked into a file first, as its pointers lead anywhere in it; of the file a few pages are
 * in memory. Pointers are checked, and how often they are followed is bounded.
 */
export class CapnpMessage {
  readonly #file: SpoolFile;
  readonly #place: Place;
  readonly #pages = new LruCache<DataView>(PAGES, Infinity);
  /** First word of each segment, and the end of the last. */
  readonly #segments: number[] = [0];
  #visitsLeft: number;
  /** The page asked for last. */
  #last: { number: number; view: DataView } | undefined;
  /** For messages. */
  record = 0;

  /**
   * @param packed The message, up to the end of the stream.
   * @param packedBytes Its size.
   * @param file Empty; takes the unpacked message.
   * @throws {RecorderError} `ERR_TRACE_CORRUPT` if it is no message, `ERR_IO` if the file takes no more.
   */
  constructor(packed: Pieces, packedBytes: number, file: SpoolFile, place: Place) {
    this.#file = file;
    this.#place = place;
    const words = unpack(packed, file, MAX_GROWTH * packedBytes / WORD + 1024);
    this.#visitsLeft = MAX_VISITS * words;
    const count = this.#u32(0, 0, words) + 1;
    if (count > MAX_SEGMENTS) this.fail(`${count} segments`);
    let start = Math.floor((count + 2) / 2);
    this.#segments = [start];
    for (let segment = 0; segment < count; segment++) {
      start += this.#u32((segment + 1) >> 1, (segment + 1) & 1, words);
      this.#segments.push(start);
    }
    if (start > words) this.fail(`${start} words are announced, but there are ${words}`);
  }

  fail(what: string): never {
    throw corrupt(this.#place, what, { record: this.record });
  }

  /** What the message is: the struct that its first word points to. */
  root(): Struct {
    return this.#struct(0, this.#segments[0]!) ?? this.fail("the message is empty"); // holds: above
  }

  /** A pointer of a struct that leads to a struct; null where it leads nowhere. */
  struct(from: Struct, pointer: number): Struct | null {
    return pointer < from.pointerWords
      ? this.#struct(from.segment, from.at + from.dataWords + pointer)
      : null;
  }

  /** A pointer of a struct that leads to a list. */
  list(from: Struct, pointer: number): List | null {
    if (pointer >= from.pointerWords) return null;
    const { segment, at, low, high } = this.#follow(
      from.segment,
      from.at + from.dataWords + pointer,
    );
    if (low === 0 && high === 0) return null;
    if ((low & 3) !== 1) this.fail("expected a list");
    const size = high & 7;
    const count = high >>> 3;
    if (size === 2) {
      this.#check(segment, at, Math.ceil(count / WORD));
      return { segment, at, length: count, element: null };
    }
    if (size !== 7) this.fail(`a list of elements of the size ${size}`);
    this.#check(segment, at, count + 1);
    const tag = this.#word(at);
    const length = tag.low >>> 2;
    const element = { dataWords: tag.high & 0xffff, pointerWords: tag.high >>> 16 };
    if (length * (element.dataWords + element.pointerWords) > count) {
      this.fail("a list is longer than its words");
    }
    this.#visit(length);
    return { segment, at: at + 1, length, element };
  }

  /** An element of a list of structs. */
  element(list: List, index: number): Struct {
    const { segment } = list;
    const { dataWords, pointerWords } = list.element ?? this.fail("expected a list of structs");
    this.#visit(1 + dataWords + pointerWords);
    const at = list.at + index * (dataWords + pointerWords);
    return { segment, at, dataWords, pointerWords };
  }

  /** A text; empty where there is none. */
  text(from: Struct, pointer: number): string {
    // The last byte is a zero that does not count.
    const bytes = this.bytes(from, pointer);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
        .decode(bytes.subarray(0, Math.max(bytes.length - 1, 0)));
    } catch {
      // Says no more than that it is no UTF-8.
      return this.fail("a text is not valid UTF-8");
    }
  }

  /** Bytes; none where there are none. */
  bytes(from: Struct, pointer: number): Uint8Array {
    const list = this.list(from, pointer);
    if (list === null) return new Uint8Array(0);
    if (list.element !== null) this.fail("expected a list of bytes");
    const bytes = new Uint8Array(list.length);
    for (let done = 0; done < bytes.length;) {
      const at = list.at * WORD + done;
      const view = this.#page(Math.floor(at / WORD / PAGE_WORDS));
      const offset = at % (PAGE_WORDS * WORD);
      const count = Math.min(bytes.length - done, PAGE_WORDS * WORD - offset);
      bytes.set(new Uint8Array(view.buffer, offset, count), done);
      done += count;
    }
    return bytes;
  }

  /** Sixteen bits of a struct's data; 0 beyond its end, as everywhere in this format. */
  u16(from: Struct, index: number): number {
    const word = index >> 2;
    if (word >= from.dataWords) return 0;
    const [view, at] = this.#viewAt(from.at + word);
    return view.getUint16(at + 2 * (index & 3), true);
  }

  bit(from: Struct, index: number): boolean {
    return ((this.u16(from, index >> 4) >> (index & 15)) & 1) === 1;
  }

  i64(from: Struct, word: number): number | bigint {
    if (word >= from.dataWords) return 0;
    const [view, at] = this.#viewAt(from.at + word);
    return exact(view.getBigInt64(at, true));
  }

  u64(from: Struct, word: number): number | bigint {
    if (word >= from.dataWords) return 0;
    const [view, at] = this.#viewAt(from.at + word);
    return exact(view.getBigUint64(at, true));
  }

  f64(from: Struct, word: number): number {
    if (word >= from.dataWords) return 0;
    const [view, at] = this.#viewAt(from.at + word);
    return view.getFloat64(at, true);
  }

  #struct(ofSegment: number, pointerAt: number): Struct | null {
    const { segment, at, low, high } = this.#follow(ofSegment, pointerAt);
    if (low === 0 && high === 0) return null;
    if ((low & 3) !== 0) this.fail("expected a struct");
    const struct = { segment, at, dataWords: high & 0xffff, pointerWords: high >>> 16 };
    this.#check(segment, at, struct.dataWords + struct.pointerWords);
    return struct;
  }

  /** Where a pointer leads, and its word: that of the place in another segment where it is there. */
  #follow(
    segment: number,
    pointerAt: number,
  ): { segment: number; at: number; low: number; high: number } {
    let { low, high } = this.#word(pointerAt);
    let at = pointerAt + 1 + (low >> 2);
    if ((low & 3) === 2) {
      segment = high;
      const start = this.#segments[segment];
      if (start === undefined || segment + 1 >= this.#segments.length) {
        this.fail(`there is no segment ${segment}`);
      }
      const pad = start + (low >>> 3);
      const isDouble = (low & 4) !== 0;
      this.#check(segment, pad, isDouble ? 2 : 1);
      ({ low, high } = this.#word(pad));
      at = pad + 1 + (low >> 2);
      if (isDouble) {
        segment = high;
        const contentStart = this.#segments[segment];
        if ((low & 3) !== 2 || contentStart === undefined) this.fail("a pad leads nowhere");
        at = contentStart + (low >>> 3);
        ({ low, high } = this.#word(pad + 1));
      } else if ((low & 3) === 2) this.fail("a pad leads to another pad");
    }
    if ((low & 3) === 3) this.fail("a pointer of no known kind");
    return { segment, at, low, high };
  }

  /** That words are inside of a segment, and that they may be looked at once more. */
  #check(segment: number, at: number, words: number): void {
    const start = this.#segments[segment];
    const end = this.#segments[segment + 1];
    if (start === undefined || end === undefined || at < start || at + words > end) {
      this.fail("a pointer leads out of its segment");
    }
    this.#visit(words);
  }

  #visit(words: number): void {
    if ((this.#visitsLeft -= words + 1) < 0) this.fail("the same words are pointed to many times");
  }

  #word(at: number): { low: number; high: number } {
    const [view, offset] = this.#viewAt(at);
    return { low: view.getInt32(offset, true), high: view.getUint32(offset + 4, true) };
  }

  #u32(word: number, half: number, words: number): number {
    if (word >= words) this.fail("the message ends inside its table of segments");
    const [view, at] = this.#viewAt(word);
    return view.getUint32(at + 4 * half, true);
  }

  #viewAt(word: number): [view: DataView, offset: number] {
    const page = Math.floor(word / PAGE_WORDS);
    return [this.#page(page), (word - page * PAGE_WORDS) * WORD];
  }

  #page(number: number): DataView {
    if (this.#last?.number === number) return this.#last.view;
    let view = this.#pages.get(number);
    if (view === undefined) {
      const bytes = new Uint8Array(PAGE_WORDS * WORD);
      this.#file.readAt(bytes, number * PAGE_WORDS * WORD);
      view = new DataView(bytes.buffer);
      this.#pages.set(number, view, 0);
    }
    this.#last = { number, view };
    return view;
  }
}

/**
 * Unpacks: per word a byte whose bits say which of its bytes are not zero, and those. Behind a word
 * of zeros a byte counts more such words; behind a full one, more words that are there as they are.
 *
 * @returns Words written.
 */
function unpack(packed: Pieces, file: SpoolFile, maxWords: number): number {
  const out = new Uint8Array(UNPACK_BYTES + 256 * WORD);
  let length = 0;
  let written = 0;
  const flush = () => {
    file.writeAt(out.subarray(0, length), written);
    written += length;
    length = 0;
    out.fill(0);
    if (written / WORD > maxWords) packed.fail("the message is far longer than its packed form");
  };
  for (; packed.begin(); packed.record++) {
    const tag = packed.u8();
    for (let bit = 0; bit < WORD; bit++) {
      if (tag >> bit & 1) out[length + bit] = packed.u8();
    }
    length += WORD;
    if (tag === 0) length += packed.u8() * WORD;
    else if (tag === 0xff) {
      const bytes = packed.u8() * WORD;
      packed.need(bytes);
      out.set(packed.bytes.subarray(packed.pos, packed.pos + bytes), length);
      packed.pos += bytes;
      length += bytes;
    }
    if (length >= UNPACK_BYTES - WORD) flush();
  }
  packed.record = 0;
  flush();
  return written / WORD;
}
