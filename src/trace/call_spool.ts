/**
 * What is known of a call when it begins and what is known when it ends lie far apart, but
 * `calls.dat` wants both in one record, in order of entry. So calls wait on disk:
 *
 * - `calls-entry`: what is known at entry, one record after the other, in order of the keys.
 * - `calls-exit`: one slot of 24 bytes per key: exit step, last key of the subtree, returned.
 * - `calls-returns`: return values and exceptions in order of exit; `returned` points here.
 * - `calls-chunks`: chunks of finished records, compressed, in the order in which they were done.
 *
 * What was appended last to the first and the third has not got to the disk yet; most is read from there.
 *
 * Keys are in order of entry, so a call's subtree is a range of keys and its children are found
 * without having been stored: the first is the next key, and each sibling follows the subtree of
 * the one before.
 *
 * The records of a chunk are made as soon as all of its calls have ended, while the program goes on. The chunks come
 * into the container at the end, in their order: the first one, which holds the root, is done last. While recording,
 * memory grows with the depth of the stack, and by 16 bytes for a chunk.
 *
 * @module
 */
import { RecorderError } from "../errors/mod.ts";
import { ByteBuffer, varintLength } from "./byte_buffer.ts";
import type { ChunkedStreamWriter } from "./chunked_stream_writer.ts";
import type { SpoolFactory, SpoolFile } from "./file_store.ts";
import { SPOOL_FILES } from "./spool_files.ts";

/** The record of a call that returned nothing: this byte in place of a CBOR value. */
const VOID = 0xFF;
const NO_BYTES: Uint8Array<ArrayBuffer> = new Uint8Array(0);
/** The return value and the exception of a call that has neither. */
const NOTHING_RETURNED = new Uint8Array([1, VOID, 0]);

/** Float64 fields of a slot; they hold whole numbers up to 2^53. */
const SLOT_FIELDS = 3;
const EXIT_STEP = 0;
const SUBTREE_END = 1;
/** Byte offset in `calls-returns` plus one; 0 for neither value nor exception. */
const RETURNED = 2;

/** Slots that are written or read at once. */
const SLOTS_PER_PAGE = 1024;
const PAGE_FIELDS = SLOTS_PER_PAGE * SLOT_FIELDS;
const PAGE_BYTES = PAGE_FIELDS * Float64Array.BYTES_PER_ELEMENT;
/** The slots of the 65,536 most recent keys are in memory (1.5 MiB): most calls end within. */
const WINDOW_PAGES = 64;
/** As many older pages are kept while records are made. */
const CACHED_SLOT_PAGES = 64;

/** Most calls end, and become records, before what is known of them gets to the disk. */
const APPEND_BUFFER_BYTES = 256 * 1024;
const READ_BUFFER_BYTES = 256 * 1024;

/**
 * Pages of return values that are kept while records are made. They are read in order of entry what was written
 * in order of exit, which makes about one sequential walk per level of a deep tree.
 */
const RETURN_PAGE_BYTES = 32 * 1024;
const RETURN_PAGES = 64;
/** So many children are likely to be followed by as many again and again … */
const MANY_CHILDREN = 10_000;
/** … but bytes of memory that none of them may need are set aside for them at most. */
const CHILDREN_ROOM = 8 * 1024 * 1024;
/** Bytes of a varint at most. */
const LENGTH_LIMIT = 8;

/** Appends to a file through a buffer. */
class SpoolAppender {
  readonly buffer = new ByteBuffer(APPEND_BUFFER_BYTES);
  #flushed = 0;

  constructor(private readonly file: SpoolFile) {}

  /** Bytes appended so far. */
  get size(): number {
    return this.#flushed + this.buffer.length;
  }

  /** Those of them that are in the file; the others are in {@link buffer}. */
  get flushed(): number {
    return this.#flushed;
  }

