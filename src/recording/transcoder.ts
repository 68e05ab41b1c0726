/**
 * Turns an agent's records into the calls, steps, values and events of a trace, and keeps the tree of
 * calls balanced whatever the program did. Hot: a line record costs no allocation.
 */
import type { RecorderError } from "../errors/mod.ts";
import { agentFailure, detachment } from "./agent_reports.ts";
import { rootReturn, type SessionExitState } from "../session/exit_state.ts";
import { ByteBuffer } from "../trace/byte_buffer.ts";
import type { TraceWriter } from "../trace/trace_writer.ts";
import {
  BrokenRecord,
  i32,
  readCount,
  readInt,
  readLength,
  readText,
  skip,
  TYPE_FLOAT,
  TYPE_INT,
  TYPE_NONE,
  TYPE_TRUE,
  TYPE_TUPLE,
  u32,
} from "../wire/marshal.ts";
import {
  PACKED_FLOAT,
  PACKED_INT,
  PACKED_KEPT,
  PACKED_NONE,
  packedHigh,
  packedLow,
  packedNumber,
  PackedReference,
  packedSize,
} from "../wire/packed.ts";
import * as wire from "../wire/protocol.ts";
import { CodeTable, joined, type Layout, PER_LAYOUT, type Site } from "./code_table.ts";
import { type HiddenByStep, type HiddenValues, noHiddenValues } from "./hidden_counts.ts";
import type { Slot } from "./slot.ts";
import { type Frame, ThreadState } from "./thread_state.ts";
import { OutputSources } from "./output_sources.ts";
import { ValueTranscoder } from "./value_transcoder.ts";

/** Event kinds of the container by standard stream, as the replay server shows them. */
const EVENT_KINDS = [3, 0, 12];
const ERROR_EVENT = 11;
/** Bytes of one output event at most. */
const LONGEST_OUTPUT = 64 << 10;
/** Names of module frames; functions without a name have angle brackets too. */
const MODULE_NAME = /^<(?!lambda>|listcomp>|genexpr>|dictcomp>|setcomp>)/;
const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();
/** Bytes of the values of one step from which on those are left out that are so much longer than they came. */
const MOST_PER_STEP = 1 << 20;
/** Bytes that values and arguments may take in memory before the same holds for each. */
const MOST_KEPT = 256 << 20;
const MUCH_LONGER = 64;
/** Bytes of the values of a step up to which they are copied as a whole: longer ones would take twice the memory. */
const MOST_AS_WHOLE = 1 << 10;
/**
 * Bytes that the latest values of variables take in memory, from which on those are forgotten that were not shown for long:
 * most functions of a large program run once, and a test with a long list holds that as long as the program runs.
 */
const MOST_REMEMBERED = 8 << 20;
/** Bytes of records that come in pieces and are not whole yet. */
const MOST_IN_PIECES = 128 << 20;
/** Output ahead of the first step waits for it; past this many bytes a step is made for it. */
const MOST_EARLY_OUTPUT = 1 << 20;

/** One recording's state. Feed it bytes with {@link records}, then {@link finish}. */
export class Transcoder {
  readonly #writer: TraceWriter;
  readonly #program: string;
  readonly #codes: CodeTable;
  readonly #values: ValueTranscoder;
  readonly #threads = new Map<number, ThreadState>();
  readonly #main: ThreadState;
  #nextThread = 1;
  #current: ThreadState;
  readonly #scratch = new ByteBuffer(1 << 12);
  readonly #returned = new ByteBuffer(1 << 12);
  readonly #raised = new ByteBuffer(1 << 12);
  readonly #reference = new PackedReference();
  readonly #foreignMetadata: string[] = [];
  /** By stream; empty unless descriptors are relayed. */
  readonly #sources: OutputSources[] = [];
  readonly #written: ((stream: number, known: number, unread: number) => void) | undefined;
  #early: { stream: number; metadata: string; data: Uint8Array }[] = [];
  #earlyBytes = 0;
  readonly #pendingOutput = new ByteBuffer(1 << 12);
  #pendingKind = 0;
  #pendingMetadata = "";
  /** The asyncio task that the latest output is of. */
  #task: string | null = null;
  #pendingStep = 0;
  #lastOutputStep = 0;
  #rootEntered = false;
  /** The gate's window, as the agent told it; null when there is none, and all is recorded. */
  #window: "open" | "closed" | null = null;
  /** The exception that left a module frame of the main thread last, with nothing around it. */
  #uncaught: { type: string; message: string; encoded: Uint8Array; exits: boolean } | null = null;
  #detached: RecorderError | null = null;
  #failure: RecorderError | null = null;
  /** No more lines than these are taken in. */
  stepLimit = Infinity;
  #atStepLimit = false;
  /** By their numbers, the pieces so far of records that are longer than a segment; null while one is taken in. */
  #pieces: Map<number, Uint8Array[]> | null = new Map();
  #inPieces = 0;
  /** Bytes that the latest values of variables take in memory, … */
  #remembered = 0;
  /** … and the arguments of calls. */
  #inArguments = 0;
  /** Of bytes that the latest values of variables take in memory; see {@link MOST_REMEMBERED}. */
  mostRemembered = MOST_REMEMBERED;
  /** What filters kept out of the trace so far. */
  readonly hidden: HiddenValues = noHiddenValues();
  readonly #redacted: Uint8Array;
  /** What is being taken in, and a view of it. */
  #bytes: Uint8Array = NOTHING;
  #view: DataView = new DataView(NOTHING.buffer);

