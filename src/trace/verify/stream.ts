import { zstdDecompressSync } from "node:zlib";
import { MAX_CHUNK_BYTES } from "../reader/chunked_stream_reader.ts";
import type { BlockFile, ContainerCheck } from "./container.ts";
import type { Findings } from "./findings.ts";
import type { Scanner } from "./scanner.ts";
import { outlineFrame } from "./zstd_frame.ts";

/** Above what a content of that size takes when it can't be compressed. */
const MAX_FRAME_BYTES = MAX_CHUNK_BYTES + 2 * 1024 * 1024;
/** Output buffers start no larger than this, whatever a frame claims. */
const MAX_OUTPUT_STEP = 1024 * 1024;
/** An output that fills its buffer to the last byte makes node:zlib ask for more, into another one. */
const SPARE_OUTPUT = 64;
/** Real streams have at most some thousands; counting is all that happens per record before it. */
const MAX_RECORDS_PER_CHUNK = 2 ** 20;
/** Index entries read at a time. */
const INDEX_PAGE = 512;

/** Goes through a chunked stream from front to back, one chunk in memory at a time. */
export class StreamCheck {
  /** Of the file with the records. */
  readonly fileName: string;
  /** Records of every chunk but the last. */
  readonly recordsPerChunk: number = 0;
  readonly chunkCount: number = 0;
  /** Whether every chunk so far had what the index says; if not, numbers of records are in doubt. */
  intact = true;
  readonly #indexName: string;
  readonly #findings: Findings;
  readonly #data: BlockFile | null;
  readonly #index: BlockFile | null;
  #page: DataView = new DataView(new ArrayBuffer(0));
  #pageNumber = -1;

  /** @param name "steps", "values", "calls" or "events". */
  constructor(container: ContainerCheck, name: string, findings: Findings) {
    this.fileName = `${name}.dat`;
    this.#indexName = `${name}.idx`;
    this.#findings = findings;
    this.#data = container.file(this.fileName);
    this.#index = container.file(this.#indexName);
    if (this.#data === null || this.#index === null) {
      // Why has been said.
      this.intact = false;
      return;
    }
    const { size } = this.#index;
    if (size < 4 || (size - 4) % 8 !== 0) {
      this.#refuse("index-size", 0, `the file has ${size} bytes`);
      return;
    }
    const head = this.#index.read(0, 4);
    const perChunk = new DataView(head.buffer, head.byteOffset).getUint32(0, true);
    if (perChunk === 0 || perChunk > MAX_RECORDS_PER_CHUNK) {
      this.#refuse("index-records", 0, `${perChunk} records per chunk`);
      return;
    }
    const chunks = (size - 4) / 8;
    const first = chunks === 0 ? this.#data.size : this.#chunkStart(0);
    if (first !== 0) {
      const what = chunks === 0 ? `there are no chunks of ${first} bytes` : `it is ${first}`;
      this.#refuse("index-offsets", 4, `the first offset has to be 0: ${what}`);
      return;
    }
    this.recordsPerChunk = perChunk;
    this.chunkCount = chunks;
  }