  /** To be called between records. */
  flushIfFull(): void {
    if (this.buffer.length >= APPEND_BUFFER_BYTES) this.flush();
  }

  flush(): void {
    if (this.buffer.length === 0) return;
    this.file.writeAt(this.buffer.bytes.subarray(0, this.buffer.length), this.#flushed);
    this.#flushed += this.buffer.length;
    // One huge argument must not keep its memory for the rest of the recording.
    if (this.buffer.bytes.length > 4 * APPEND_BUFFER_BYTES) this.buffer.release();
    else this.buffer.clear();
  }
}

/** Reads what was appended from any offset on, piece by piece: a varint length and as many bytes. */
class SpoolReader {
  /** Of the file. */
  #piece: Uint8Array | null = null;
  /** The same, or all that has not got to the file. */
  #bytes: Uint8Array = NO_BYTES;
  #view: DataView = new DataView(NO_BYTES.buffer);
  #at = 0;
  #end = 0;
  #offset = 0;

  constructor(private readonly file: SpoolFile, private readonly appended: SpoolAppender) {}

  /** The next piece begins at `offset`. Nothing is appended while pieces are read. */
  seek(offset: number): void {
    if (offset < this.appended.flushed) {
      this.appended.flush();
      this.#lookAt(this.#piece ??= new Uint8Array(READ_BUFFER_BYTES));
      this.#at = this.#end = 0;
      this.#offset = offset;
    } else {
      const { bytes, length } = this.appended.buffer;
      this.#lookAt(bytes);
      this.#at = offset - this.appended.flushed;
      this.#end = length;
      this.#offset = this.appended.size;
    }
  }