  /**
   * @param program What the trace calls the program; names the path of a recording without a step.
   * @param relayed Descriptors of which all that is written comes by {@link relayed}, 1 and 2; both as 1 where they
   *   are the same file. `written` is called at a record that says how much was written by then, and may call that.
   */
  constructor(
    writer: TraceWriter,
    program: string,
    relayed?: {
      readonly streams: readonly number[];
      readonly joined: boolean;
      written(stream: number, known: number, unread: number): void;
    },
  ) {
    this.#writer = writer;
    this.#program = program;
    this.#codes = new CodeTable(writer);
    this.#values = new ValueTranscoder(writer);
    this.#main = this.#current = new ThreadState(0);
    this.#threads.set(0, this.#main);
    this.#values.hidden(wire.REDACTED, this.#scratch);
    this.#redacted = this.#scratch.bytes.slice(0, this.#scratch.length);
    for (const stream of relayed?.streams ?? []) {
      this.#sources[stream] = new OutputSources((bytes, start, end) => {
        this.#foreignOutput(stream, bytes, start, end);
      });
    }
    this.#written = relayed?.written;
    // holds: what is joined to descriptor 1 is relayed as that one.
    if (relayed?.joined) this.#sources[2] = this.#sources[1]!;
  }

  /** Why the agent saw only a part of the program, by no fault of its own; null if it saw all. */
  get detached(): RecorderError | null {
    return this.#detached;
  }

  /** What the agent failed by; null if it did not. */
  get failure(): RecorderError | null {
    return this.#failure;
  }

  /** Whether there was a line more than {@link stepLimit}; nothing more is taken in then. */
  get atStepLimit(): boolean {
    return this.#atStepLimit;
  }

  /** Bytes that the latest values of variables take in memory, about. */
  get remembered(): number {
    return this.#remembered;
  }

  /**
   * Takes in as many whole records as there are.
   *
   * @param end The data ends here; records end earlier with a zero byte.
   * @param last No more is coming: a record that breaks off ends the data instead of being an error, for
   *   the program may have died while it wrote. What does not begin as a record is an error all the same.
   * @param until No record that begins here or behind is taken in; `end` by default.
   * @returns The position behind the last whole record.
   * @throws {BrokenRecord} If the data is not what an agent writes.
   */
  records(bytes: Uint8Array, at: number, end: number, last: boolean, until = end): number {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    // Here no step is halfway taken in.
    if (this.#remembered > this.mostRemembered) {
      this.#remembered = this.#codes.forgetValues(this.mostRemembered / 2);
    }
    while (at < until && bytes[at] !== 0) {
      const isPacked = bytes[at] !== TYPE_TUPLE;
      if (isPacked && !(bytes[at]! <= wire.PACKED_YIELD_NONE)) {
        throw new BrokenRecord(`no record begins at byte ${at}`);
      }
      if (last && !(isPacked ? this.#isWholePacked(bytes, at, end) : isWhole(bytes, at, end))) {
        return at;
      }
      if (at + 10 > end) throw new BrokenRecord(`the data ends at byte ${at}`);
      const next = isPacked ? this.#packed(bytes, at, end) : this.#record(bytes, at, end);
      if (this.#atStepLimit) return at;
      if (bytes[next - 1] !== TYPE_NONE) {
        throw new BrokenRecord(`a record without an end at byte ${at}`);
      }
      at = next;
    }
    return at;
  }

  /**
   * Takes in what was written to a relayed descriptor, by whomever: what the program's own streams wrote is known by
   * their records, the rest becomes output of a source of its own.
   *
   * @param stream 1 or 2; 1 where they are the same.
   * @param goesOn The last write among these bytes may have been cut at their end.
   */
  relayed(stream: number, bytes: Uint8Array, start: number, end: number, goesOn: boolean): void {
    this.#sources[stream]?.take(bytes, start, end, goesOn);
  }

  /** Takes in one record and returns the position behind it. */
  #record(bytes: Uint8Array, at: number, limit: number): number {
    const kind = readInt(bytes, at + 5);
    if (kind >= 0) {
      return this.#line(bytes, at + 5, limit, this.#codes.layout(kind), u32(bytes, at + 1));
    }
    if (
      kind <= wire.CALL && kind >= wire.THROW && at + 20 < limit && this.#window !== "closed" &&
      bytes[at + 5] === TYPE_INT && bytes[at + 10] === TYPE_INT && bytes[at + 15] === TYPE_INT
    ) {
      const end = this.#turn(kind, bytes, at, limit);
      if (end > 0) return end;
    }
    const end = skip(bytes, at, limit);
    this.#other(kind, bytes, at, end);
    return end;
  }

  /** As {@link #record}, for a packed one. */
  #packed(bytes: Uint8Array, at: number, end: number): number {
    const kind = bytes[at];
    const id = u32(bytes, at + 1);
    const site = kind === wire.PACKED_LINE ? this.#codes.site(id) : null;
    const next = at + (site === null ? packedTurnSize(kind) : site.size);
    if (next > end) throw new BrokenRecord(`the data ends at byte ${at}`);
    const view = this.#view;
    const thread = this.#thread(packedNumber(view, at + 5));
    if (site !== null) return this.#packedLine(at, next, site, thread);
    if (this.#window === "closed") return next;
    const level = this.#endsAt(thread, id);
    if (level < 0) return next;
    if (thread.frame(level).entered) {
      const value = kind === wire.PACKED_RETURN || kind === wire.PACKED_YIELD
        ? PACKED_INT
        : PACKED_NONE;
      const from = at + wire.PACKED_HEAD;
      const returned = this.#returned;
      returned.clear();
      this.#values.packed(
        value,
        packedLow(value, view, from),
        packedHigh(value, view, from),
        returned,
      );
      this.#writer.exit(returned.bytes, 0, returned.length);
    }
    thread.depth = level;
    return next;
  }

  /** @throws {BrokenRecord} If it is of a site that was not defined. */
  #packedSize(bytes: Uint8Array, at: number): number {
    return bytes[at] === wire.PACKED_LINE
      ? this.#codes.site(u32(bytes, at + 1)).size
      : packedTurnSize(bytes[at]);
  }

  /** Whether the packed record at `at` was written to its end; of what it was not, anything may be missing. */
  #isWholePacked(bytes: Uint8Array, at: number, end: number): boolean {
    try {
      const next = at + this.#packedSize(bytes, at);
      return next <= end && bytes[next - 1] === TYPE_NONE;
    } catch (error) {
      if (error instanceof BrokenRecord) return false;
      throw error;
    }
  }

  #packedLine(at: number, next: number, site: Site, thread: ThreadState): number {
    const { kinds, slots } = site;
    if (this.#window !== null && thread.depth === 0) return next;
    if (this.#writer.steps >= this.stepLimit) {
      this.#atStepLimit = true;
      return at;
    }
    const view = this.#view;
    let from = at + wire.PACKED_HEAD;
    let size = 0;
    for (let n = 0; n < kinds.length; n++) {
      const slot = slots[n]!; // holds: a site has as many slots as kinds
      const kind = kinds[n]!; // holds: n < kinds.length
      // Most are numbers: all kinds in one way would ask three times which it is.
      if (kind === PACKED_INT || kind === PACKED_FLOAT) {
        const low = view.getInt32(from, true);
        slot.encodePacked(this.#values, kind, low, view.getInt32(from + 4, true));
        from += 8;
      } else {
        if (kind === PACKED_KEPT) this.#packedReference(slot, from, size);
        else slot.encodePacked(this.#values, kind, packedLow(kind, view, from), 0);
        from += packedSize(kind);
      }
      size += slot.encoded.length;
    }
    this.#step(site.layout, site.line, thread, size);
    return next;
  }

  /** Takes in the container that is referred to at `at`; `before` as for {@link #encode}. */
  #packedReference(slot: Slot, at: number, before: number): void {
    const { bytes, view } = this.#reference;
    this.#reference.read(this.#view, at);
    if (before > MOST_PER_STEP || !slot.holds(view, 0, bytes.length)) {
      this.#encode(slot, bytes, view, 0, bytes.length, before);
    }
  }

  /**
   * Takes in a record of a call that begins or ends, in the form in which most of them come.
   *
   * @param at Where the record begins; code and thread are at fixed places.
   * @returns The position behind it; 0 if it has another form.
   */
  #turn(kind: number, bytes: Uint8Array, at: number, limit: number): number {
    const count = u32(bytes, at + 1);
    const code = i32(bytes, at + 11);
    const ident = i32(bytes, at + 16);
    const value = at + 20;
    if (kind === wire.RETURN || kind === wire.YIELD) {
      if (count !== 5) return 0;
      const end = skip(bytes, skip(bytes, value, limit), limit);
      this.#leave(this.#thread(ident), code, bytes, value, end, false);
      return end;
    }
    if (count !== 4 || kind === wire.UNWIND) return 0;
    this.#thread(ident).push(this.#codes.code(code));
    return skip(bytes, value, limit);
  }

  #other(kind: number, bytes: Uint8Array, at: number, end: number): void {
    const first = at + 5;
    const second = skip(bytes, first, end);
    if (this.#window === "closed" && isOfFrames(kind)) return;
    switch (kind) {
      case wire.CALL:
      case wire.RESUME:
      case wire.THROW: {
        const thread = this.#thread(readInt(bytes, skip(bytes, second, end)));
        thread.push(this.#codes.code(readInt(bytes, second)));
        return;
      }
      case wire.RETURN:
      case wire.YIELD:
      case wire.UNWIND: {
        const third = skip(bytes, second, end);
        const thread = this.#thread(readInt(bytes, third));
        const value = skip(bytes, third, end);
        this.#leave(thread, readInt(bytes, second), bytes, value, end, kind === wire.UNWIND);
        return;
      }
      case wire.OUTPUT: {
        const third = skip(bytes, second, end);
        const data = skip(bytes, third, end);
        const stream = readInt(bytes, second);
        const thread = this.#thread(readInt(bytes, third));
        const task = skip(bytes, data, end);
        this.#task = bytes[task] === TYPE_NONE ? null : readText(bytes, task);
        this.#output(stream, thread, bytes, data + 5, data + 5 + readLength(bytes, data));
        return;
      }
      case wire.WRITING: {
        const third = skip(bytes, second, end);
        const data = skip(bytes, third, end);
        const total = skip(bytes, data, end);
        const stream = readInt(bytes, second);
        const writer = 3 * this.#thread(readInt(bytes, third)).id + stream;
        const length = readLength(bytes, data);
        if (length === 0) this.#sources[stream]?.withdraw(writer);
        else {
          const known = bytes.slice(data + 5, data + 5 + length);
          this.#sources[stream]?.expect(writer, known, readInt(bytes, total));
        }
        return;
      }
      case wire.RAISE: {
        const thread = this.#thread(readInt(bytes, second));
        return this.#raise(thread, bytes, skip(bytes, second, end), end);
      }
      case wire.CATCH: {
        const thread = this.#thread(readInt(bytes, second));
        return this.#caught(thread, readText(bytes, skip(bytes, second, end)));
      }
      case wire.WRITTEN: {
        const known = skip(bytes, second, end);
        const unread = skip(bytes, known, end);
        this.#written?.(readInt(bytes, second), readInt(bytes, known), readInt(bytes, unread));
        return;
      }
      case wire.THREAD_BEGUN: {
        const ident = readInt(bytes, second);
        const name = skip(bytes, second, end);
        // The system gives the number of one that ended unseen to the next.
        this.#threadEnded(ident);
        if (bytes[name] !== TYPE_NONE) this.#thread(ident).name = readText(bytes, name);
        return;
      }
      case wire.THREAD_ENDED:
        return this.#threadEnded(readInt(bytes, second));
      case wire.PIECE: {
        const third = skip(bytes, second, end);
        const data = skip(bytes, third, end);
        const from = data + 5;
        const piece = bytes.slice(from, from + readLength(bytes, data));
        return this.#piece(readInt(bytes, second), piece, bytes[third] === TYPE_TRUE);
      }
      case wire.LAYOUT:
        this.#remembered += PER_LAYOUT;
        return this.#codes.addLayout(bytes, second, end, this.#redacted);
      case wire.SITE:
        return this.#codes.addSite(bytes, second, end);
      case wire.CODE:
        return this.#codes.addCode(bytes, second, end);
      case wire.PATH:
        return this.#codes.addPath(bytes, second, end);
      case wire.SOURCE:
        return this.#codes.addSource(bytes, second, end);
      case wire.DESCRIBED: {
        const value = skip(bytes, second, end);
        return this.#values.describe(readInt(bytes, second), bytes, value, end, this.#scratch);
      }
      case wire.KEPT:
        return this.#values.keep(bytes, second, end, this.#scratch);
      case wire.SPLICED:
        return this.#values.splice(bytes, second, end, this.#scratch);
      case wire.WINDOW:
        return this.#turnWindow(readInt(bytes, second) === 0 ? "closed" : "open");
      case wire.UNCAUGHT: {
        // Inside of the main module it would be an interactive console's, which prints what it has caught.
        if (this.#uncaught !== null || this.#main.depth > 0) return;
        this.#raised.clear();
        const known = this.#values.error(bytes, second, end, this.#raised);
        this.#uncaught = { ...known, encoded: this.#takeRaised(), exits: false };
        return;
      }
      case wire.CONFLICT: {
        this.#detached ??= detachment(readText(bytes, second));
        const left = skip(bytes, second, end);
        if (bytes[left] !== TYPE_NONE) this.#keepCalls(this.#main, bytes, left, end);
        return;
      }
      case wire.FAILED:
        this.#failure ??= agentFailure(readText(bytes, second));
        return;
      case wire.HELLO:
        this.#codes.startFolder = readText(bytes, second);
        return;
      default:
        throw new BrokenRecord(`unknown kind ${kind} of record at byte ${at}`);
    }
  }

  /** A part of a record that is longer than a segment; with the last one the record is taken in. */
  #piece(number: number, piece: Uint8Array, isLast: boolean): void {
    const pieces = this.#pieces;
    if (pieces === null) throw new BrokenRecord("a record in pieces within another");
    const own = pieces.get(number) ?? [];
    own.push(piece);
    pieces.set(number, own);
    this.#inPieces += piece.length;
    if (this.#inPieces > MOST_IN_PIECES) throw new BrokenRecord("too much in pieces");
    if (!isLast) return;
    pieces.delete(number);
    const whole = joined(own);
    this.#inPieces -= whole.length;
    const [bytes, view] = [this.#bytes, this.#view];
    this.#pieces = null;
    const taken = this.records(whole, 0, whole.length, false, 1);
    this.#pieces = pieces;
    [this.#bytes, this.#view] = [bytes, view];
    if (taken !== whole.length && !this.#atStepLimit) {
      throw new BrokenRecord("pieces that are not one record");
    }
  }

  /** A line: layout, line, thread, value*, end. */
  #line(bytes: Uint8Array, at: number, end: number, layout: Layout, count: number): number {
    const slots = layout.slots;
    if (count !== slots.length + 4) {
      throw new BrokenRecord(`${count} elements for ${slots.length} variables at byte ${at}`);
    }
    let next = at + 5;
    const line = readInt(bytes, next);
    next = bytes[next] === TYPE_INT ? next + 5 : skip(bytes, next, end);
    const thread = this.#thread(readInt(bytes, next));
    next = bytes[next] === TYPE_INT ? next + 5 : skip(bytes, next, end);

    if (this.#window !== null && thread.depth === 0) {
      // Of a call from before the window opened, in another thread than the one that opened it; or after its end.
      for (let n = 0; n < slots.length; n++) next = skip(bytes, next, end);
      return next + 1;
    }
    if (this.#writer.steps >= this.stepLimit) {
      this.#atStepLimit = true;
      return at;
    }
    let size = 0;
    for (let n = 0; n < slots.length; n++) {
      const slot = slots[n]!; // holds: n < slots.length
      next = this.#value(slot, bytes, next, end, size);
      size += slot.encoded.length;
    }
    this.#step(layout, line, thread, size);
    return next + 1;
  }

  /** Takes in one value of a line; `before` as for {@link #encode}. Returns the position behind it. */
  #value(slot: Slot, bytes: Uint8Array, at: number, end: number, before: number): number {
    const view = this.#view;
    const type = bytes[at];
    // Numbers are compared as numbers, as those are that come packed.
    if (type === TYPE_INT && at + 5 <= end) {
      const n = view.getInt32(at + 1, true);
      slot.encodePacked(this.#values, PACKED_INT, n, n >> 31);
      return at + 5;
    }
    if (type === TYPE_FLOAT && at + 9 <= end) {
      const low = view.getInt32(at + 1, true);
      slot.encodePacked(this.#values, PACKED_FLOAT, low, view.getInt32(at + 5, true));
      return at + 9;
    }
    if (before <= MOST_PER_STEP && slot.holds(view, at, end)) return at + slot.raw.length;
    return this.#encode(slot, bytes, view, at, end, before);
  }

  /** One step with the values that stand in the layout's slots, of `size` bytes. */
  #step(layout: Layout, line: number, thread: ThreadState, size: number): void {
    const writer = this.#writer;
    const slots = layout.slots;
    // The call that the line belongs to, found again where events were lost to a signal handler's exception.
    const code = layout.code;
    let level = thread.depth - 1;
    if (layout.enters) {
      // Unless a CALL has told of it, which comes until PY_START is switched off, and once it is on again.
      const known = level >= 0 ? thread.frame(level) : null;
      if (known === null || known.code !== code || known.lastStep >= 0) thread.push(code);
    } else if (level < 0 || thread.frame(level).code !== code) {
      level = thread.find(code);
      if (level < 0) thread.push(code);
      else this.#endInside(thread, level);
    }
    const frame = thread.frame(thread.depth - 1);
    if (!frame.hasArguments) this.#keepArguments(frame, layout);
    this.#bringIn(thread);
    const step = writer.step(code.position(line));
    thread.lastStep =
      frame.lastStep =
      frame.lastRecord =
      layout.lastStep =
        step;
    if (slots.length > 1 && size <= MOST_AS_WHOLE) {
      const { values } = layout;
      values.refresh();
      writer.values(slots.length, values.items);
      if (values.redacted > 0) this.hidden.redacted.attr += values.redacted;
      if (values.dropped > 0) this.hidden.dropped.attr += values.dropped;
    } else {
      for (let n = 0; n < slots.length; n++) {
        const slot = slots[n]!; // holds: n < slots.length
        writer.valueOf(slot.variableId, slot.encoded);
        if (slot.redacted > 0) this.hidden.redacted.attr += slot.redacted;
        if (slot.dropped > 0) this.hidden.dropped.attr += slot.dropped;
      }
    }
    if (layout.hidden !== null) this.#lineHides(layout, layout.hidden);
  }

  /** What was called inside of the window ends with it: how, in other threads than the one that left it, isn't known. */
  #turnWindow(to: "open" | "closed"): void {
    this.#window = to;
    this.#endInside(this.#current, -1);
    for (const thread of this.#threads.values()) this.#endInside(thread, -1);
  }

  #lineHides(layout: Layout, hidden: readonly HiddenByStep[]): void {
    for (const slot of layout.redacted) {
      this.#writer.valueOf(slot.variableId, slot.encoded);
    }
    for (const { kind, redacted, dropped } of hidden) {
      this.hidden.redacted[kind] += redacted;
      this.hidden.dropped[kind] += dropped;
    }
  }

  /**
   * Takes in a value that is not the one that came last.
   *
   * @param view Of `bytes`.
   * @param before Bytes of the values of the step ahead of this one.
   * @returns The position behind it.
   */
  #encode(
    slot: Slot,
    bytes: Uint8Array,
    view: DataView,
    start: number,
    limit: number,
    before: number,
  ): number {
    const { encoded } = slot;
    const kept = slot.bytes;
    const crowded = before > MOST_PER_STEP || this.#remembered + this.#inArguments > MOST_KEPT;
    let end = crowded ? -1 : slot.patch(this.#values, bytes, view, start, limit, this.#scratch);
    if (end < 0) {
      end = skip(bytes, start, limit);
      slot.encode(this.#values, bytes, start, end);
    }
    const tooMuch = crowded || before + encoded.length > MOST_PER_STEP;
    if (tooMuch && encoded.length > MUCH_LONGER * (end - start)) {
      slot.leaveOut(this.#values);
    }
    this.#remembered += slot.bytes - kept;
    return end;
  }

  /** Remembers the values of a call's parameters, which its first line shows as they were passed. */
  #keepArguments(frame: Frame, layout: Layout): void {
    const before = frame.arguments.bytes.length;
    frame.hasArguments = true;
    frame.arguments.clear();
    frame.argumentCount = layout.parameters.length;
    for (let n = 0; n < layout.parameters.length; n++) {
      const slot = layout.parameters[n]!; // holds: n < parameters.length
      frame.arguments.itemOf(slot.variableId, slot.encoded);
    }
    this.#inArguments += frame.arguments.bytes.length - before;
  }

  #thread(ident: number): ThreadState {
    let thread = ident === 0 ? this.#main : this.#threads.get(ident);
    if (thread === undefined) {
      thread = new ThreadState(this.#nextThread++);
      this.#threads.set(ident, thread);
    }
    return thread;
  }

  /** Makes `thread` the one whose calls are open in the container, and enters those that are new. */
  #bringIn(thread: ThreadState): void {
    if (thread !== this.#current) this.#switchTo(thread);
    this.#enterNew(thread);
  }

  #enterNew(thread: ThreadState, levels = thread.depth): void {
    // From the top down to the first call that is open; usually none or one is new.
    let level = levels;
    while (level > 0 && !thread.frame(level - 1).entered) level--;
    if (level === levels && this.#rootEntered) return;
    if (!this.#rootEntered) {
      this.#rootEntered = true;
      this.#writer.enter(this.#writer.functionId("<toplevel>"));
    }
    for (; level < levels; level++) {
      const frame = thread.frame(level);
      this.#writer.enter(frame.code.functionId);
      frame.entered = frame.seen = true;
      if (frame.hasArguments) this.#writer.arguments(frame.argumentCount, frame.arguments);
    }
  }

  /**
   * Calls of the container nest, those of threads don't: so the open calls of one thread end where another
   * goes on, and begin again as further pieces when the first one comes back.
   */
  #switchTo(thread: ThreadState, levels = thread.depth): void {
    // The stream can't begin with a thread's start.
    if (this.#writer.stepRecords === 0) this.#firstStep("<start>");
    this.#copyAhead();
    this.#closePiece(this.#current);
    this.#current = thread;
    this.#enterNew(thread, levels);
    if (thread.started) this.#writer.threadSwitch(thread.id);
    else this.#writer.threadStart(thread.id);
    thread.started = true;
    this.#flushEarlyOutput();
  }

  #closePiece(thread: ThreadState): void {
    for (let level = thread.depth - 1; level >= 0; level--) {
      const frame = thread.frame(level);
      if (!frame.entered) continue;
      this.#returned.clear();
      this.#values.marker("<goes on after a thread switch>", "builtins:<piece>", this.#returned);
      this.#writer.exit(this.#returned.bytes, 0, this.#returned.length);
      frame.entered = false;
    }
  }

  #leave(
    thread: ThreadState,
    codeId: number,
    bytes: Uint8Array,
    value: number,
    end: number,
    unwinds: boolean,
  ): void {
    const level = this.#endsAt(thread, codeId);
    if (level < 0) return;
    const frame = thread.frame(level);
    if (unwinds) {
      this.#raised.clear();
      const known = bytes[value] === TYPE_NONE
        ? { type: "builtins:BaseException", message: "" }
        : this.#values.error(bytes, value, end, this.#raised);
      // What leaves the program's own module ends the program; functions that run at exit come after that.
      if (level === 0 && thread === this.#main && MODULE_NAME.test(frame.code.name)) {
        this.#uncaught = {
          ...known,
          encoded: this.#takeRaised(),
          exits: bytes[skip(bytes, value, end)] === TYPE_TRUE,
        };
      }
      if (frame.entered) {
        this.#writer.exit(NOTHING, 0, 0, this.#raised.bytes, 0, this.#raised.length);
      }
    } else if (frame.entered) {
      this.#returned.clear();
      this.#values.redacted = this.#values.dropped = 0;
      this.#values.value(bytes, value, end, this.#returned);
      if (this.#values.redacted > 0 || this.#values.dropped > 0) {
        const kind = this.#values.isHidden(bytes, value) ? "ret" : "attr";
        this.hidden.redacted[kind] += this.#values.redacted;
        this.hidden.dropped[kind] += this.#values.dropped;
      }
      this.#writer.exit(this.#returned.bytes, 0, this.#returned.length);
    }
    thread.depth = level;
  }

  /**
   * Makes the call of this code the innermost one, as it ends now.
   *
   * @returns Its level; -1 if there is none.
   */
  #endsAt(thread: ThreadState, codeId: number): number {
    const level = thread.find(this.#codes.code(codeId));
    if (level < 0) return level;
    this.#endInside(thread, level);
    // A call that had no step leaves no record, and no reason to bring its thread in.
    if (thread !== this.#current && thread.frame(level).seen) this.#switchTo(thread);
    return level;
  }

  /** The next thread may get the same number, and is another one. */
  #threadEnded(ident: number): void {
    const thread = this.#threads.get(ident);
    if (thread === undefined || thread === this.#main) return;
    this.#threads.delete(ident);
    if (thread.started) this.#copyAhead();
    while (thread.depth > 0) this.#pop(thread);
    if (thread.started) this.#writer.threadExit(thread.id);
  }

  /** A copy of the latest record, if a record about a thread needs one, belongs into the call that is open now. */
  #copyAhead(): void {
    if (this.#writer.depth > 1) this.#writer.copyAhead();
  }

  #raise(thread: ThreadState, bytes: Uint8Array, value: number, end: number): void {
    if (!this.#bringInSeen(thread)) return;
    this.#raised.clear();
    const { type, message } = this.#values.error(bytes, value, end, this.#raised);
    const frame = thread.innermostSeen();
    const text = encoder.encode(message);
    const again = this.#isLatest(frame);
    const at = this.#writer.raise(this.#values.type(type), text, 0, text.length, again);
    if (frame !== null) frame.lastRecord = at;
  }

  #caught(thread: ThreadState, type: string): void {
    if (!this.#bringInSeen(thread)) return;
    const frame = thread.innermostSeen();
    const at = this.#writer.caught(this.#values.type(type), this.#isLatest(frame));
    if (frame !== null) frame.lastRecord = at;
  }

  /** Whether nothing has been recorded since the latest record of `frame`: its values stand there. */
  #isLatest(frame: Frame | null): boolean {
    return frame !== null && frame.lastRecord === this.#writer.stepRecords - 1;
  }

  /**
   * Makes `thread` the current one as far as its calls have had steps: what happens in a call ahead of its first is told
   * in the one around it. False when there is nothing to tell it in.
   */
  #bringInSeen(thread: ThreadState): boolean {
    if (this.#window !== null && thread.depth === 0) return false;
    if (thread === this.#current) return this.#rootEntered;
    const levels = thread.seenDepth();
    if (levels > 0) this.#switchTo(thread, levels);
    return levels > 0;
  }

  /** A copy of what #raised holds. */
  #takeRaised(): Uint8Array {
    return this.#raised.bytes.slice(0, this.#raised.length);
  }

  /**
   * Closes the calls inside of the one at `level`, of all where that is -1. Those in pieces go on first, for their
   * latest pieces say so: else a reader takes the next calls of the thread for them.
   */
  #endInside(thread: ThreadState, level: number): void {
    if (thread.depth === level + 1) return;
    if (thread !== this.#current && thread.frame(level + 1).seen) {
      this.#switchTo(thread, thread.seenDepth());
    }
    while (thread.depth > level + 1) this.#pop(thread);
  }

  /** Ends the calls that are not those of the tuple of codes at `at`, the outermost first. */
  #keepCalls(thread: ThreadState, bytes: Uint8Array, at: number, end: number): void {
    const count = Math.min(readCount(bytes, at), thread.depth);
    let next = at + 5;
    let level = 0;
    for (; level < count; level++) {
      if (thread.frame(level).code !== this.#codes.code(readInt(bytes, next))) break;
      next = skip(bytes, next, end);
    }
    this.#endInside(thread, level - 1);
  }

  /** Closes the innermost call of a thread without a word on how it ended. */
  #pop(thread: ThreadState): void {
    const frame = thread.frame(thread.depth - 1);
    if (frame.entered) this.#writer.exit(NOTHING, 0, 0);
    thread.depth--;
  }

  #output(
    stream: number,
    thread: ThreadState,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (EVENT_KINDS[stream] === undefined) {
      throw new BrokenRecord(`unknown stream ${stream} at byte ${start}`);
    }
    if (this.#isEarly(stream, eventMetadata(stream, this.#main, null), bytes, start, end)) return;
    // The line that caused it; where a call made on that line has printed since, the latest step, for the
    // events of a trace are in the order of their steps.
    let step = thread.stepInCall();
    if (step < this.#lastOutputStep) step = Math.max(thread.lastStep, 0);
    const metadata = eventMetadata(stream, thread, this.#task);
    this.#addOutput(stream, metadata, step, bytes, start, end);
  }

  /** By native code or a child, of which no thread is known: at the latest step. */
  #foreignOutput(stream: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#window === "closed") return;
    const metadata = this.#foreignMetadata[stream] ??= JSON.stringify({
      stream: wire.STREAM_NAMES[stream],
      source: "fd",
    });
    if (this.#isEarly(stream, metadata, bytes, start, end)) return;
    const step = this.#writer.stepRecords - 1;
    for (let at = start; at < end; at += LONGEST_OUTPUT) {
      this.#addOutput(stream, metadata, step, bytes, at, Math.min(end, at + LONGEST_OUTPUT));
    }
  }

  /** Keeps output for the first step as long as there is none, or makes one. */
  #isEarly(
    stream: number,
    metadata: string,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    if (this.#writer.stepRecords > 0) {
      if (this.#early.length > 0) this.#flushEarlyOutput();
      return false;
    }
    this.#early.push({ stream, metadata, data: bytes.slice(start, end) });
    this.#earlyBytes += end - start;
    if (this.#earlyBytes > MOST_EARLY_OUTPUT) this.#firstStep("<start>");
    return true;
  }

  #addOutput(
    stream: number,
    metadata: string,
    step: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.#lastOutputStep = step;
    const pending = this.#pendingOutput;
    if (
      this.#pendingMetadata !== metadata || this.#pendingStep !== step ||
      pending.length + end - start > LONGEST_OUTPUT
    ) {
      this.#flushOutput();
      this.#pendingKind = EVENT_KINDS[stream]!; // holds: #output knew the stream
      this.#pendingMetadata = metadata;
      this.#pendingStep = step;
    }
    pending.append(bytes, start, end);
  }

  /** One `print` writes several pieces; they are one event, for they come from one step. */
  #flushOutput(): void {
    const pending = this.#pendingOutput;
    if (pending.length === 0) return;
    const metadata = this.#pendingMetadata;
    this.#writer.event(
      this.#pendingKind,
      this.#pendingStep,
      metadata,
      pending.bytes,
      0,
      pending.length,
    );
    pending.clear();
  }

  #flushEarlyOutput(): void {
    for (const { stream, metadata, data } of this.#early) {
      this.#writer.event(
        EVENT_KINDS[stream]!, // holds: #output knew the stream
        0,
        metadata,
        data,
        0,
        data.length,
      );
    }
    this.#early = [];
    this.#earlyBytes = 0;
  }

  /** A trace needs a step: one for what happened outside of all recorded code, at the first line of `path`. */
  #firstStep(name: string): void {
    const path = this.#codes.pathWithoutCode(name);
    this.#rootEntered = true;
    this.#writer.enter(this.#writer.functionId("<toplevel>"));
    this.#writer.step(this.#writer.position(path, 1, 1));
    this.#flushEarlyOutput();
  }

  /**
   * Name of the type of the exception that nobody caught; null for none. `SystemExit` is none, nor is what
   * derives from it: it is how a program asks to end.
   */
  get uncaught(): string | null {
    const uncaught = this.#uncaught;
    return uncaught === null || uncaught.exits ? null : nameOf(uncaught.type);
  }

  /**
   * Ends every open call, so that the trace is a whole tree.
   *
   * @param state Becomes what the root returns, with the exception that ended the program, if one did.
   * @param failure Why the recording ended before the program; stands where the exception does.
   */
  finish(state: SessionExitState, failure: RecorderError | null): void {
    for (const sources of new Set(this.#sources)) sources?.finish();
    if (this.#writer.stepRecords === 0) this.#firstStep(this.#program || "<program>");
    this.#flushEarlyOutput();
    this.#flushOutput();
    for (let level = this.#current.depth; level > 0; level--) this.#pop(this.#current);
    this.#returned.clear();
    const returned = rootReturn(state);
    if (typeof returned === "number") this.#values.int(returned, this.#returned);
    else this.#values.marker(returned, "builtins:<exit>", this.#returned);
    this.#raised.clear();
    if (failure !== null) {
      const text = `${failure.code}: ${failure.message}`;
      this.#values.failure(text, "codetracer:RecorderError", this.#raised);
      this.#lastEvent({ error_code: failure.code }, text);
    } else if (
      this.#uncaught !== null && (state.kind === "uncaught" || state.kind === "signalled")
    ) {
      const { type, message, encoded } = this.#uncaught;
      this.#raised.append(encoded);
      const name = nameOf(type);
      this.#lastEvent({ exception: name }, message ? `${name}: ${message}` : name);
    }
    this.#writer.exit(
      this.#returned.bytes,
      0,
      this.#returned.length,
      this.#raised.bytes,
      0,
      this.#raised.length,
    );
  }

  /** An error on the last step, so that debuggers show the trace's end as one. */
  #lastEvent(metadata: Record<string, string>, text: string): void {
    const content = encoder.encode(text);
    const step = this.#writer.stepRecords - 1;
    this.#writer.event(ERROR_EVENT, step, JSON.stringify(metadata), content, 0, content.length);
  }
}

/** What is said of an output event beside its content. */
function eventMetadata(stream: number, thread: ThreadState, task: string | null): string {
  const plain = thread.metadata[stream] ??= JSON.stringify({
    stream: wire.STREAM_NAMES[stream],
    thread: thread.id,
    ...(thread.name === null ? {} : { thread_name: thread.name }),
  });
  return task === null ? plain : `${plain.slice(0, -1)},"task":${JSON.stringify(task)}}`;
}

/** Whether records of this kind tell what happens in frames, and so nothing where none is recorded. */
function isOfFrames(kind: number): boolean {
  return kind <= wire.CALL && kind >= wire.OUTPUT || kind === wire.RAISE || kind === wire.CATCH;
}

/** `module:name` without the module. */
function nameOf(wireType: string): string {
  return wireType.slice(wireType.indexOf(":") + 1);
}

/** Bytes of a packed record of this kind that is no line. */
function packedTurnSize(kind: number | undefined): number {
  return kind === wire.PACKED_RETURN || kind === wire.PACKED_YIELD
    ? wire.PACKED_HEAD + 9
    : wire.PACKED_HEAD + 1;
}

/** Whether the record at `at` was written to its end. */
function isWhole(bytes: Uint8Array, at: number, end: number): boolean {
  try {
    return bytes[skip(bytes, at, end) - 1] === TYPE_NONE;
  } catch (error) {
    if (error instanceof BrokenRecord) return false;
    throw error;
  }
}
