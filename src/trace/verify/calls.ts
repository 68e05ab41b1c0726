import type { FindingCode } from "./codes.ts";
import type { Findings } from "./findings.ts";
import { Scanner } from "./scanner.ts";
import type { StreamCheck } from "./stream.ts";
import { ValueReport } from "./value_list.ts";

/** A return value of this one byte stands for none. */
const NOTHING = 0xff;

/**
 * Numbers of a call that is open. Of its children: where their keys begin and where the next one
 * stands, how many it lists, and how many have been met; -1 when the list has proved wrong.
 */
const [KEY, EXIT, DEPTH, CHILDREN, NEXT_CHILD, LISTED, MET] = [0, 1, 2, 3, 4, 5, 6];
const FRAME_FIELDS = 7;

/**
 * Checks `calls.dat` from front to back. In memory are the calls that are open at the call being
 * looked at, with their lists of children.
 *
 * @param steps Number of step records; Infinity if it is not known.
 * @param functions Number of names of functions.
 * @returns Number of calls.
 */
export function checkCalls(
  stream: StreamCheck,
  steps: number,
  functions: number,
  types: number,
  variables: number,
  findings: Findings,
): number {
  const check = new CallCheck(stream, steps, functions, types, variables, findings);
  return check.run();
}

class CallCheck {
  readonly #stream: StreamCheck;
  readonly #steps: number;
  readonly #functions: number;
  readonly #findings: Findings;
  readonly #report: ValueReport;
  readonly #scanner = new Scanner();
  readonly #open = new OpenCalls();
  readonly #children = new Scanner();
  #lastEntry = 0;
  /** All steps before this one belong to a call. */
  #covered = 0;
  /** Whether all calls so far could be read, so that it is known which ones are open. */
  #isComplete = true;

  constructor(
    stream: StreamCheck,
    steps: number,
    functions: number,
    types: number,
    variables: number,
    findings: Findings,
  ) {
    this.#stream = stream;
    this.#steps = steps;
    this.#functions = functions;
    this.#findings = findings;
    this.#report = new ValueReport(stream.fileName, types, variables, findings);
  }

  run(): number {
    const total = this.#stream.records(
      this.#scanner,
      (key) => this.#call(key),
      () => this.#isComplete = false,
    );
    if (this.#isComplete && this.#stream.intact) {
      while (this.#open.depth > 0) this.#pop();
      if (this.#covered < this.#steps && this.#steps < Infinity) {
        this.#gap(Math.max(total - 1, 0), this.#steps);
      }
    }
    return total;
  }

  #call(key: number): void {
    const scanner = this.#scanner;
    const report = this.#report;
    const recordStart = scanner.pos;
    const functionId = scanner.varint();
    const parent = scanner.signed();
    const entry = scanner.varint();
    const exit = scanner.varint();
    const depth = scanner.varint();
    for (let left = scanner.count(); left > 0; left--) {
      const id = scanner.varint();
      scanner.sized();
      if (scanner.problem !== null) break;
      report.variable(id, key);
      report.value(scanner.bytes, scanner.start, scanner.pos, key, recordStart);
    }
    scanner.sized();
    if (scanner.problem === null) this.#result(scanner, key, recordStart);
    scanner.sized();
    if (scanner.problem === null && scanner.pos > scanner.start) {
      report.value(scanner.bytes, scanner.start, scanner.pos, key, recordStart);
    }
    const children = scanner.count();
    const childrenStart = scanner.pos;
    for (let child = 0; child < children; child++) scanner.varint();
    scanner.finish();
    report.form(scanner, key, recordStart);
    if (scanner.problem !== null && scanner.problem !== "record-trailing") {
      this.#isComplete = false;
      return;
    }
    if (functionId >= this.#functions) {
      this.#add("function-id", key, `function ${functionId} of ${this.#functions}`);
    }
    if (exit < entry || exit >= this.#steps) {
      this.#add("call-range", key, `steps ${entry} to ${exit} of ${this.#steps}`);
    }
    if (!this.#isComplete) return;
    if (entry < this.#lastEntry) {
      this.#add("call-order", key, `step ${entry}, the call before begins at ${this.#lastEntry}`);
    }
    this.#lastEntry = entry;
    this.#place(key, parent, entry, exit, depth);
    this.#open.push(key, exit, depth, scanner.bytes, childrenStart, scanner.pos, children);
    if (entry > this.#covered) this.#gap(key, entry);
    this.#covered = Math.max(this.#covered, exit + 1);
  }

  #result(scanner: Scanner, key: number, recordStart: number): void {
    const { bytes, start, pos } = scanner;
    if (pos - start === 1 && bytes[start] === NOTHING) return;
    this.#report.value(bytes, start, pos, key, recordStart);
  }