  #lookAt(bytes: Uint8Array): void {
    if (bytes === this.#bytes) return;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  /** Appends the next piece, without its length, to `target`. */
  copyPiece(target: ByteBuffer): void {
    if (this.#end - this.#at < LENGTH_LIMIT) this.#need(LENGTH_LIMIT);
    const length = this.#varint();
    if (this.#end - this.#at < length) this.#need(length);
    target.appendView(this.#view, this.#at, this.#at + length);
    this.#at += length;
  }

  /** Makes `count` bytes available, or as many as the file has left. */
  #need(count: number): void {
    if (this.#offset === this.appended.size) return;
    const rest = this.#end - this.#at;
    const bytes = count > this.#bytes.length ? new Uint8Array(count) : this.#bytes;
    bytes.set(this.#bytes.subarray(this.#at, this.#end));
    this.#piece = bytes;
    this.#lookAt(bytes);
    const read = this.file.readAt(bytes.subarray(rest), this.#offset);
    this.#offset += read;
    this.#at = 0;
    this.#end = rest + read;
  }

  #varint(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.#at++]!;
    let value = byte & 0x7f;
    for (let scale = 128; byte >= 0x80; scale *= 128) {
      byte = bytes[this.#at++]!;
      value += (byte & 0x7f) * scale;
    }
    return value;
  }
}

/** A part of a file in memory. */
interface Page {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  readonly numbers: Float64Array;
  /** Which part; -1 for none. */
  number: number;
}

/**
 * Reads a file at any offset through pages. Direct-mapped: a page has one place where it can be, so
 * that finding it is one comparison.
 */
class PageCache {
  readonly #pages: Page[] = [];

  constructor(
    private readonly file: SpoolFile,
    private readonly pageBytes: number,
    private readonly pageCount: number,
  ) {}

  /** The page with this number; bytes beyond the end of the file are undefined. */
  page(number: number): Page {
    const place = number % this.pageCount;
    const page = this.#pages[place] ??= this.#newPage();
    if (page.number !== number) {
      page.number = -1;
      this.file.readAt(page.bytes, number * this.pageBytes);
      page.number = number;
    }
    return page;
  }

  /** What is in memory of this page is out of date. */
  forget(number: number): void {
    const page = this.#pages[number % this.pageCount];
    if (page?.number === number) page.number = -1;
  }

  /** What is in memory is out of date. */
  clear(): void {
    for (const page of this.#pages) if (page !== undefined) page.number = -1;
  }

  #newPage(): Page {
    const bytes = new Uint8Array(this.pageBytes);
    const { buffer } = bytes;
    return { bytes, view: new DataView(buffer), numbers: new Float64Array(buffer), number: -1 };
  }
}

/** Reads `calls-returns`, and what has not got there. */
class ReturnReader {
  readonly #cache: PageCache;
  /** Bytes of the file when pages were last read. */
  #size = 0;
  /** What has not got to the file. */
  #bytes: Uint8Array = NO_BYTES;
  #view: DataView = new DataView(NO_BYTES.buffer);

  constructor(file: SpoolFile, private readonly appended: SpoolAppender) {
    this.#cache = new PageCache(file, RETURN_PAGE_BYTES, RETURN_PAGES);
  }

  /** To be called before pieces are read, while nothing is appended. */
  begin(): void {
    const { buffer, flushed } = this.appended;
    if (buffer.bytes !== this.#bytes) {
      this.#bytes = buffer.bytes;
      this.#view = new DataView(this.#bytes.buffer);
    }
    if (flushed === this.#size) return;
    // Only the page in which the file ended before may hold more than what is in memory of it.
    this.#cache.forget(Math.floor(this.#size / RETURN_PAGE_BYTES));
    this.#size = flushed;
  }

  /** Appends the piece that begins at `offset`, without its length, to `target`. */
  copyPiece(target: ByteBuffer, offset: number): void {
    if (offset < this.#size) return this.#copyFromFile(target, offset);
    let at = offset - this.#size;
    let length = 0;
    for (let scale = 1, byte = 0x80; byte >= 0x80; scale *= 128) {
      byte = this.#bytes[at++]!; // holds: a piece is whole
      length += (byte & 0x7f) * scale;
    }
    target.appendView(this.#view, at, at + length);
  }

  #copyFromFile(target: ByteBuffer, offset: number): void {
    let at = offset % RETURN_PAGE_BYTES;
    let pageNumber = (offset - at) / RETURN_PAGE_BYTES;
    let page = this.#cache.page(pageNumber);
    let length = 0;
    for (let scale = 1, byte = 0x80; byte >= 0x80; scale *= 128) {
      if (at === RETURN_PAGE_BYTES) {
        page = this.#cache.page(++pageNumber);
        at = 0;
      }
      byte = page.bytes[at++]!;
      length += (byte & 0x7f) * scale;
    }
    while (length > 0) {
      if (at === RETURN_PAGE_BYTES) {
        page = this.#cache.page(++pageNumber);
        at = 0;
      }
      const end = Math.min(at + length, RETURN_PAGE_BYTES);
      target.appendView(page.view, at, end);
      length -= end - at;
      at = end;
    }
  }
}

/**
 * The slots of `calls-exit`: the window of the most recent keys, and one page of older ones. One is
 * enough for writing: calls end in the opposite order of their keys, so a deep stack that unwinds
 * walks through the old pages backwards.
 */
class ExitSlots {
  readonly #window: Float64Array<ArrayBuffer>;
  readonly #windowBytes: Uint8Array;
  readonly #windowSlots: number;
  /** The window's keys are from here on. A whole number of pages. */
  #windowStart = 0;
  readonly #old = new Float64Array(PAGE_FIELDS);
  readonly #oldBytes = new Uint8Array(this.#old.buffer);
  #oldPage = -1;
  readonly #ended: PageCache;
  readonly #siblings: PageCache;

  constructor(private readonly file: SpoolFile, private readonly windowPages: number) {
    this.#ended = new PageCache(file, PAGE_BYTES, CACHED_SLOT_PAGES);
    this.#siblings = new PageCache(file, PAGE_BYTES, CACHED_SLOT_PAGES);
    this.#windowSlots = windowPages * SLOTS_PER_PAGE;
    this.#window = new Float64Array(windowPages * PAGE_FIELDS);
    this.#windowBytes = new Uint8Array(this.#window.buffer);
  }

  /** Makes room in the window for a key, the highest so far. */
  admit(key: number): void {
    if (key - this.#windowStart < this.#windowSlots) return;
    const page = this.#windowStart / SLOTS_PER_PAGE;
    const at = (page % this.windowPages) * PAGE_FIELDS;
    this.#writeWindowPage(page);
    // What is still open has an empty slot until it ends.
    this.#window.fill(0, at, at + PAGE_FIELDS);
    this.#windowStart += SLOTS_PER_PAGE;
  }

  set(key: number, exitStep: number, subtreeEnd: number, returned: number): void {
    let slots = this.#window;
    let at = (key % this.#windowSlots) * SLOT_FIELDS;
    if (key < this.#windowStart) {
      this.#holdOld(Math.floor(key / SLOTS_PER_PAGE));
      slots = this.#old;
      at = (key % SLOTS_PER_PAGE) * SLOT_FIELDS;
    }
    slots[at + EXIT_STEP] = exitStep;
    slots[at + SUBTREE_END] = subtreeEnd;
    slots[at + RETURNED] = returned;
  }

  /** To be called before slots are read, as what is older than the window may have changed. */
  beforeReading(): void {
    this.#releaseOld();
    this.#ended.clear();
    this.#siblings.clear();
  }

  /** One of the fields of the slot of a call that has ended. */
  field(key: number, field: number, older = this.#ended): number {
    return asWhole(
      key >= this.#windowStart
        ? this.#window[(key % this.#windowSlots) * SLOT_FIELDS + field]!
        : read(older, key, field),
    );
  }

  /** Where the subtree of such a call ends: as {@link field}, for calls in another part of the file. */
  subtreeEnd(key: number): number {
    return this.field(key, SUBTREE_END, this.#siblings);
  }

  #writeWindowPage(page: number): void {
    const start = (page % this.windowPages) * PAGE_BYTES;
    this.file.writeAt(this.#windowBytes.subarray(start, start + PAGE_BYTES), page * PAGE_BYTES);
  }

  #holdOld(page: number): void {
    if (page === this.#oldPage) return;
    this.#releaseOld();
    this.file.readAt(this.#oldBytes, page * PAGE_BYTES);
    this.#oldPage = page;
  }

  #releaseOld(): void {
    if (this.#oldPage < 0) return;
    this.file.writeAt(this.#oldBytes, this.#oldPage * PAGE_BYTES);
    this.#oldPage = -1;
  }
}

/**
 * The same number. The engine holds what it reads from an array of floats as a float, and with it all that is computed
 * from it, which is slower; and makes fields that such a number gets into ones for floats.
 */
function asWhole(n: number): number {
  const small = n | 0;
  return small === n ? small : n;
}

/** One of the fields of the slot of `key` in `calls-exit`. */
function read(cache: PageCache, key: number, field: number): number {
  const index = key % SLOTS_PER_PAGE;
  const { numbers } = cache.page((key - index) / SLOTS_PER_PAGE);
  return numbers[index * SLOT_FIELDS + field]!; // holds: a page has a place for each of its slots
}

/** Calls whose entries are all known, and of which some have not ended. */
interface OpenChunk {
  readonly number: number;
  /** Where their part of `calls-entry` begins. */
  readonly entriesAt: number;
}

/** Collects calls as they begin and end, and makes their records. */
export class CallSpool {
  readonly #entryFile: SpoolFile;
  readonly #exitFile: SpoolFile;
  readonly #returnFile: SpoolFile;
  readonly #chunkFile: SpoolFile;
  readonly #stream: ChunkedStreamWriter;
  readonly #entries: SpoolAppender;
  readonly #returns: SpoolAppender;
  readonly #entryReader: SpoolReader;
  readonly #returnReader: ReturnReader;
  readonly #slots: ExitSlots;
  /** Keys of the open calls, outermost first. What is behind {@link depth} means nothing. */
  readonly #stack: number[] = [];
  #depth = 0;
  #count = 0;
  /** Full chunks that are not done, in their order; each but for the last one or two holds an open call. */
  readonly #openChunks: OpenChunk[] = [];
  /** Key behind the last one of those; 0 for none. */
  #openChunksEnd = 0;
  /** Where the chunk that fills begins in `calls-entry`. */
  #entriesAt = 0;
  /** By full chunk: where it is in `calls-chunks`, and its bytes; 0 bytes where it isn't there. */
  readonly #doneAt: number[] = [];
  readonly #doneBytes: number[] = [];
  #doneSize = 0;
  #chunkFileFails = false;

  /** Arguments of the call that was entered last, in the form of the finished record. */
  readonly #arguments = new ByteBuffer(1024);
  #argumentCount = 0;
  #pending = false;
  #pendingFunction = 0;
  #pendingStep = 0;

  /**
   * @param spool Opens `calls-entry`, `calls-exit`, `calls-returns` and `calls-chunks`, at once: later
   * the recorded program could have put something else in their places.
   * @param stream Where the records go; used by nobody else.
   * @param windowPages Times 1,024: the calls whose end is a write to memory. The more recent ones.
   */
  constructor(
    spool: SpoolFactory,
    stream: ChunkedStreamWriter,
    windowPages: number = WINDOW_PAGES,
  ) {
    this.#stream = stream;
    this.#entryFile = spool.open(SPOOL_FILES.entry);
    this.#exitFile = spool.open(SPOOL_FILES.exit);
    this.#returnFile = spool.open(SPOOL_FILES.returns);
    this.#chunkFile = spool.open(SPOOL_FILES.chunks);
    this.#entries = new SpoolAppender(this.#entryFile);
    this.#returns = new SpoolAppender(this.#returnFile);
    this.#slots = new ExitSlots(this.#exitFile, windowPages);
    this.#entryReader = new SpoolReader(this.#entryFile, this.#entries);
    this.#returnReader = new ReturnReader(this.#returnFile, this.#returns);
  }

  /** Calls that have begun. */
  get count(): number {
    return this.#count;
  }

  /** Bytes that wait to become records: about those of the records themselves, uncompressed. */
  get bytes(): number {
    return this.#entries.size + this.#returns.size;
  }

  /** Calls that have begun and not ended. */
  get depth(): number {
    return this.#depth;
  }

  /** Whether {@link argument} may be called: the last call entered is not settled yet. */
  get takesArguments(): boolean {
    return this.#pending;
  }

  /** Step at which the last call entered begins. */
  get lastEntryStep(): number {
    return this.#pendingStep;
  }

  /**
   * Begins a call inside of the innermost open one.
   *
   * @param entryStep Index of its first step record, not lower than that of the call before.
   */
  enter(functionId: number, entryStep: number): void {
    this.settle();
    this.#pending = true;
    this.#pendingFunction = functionId;
    this.#pendingStep = entryStep;
    const key = this.#count++;
    if (key > 0 && key % this.#stream.recordsPerChunk === 0) this.#chunkIsFull(key);
    this.#slots.admit(key);
    this.#stack[this.#depth++] = key;
  }

  /** Adds an argument to the call just entered: a CBOR value in `bytes[start .. end)`. */
  argument(nameId: number, bytes: Uint8Array, start: number, end: number): void {
    this.#argumentCount++;
    this.#arguments.item(nameId, bytes, start, end);
  }

  /** {@link argument} for several: `count` times varint id, varint length, and the value's bytes. */
  arguments(count: number, items: ByteBuffer): void {
    this.#argumentCount += count;
    this.#arguments.appendBuffer(items);
  }

  /** Writes down the call just entered; it takes no more arguments. */
  settle(): void {
    if (!this.#pending) return;
    this.#pending = false;
    const depth = this.#depth - 1;
    const { buffer } = this.#entries;
    // Two pieces, each in the form of the finished record: what stands before the exit step …
    let lengthAt = buffer.length;
    buffer.u8(0);
    buffer.varint(this.#pendingFunction);
    buffer.zigzag(depth === 0 ? -1 : this.#stack[depth - 1]!); // holds: so many are open
    buffer.varint(this.#pendingStep);
    buffer.setVarint(lengthAt, 1, buffer.length - lengthAt - 1);
    // … and what stands behind it, up to the return value.
    lengthAt = buffer.length;
    buffer.u8(0);
    buffer.varint(depth);
    buffer.varint(this.#argumentCount);
    buffer.appendBuffer(this.#arguments);
    buffer.setVarint(lengthAt, 1, buffer.length - lengthAt - 1);
    this.#argumentCount = 0;
    if (this.#arguments.bytes.length > APPEND_BUFFER_BYTES) this.#arguments.release();
    else this.#arguments.clear();
    this.#entries.flushIfFull();
  }

  /**
   * Ends the innermost open call.
   *
   * @param exitStep Index of its last step record.
   * @param returned CBOR of the return value in `returned[start .. end)`; empty for none.
   * @param exception CBOR of the exception in the same way.
   */
  exit(
    exitStep: number,
    returned: Uint8Array,
    start: number,
    end: number,
    exception: Uint8Array,
    exceptionStart: number,
    exceptionEnd: number,
  ): void {
    this.settle();
    const key = this.#stack[--this.#depth]!; // holds: the caller knows that one is open
    let reference = 0;
    if (end > start || exceptionEnd > exceptionStart) {
      reference = this.#returns.size + 1;
      // One piece in the form of the finished record.
      const { buffer } = this.#returns;
      const lengthAt = buffer.length;
      buffer.u8(0);
      if (end > start) {
        buffer.varint(end - start);
        buffer.append(returned, start, end);
      } else {
        buffer.varint(1);
        buffer.u8(VOID);
      }
      buffer.varint(exceptionEnd - exceptionStart);
      buffer.append(exception, exceptionStart, exceptionEnd);
      buffer.setVarint(lengthAt, 1, buffer.length - lengthAt - 1);
      this.#returns.flushIfFull();
    }
    this.#slots.set(key, exitStep, this.#count - 1, reference);
    if (key < this.#openChunksEnd) this.#finishEnded();
  }

  /** Writes the records of all calls, which must have ended, and closes the spool files. */
  finish(): void {
    const stream = this.#stream;
    // The chunks that are being compressed; and what is done from here on goes straight to its place.
    stream.settle();
    this.#beforeRecords();
    const open = this.#openChunks.values();
    let nextOpen = open.next().value;
    for (let number = 0; number < this.#doneBytes.length; number++) {
      if (nextOpen?.number === number) {
        this.#makeRecords(number, nextOpen.entriesAt);
        stream.takeChunk((frame) => stream.addChunk(frame));
        stream.settle();
        nextOpen = open.next().value;
      } else {
        const start = this.#doneAt[number]!; // holds: number < doneBytes.length, and this is as long
        stream.addChunkFrom(this.#chunkFile, start, start + this.#doneBytes[number]!); // holds: the same
      }
    }
    if (this.#doneBytes.length * stream.recordsPerChunk < this.#count) {
      this.#makeRecords(this.#doneBytes.length, this.#entriesAt);
    }
    this.close();
  }

  /** Closes the spool files. May be called twice. */
  close(): void {
    this.#entryFile.close();
    this.#exitFile.close();
    this.#returnFile.close();
    this.#chunkFile.close();
  }

  /** @param key The next chunk's first call, which is not on the stack yet. */
  #chunkIsFull(key: number): void {
    const number = key / this.#stream.recordsPerChunk - 1;
    this.#openChunks.push({ number, entriesAt: this.#entriesAt });
    this.#openChunksEnd = key;
    this.#entriesAt = this.#entries.size;
    this.#doneAt.push(0);
    this.#doneBytes.push(0);
    this.#finishEnded();
  }

  /** Makes the records of full chunks whose calls have all ended: those behind the innermost open call's. */
  #finishEnded(): void {
    const perChunk = this.#stream.recordsPerChunk;
    const innermost = this.#depth > 0 ? this.#stack[this.#depth - 1]! : -1; // holds: so many are open
    let last = this.#openChunks.at(-1);
    if (last === undefined || last.number * perChunk <= innermost || this.#chunkFileFails) return;
    this.#beforeRecords();
    do {
      const chunk = last;
      this.#makeRecords(chunk.number, chunk.entriesAt);
      this.#openChunks.pop();
      this.#stream.takeChunk((frame) => this.#keepDone(chunk, frame));
      if (this.#chunkFileFails) return;
      last = this.#openChunks.at(-1);
    } while (last !== undefined && last.number * perChunk > innermost);
    this.#openChunksEnd = last === undefined ? 0 : (last.number + 1) * perChunk;
  }

  #keepDone(chunk: OpenChunk, frame: Uint8Array): void {
    try {
      if (!this.#chunkFileFails) this.#chunkFile.writeAt(frame, this.#doneSize);
    } catch (error) {
      if (!(error instanceof RecorderError)) throw error;
      // The disk takes no more: all that these are made of is there, so they are made at the end.
      this.#chunkFileFails = true;
    }
    if (this.#chunkFileFails) {
      const before = this.#openChunks.findLastIndex(({ number }) => number < chunk.number);
      this.#openChunks.splice(before + 1, 0, chunk);
      return;
    }
    this.#doneAt[chunk.number] = this.#doneSize;
    this.#doneBytes[chunk.number] = frame.length;
    this.#doneSize += frame.length;
  }

  #beforeRecords(): void {
    this.#returnReader.begin();
    this.#slots.beforeReading();
  }

  /** Makes the records of one chunk, whose calls have all ended. */
  #makeRecords(number: number, entriesAt: number): void {
    const stream = this.#stream;
    const slots = this.#slots;
    const entries = this.#entryReader;
    const record = stream.buffer;
    const first = number * stream.recordsPerChunk;
    const end = Math.min(first + stream.recordsPerChunk, this.#count);
    entries.seek(entriesAt);
    for (let key = first; key < end; key++) {
      stream.beginRecord();
      entries.copyPiece(record);
      record.varint(slots.field(key, EXIT_STEP));
      entries.copyPiece(record);
      const reference = slots.field(key, RETURNED);
      if (reference > 0) this.#returnReader.copyPiece(record, reference - 1);
      else record.append(NOTHING_RETURNED);
      writeChildren(record, slots, key, slots.field(key, SUBTREE_END));
      stream.endRecord();
    }
  }
}

/** Writes the number of children and their keys. */
function writeChildren(
  record: ByteBuffer,
  slots: ExitSlots,
  key: number,
  subtreeEnd: number,
): void {
  // The number comes first and is known last: one byte is set aside, which is nearly always enough.
  const countAt = record.length;
  record.u8(0);
  let count = 0;
  for (let child = key + 1; child <= subtreeEnd; child = slots.subtreeEnd(child) + 1) {
    record.varint(child);
    if (++count === MANY_CHILDREN) {
      // Hundreds of thousands from one loop: room at once, in place of ever bigger buffers.
      const atMost = (subtreeEnd - child) * varintLength(subtreeEnd);
      record.ensure(Math.min(atMost, CHILDREN_ROOM));
    }
  }
  if (count > 0) record.setVarint(countAt, 1, count);
}