  /**
   * The content of a chunk; null if it can't be unpacked, which has been said.
   *
   * @param number Ascending from call to call, so that each page of the index is read once.
   */
  chunk(number: number): Uint8Array | null {
    // holds: without data and index there are no chunks.
    const data = this.#data!;
    const start = this.#chunkStart(number);
    const isLast = number === this.chunkCount - 1;
    const end = isLast ? data.size : this.#chunkStart(number + 1);
    if (end <= start || end > data.size) {
      this.#refuse(
        "index-offsets",
        4 + 8 * number,
        `chunk ${number} starts at ${start} and ends at ${end} of ${data.size}`,
        number,
      );
      return null;
    }
    if (end - start > MAX_FRAME_BYTES) {
      return this.#refuseChunk("chunk-limit", number, start, `a frame of ${end - start} bytes`);
    }
    return this.#unpack(number, start, data.read(start, end));
  }

  #unpack(number: number, start: number, frame: Uint8Array): Uint8Array | null {
    const outline = outlineFrame(frame);
    if (typeof outline === "string") {
      return this.#refuseChunk("chunk-frame", number, start, outline);
    }
    const { contentSize, length } = outline;
    if (contentSize === null) return this.#refuseChunk("chunk-unsized", number, start, "");
    if (contentSize > MAX_CHUNK_BYTES) {
      return this.#refuseChunk("chunk-limit", number, start, `a content of ${contentSize} bytes`);
    }
    if (length < frame.length) {
      this.#refuseChunk(
        "chunk-trailing",
        number,
        start + length,
        `${frame.length - length} bytes follow the frame`,
      );
    }
    if (contentSize === 0) return this.#refuseChunk("chunk-size", number, start, "it is empty");
    let content: Uint8Array;
    try {
      content = zstdDecompressSync(frame.subarray(0, length), {
        maxOutputLength: contentSize,
        chunkSize: Math.min(contentSize + SPARE_OUTPUT, MAX_OUTPUT_STEP),
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const isMore = error instanceof RangeError;
      const code = isMore ? "chunk-size" : "chunk-frame";
      const what = isMore ? `the frame states ${contentSize} bytes and has more` : reason;
      return this.#refuseChunk(code, number, start, what);
    }
    if (content.length !== contentSize) {
      const what = `${content.length} bytes unpacked, the frame states ${contentSize}`;
      return this.#refuseChunk("chunk-size", number, start, what);
    }
    // Not a Buffer: reading from one is slower.
    return new Uint8Array(content.buffer, content.byteOffset, content.length);
  }

  /**
   * Goes through the records of a stream of length-prefixed ones.
   *
   * @param scanner Stands on the record when `visit` is called.
   * @param visit Gets the record's number.
   * @param lost Called when records of a chunk could not be read.
   * @returns Number of records.
   */
  records(scanner: Scanner, visit: (record: number) => void, lost: () => void = () => {}): number {
    let total = 0;
    for (let chunk = 0; chunk < this.chunkCount; chunk++) {
      const first = chunk * this.recordsPerChunk;
      const content = this.chunk(chunk);
      if (content === null) {
        lost();
        continue;
      }
      let count = 0;
      let at = 0;
      // Not one record more than there may be: a chunk of nothing can claim to be millions of them.
      while (at < content.length && count < this.recordsPerChunk) {
        const length = content[at]!;
        if (length < 0x80 && at + length < content.length) {
          scanner.open(content, at + 1, at + 1 + length);
        } else {
          scanner.open(content, at, content.length);
          scanner.sized();
          if (scanner.problem !== null) {
            this.refuseRecord(scanner, first + count, chunk, at);
            break;
          }
          const { start, pos, padded } = scanner;
          scanner.open(content, start, pos);
          scanner.padded = padded;
        }
        at = scanner.end;
        visit(first + count);
        count++;
      }
      total = first + count;
      if (!this.checkCount(chunk, count, at < content.length)) lost();
    }
    return total;
  }

  /**
   * Only the last chunk may hold fewer records: readers find a record by division.
   *
   * @param isMore Whether there is content behind the records.
   * @returns Whether all is well.
   */
  checkCount(chunk: number, count: number, isMore: boolean): boolean {
    const expected = this.recordsPerChunk;
    const isLast = chunk === this.chunkCount - 1;
    if (!isMore && (isLast ? count <= expected : count === expected)) return true;
    this.intact = false;
    // If there are fewer and more content, the record in between has been refused.
    if (!isMore || count === expected) {
      this.#findings.add(
        "chunk-count",
        { file: this.fileName, chunk },
        () => `it holds ${isMore ? "more than " : ""}${count} records, expected ${expected}`,
      );
    }
    return false;
  }

  /** Says what a scanner stumbled over between records. */
  refuseRecord(scanner: Scanner, record: number, chunk: number, offset: number): void {
    this.intact = false;
    const { problem, detail } = scanner;
    if (problem === null) return;
    this.#findings.add(problem, { file: this.fileName, chunk, record, offset }, () => detail);
  }

  #refuse(
    code: "index-size" | "index-records" | "index-offsets",
    offset: number,
    message: string,
    chunk?: number,
  ): void {
    this.intact = false;
    const where = { file: this.#indexName, offset, ...(chunk === undefined ? {} : { chunk }) };
    this.#findings.add(code, where, () => message);
  }

  #refuseChunk(
    code: "chunk-frame" | "chunk-unsized" | "chunk-size" | "chunk-trailing" | "chunk-limit",
    chunk: number,
    offset: number,
    message: string,
  ): null {
    if (code !== "chunk-trailing") this.intact = false;
    this.#findings.add(code, { file: this.fileName, chunk, offset }, () => message);
    return null;
  }

  #chunkStart(number: number): number {
    const pageNumber = Math.floor(number / INDEX_PAGE);
    if (pageNumber !== this.#pageNumber) {
      // holds: as above.
      const index = this.#index!;
      const start = 4 + 8 * pageNumber * INDEX_PAGE;
      const bytes = index.read(start, Math.min(index.size, start + INDEX_PAGE * 8));
      this.#page = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.#pageNumber = pageNumber;
    }
    const at = 8 * (number - pageNumber * INDEX_PAGE);
    return this.#page.getUint32(at, true) + this.#page.getUint32(at + 4, true) * 2 ** 32;
  }
}