  /** Ends the calls that are over, and compares the new one with its parent. */
  #place(key: number, parent: number, entry: number, exit: number, depth: number): void {
    const open = this.#open;
    while (open.depth > 0 && open.top(EXIT) < entry) this.#pop();
    if (parent < -1 || parent >= key) {
      this.#add("call-parent", key, `parent ${parent} is no earlier call`);
      return;
    }
    const level = parent < 0 ? 0 : open.levelOf(parent);
    if (level < 0) {
      this.#add("call-parent", key, `parent ${parent} has ended before step ${entry}`);
      return;
    }
    // One that ends at the step where the next begins is no overlap.
    let overlapping = -1;
    while (open.depth > level) {
      if (open.top(EXIT) > entry) overlapping = open.top(KEY);
      this.#pop();
    }
    if (overlapping >= 0) {
      this.#add("call-overlap", key, `it begins at step ${entry}, inside of call ${overlapping}`);
    }
    const expected = level === 0 ? 0 : open.top(DEPTH) + 1;
    if (depth !== expected) this.#add("call-depth", key, `depth ${depth}, expected ${expected}`);
    if (level === 0) return;
    if (exit > open.top(EXIT)) {
      this.#add(
        "call-nesting",
        key,
        `it ends at step ${exit}, its parent ${parent} at ${open.top(EXIT)}`,
      );
    }
    this.#takeChild(key, parent);
  }

  /** The parent has to list the call next. */
  #takeChild(key: number, parent: number): void {
    const open = this.#open;
    const met = open.top(MET);
    // Said once per parent: a list that is out of step stays so.
    if (met < 0) return;
    let listed = -1;
    if (met < open.top(LISTED)) {
      open.openChildren(this.#children);
      listed = this.#children.varint();
      open.setTop(NEXT_CHILD, this.#children.pos);
    }
    open.setTop(MET, met + 1);
    if (listed === key) return;
    const found = listed < 0 ? "does not list it" : `lists ${listed} there`;
    this.#add("call-children", parent, `child ${met} is call ${key}, the parent ${found}`);
    open.setTop(MET, -1);
  }

  #pop(): void {
    const open = this.#open;
    const met = open.top(MET);
    const listed = open.top(LISTED);
    if (met >= 0 && met < listed) {
      this.#add(
        "call-children",
        open.top(KEY),
        `it lists ${listed} children, ${met} calls name it as parent`,
      );
    }
    open.pop();
  }

  #gap(key: number, end: number): void {
    this.#add("call-gap", key, `steps ${this.#covered} to ${end - 1}`);
  }

  #add(code: FindingCode, record: number, message: string): void {
    this.#findings.add(code, { file: this.#stream.fileName, record }, () => message);
  }
}

/** A stack of calls, with the encoded keys of their children behind each other. */
class OpenCalls {
  depth = 0;
  #frames = new Float64Array(64 * FRAME_FIELDS);
  #children = new Uint8Array(1024);
  /** Bytes in use of the children. */
  #used = 0;

  push(
    key: number,
    exit: number,
    depth: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    listed: number,
  ): void {
    const at = this.depth * FRAME_FIELDS;
    if (at === this.#frames.length) {
      const grown = new Float64Array(2 * at);
      grown.set(this.#frames);
      this.#frames = grown;
    }
    const needed = this.#used + end - start;
    if (needed > this.#children.length) {
      const grown = new Uint8Array(Math.ceil(needed * 1.5));
      grown.set(this.#children.subarray(0, this.#used));
      this.#children = grown;
    }
    for (let from = start; from < end; from++) {
      this.#children[this.#used + from - start] = bytes[from]!;
    }
    const frames = this.#frames;
    frames[at + KEY] = key;
    frames[at + EXIT] = exit;
    frames[at + DEPTH] = depth;
    frames[at + CHILDREN] = this.#used;
    frames[at + NEXT_CHILD] = this.#used;
    frames[at + LISTED] = listed;
    frames[at + MET] = 0;
    this.#used = needed;
    this.depth++;
  }

  pop(): void {
    this.#used = this.top(CHILDREN);
    this.depth--;
  }

  top(field: number): number {
    return this.#frames[(this.depth - 1) * FRAME_FIELDS + field]!;
  }

  setTop(field: number, value: number): void {
    this.#frames[(this.depth - 1) * FRAME_FIELDS + field] = value;
  }

  /** Number of open calls down to and including the one with that key; -1 if it is not open. */
  levelOf(key: number): number {
    let low = 0;
    let high = this.depth;
    // Later calls have greater keys.
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#frames[middle * FRAME_FIELDS + KEY]! < key) low = middle + 1;
      else high = middle;
    }
    return low < this.depth && this.#frames[low * FRAME_FIELDS + KEY] === key ? low + 1 : -1;
  }

  /** Puts a scanner where the next child of the top call stands. */
  openChildren(scanner: Scanner): void {
    scanner.open(this.#children, this.top(NEXT_CHILD), this.#used);
  }
}
