/**
 * Compares a recorded trace with what the slow tracer (tests/oracle/slow_tracer.py) saw in a run of its own.
 *
 * Both become the same thing first: per thread, a list of tokens (enter a call, a step, leave a call), cut where no
 * call is open. Two rules of the recorder are applied to the oracle's events on the way: everything hangs below
 * `<toplevel>`, and a call or resumption that ends before any line of it or of its callees has run leaves nothing.
 * In a trace, calls are closed where another thread goes on and opened again later; those pieces are joined.
 */
import { basename, resolve } from "node:path";
import { looksSecret } from "./secrets.ts";

/** A value as ct-accept prints it. */
export interface TraceValue {
  readonly kind: string;
  readonly type_id: number;
  readonly i?: number | bigint;
  readonly b?: boolean;
  readonly text?: string;
  readonly r?: string;
  readonly msg?: string;
  readonly elements?: readonly TraceValue[];
  readonly field_values?: readonly TraceValue[];
  readonly field_names?: readonly string[];
}

/** What of ct-accept's events is looked at. */
export interface TraceEvent {
  readonly kind: string;
  readonly function?: string;
  readonly call_key?: number;
  readonly args?: readonly { readonly varname: string; readonly value: TraceValue }[];
  readonly return_value?: TraceValue;
  readonly exception?: TraceValue;
  readonly step_kind?: string;
  readonly step_index?: number;
  readonly path?: string;
  readonly line?: number;
  readonly thread_id?: number;
  readonly vars?: readonly { readonly varname: string; readonly value: TraceValue }[];
  readonly exception_type_id?: number;
  readonly exception_message?: string;
  readonly catch_exception_type_id?: number;
  readonly text?: string;
  /** Of an output event, JSON. */
  readonly metadata?: string;
}

/** A trace, read back. */
export interface ReadTrace {
  /** steps, calls, io_events, … */
  readonly counts: Readonly<Record<string, number>>;
  readonly types: readonly string[];
  readonly events: readonly TraceEvent[];
}

/** A value as the oracle describes it: type name, then content where it has one, then "…" if cut. */
type Description = readonly [string, ...unknown[]];
type Described = Readonly<Record<string, Description>>;

interface OracleEvent {
  readonly e: "call" | "resume" | "line" | "return" | "yield" | "unwind";
  readonly t: number;
  readonly n?: string;
  readonly f?: string;
  readonly l?: number;
  readonly a?: Described;
  readonly v?: Described | Description | null;
  readonly g?: Described;
  readonly x?: string;
}

/** What a thread does, in order. */
export type Token<Values, Value> =
  | { readonly what: "enter"; readonly name: string; readonly args: Values | null }
  | { readonly what: "step"; readonly file: string; readonly line: number; readonly vars: Values }
  | {
    readonly what: "leave";
    readonly how: "value" | "exception" | "unknown";
    readonly value: Value;
    /** File and function, where they are known. */
    readonly of?: string;
  };
type Expected = Token<Described, Description>;
/** As a trace has it. A leave without a value is that of a call which never ended. */
export type Actual = Token<ReadonlyMap<string, TraceValue>, TraceValue | undefined>;

/** How closely to compare. */
export interface CompareOptions {
  /** Below 3.11 code objects don't know their qualified name: compare its last component alone. */
  readonly qualifiedNames: boolean;
  /** The program's working directory: what code calls a relative path is one from here. */
  readonly cwd: string;
}

/** What the two disagree about, ready to be read, or null. */
export function compareWithOracle(
  trace: ReadTrace,
  oracleLines: Iterable<string>,
  options: CompareOptions,
): string | null {
  const expected = oracleThreads(oracleLines);
  const actual = traceThreads(trace);
  if (typeof actual === "string") return actual;
  const comparison = new Comparison(trace.types, options);
  if (expected.length === 1 && actual.length === 1) {
    return comparison.sequences(expected[0]!.flat(), actual[0]!.flat());
  }
  return comparison.unordered(expected.flat(), actual.flat());
}

/** The variables of a step at which the oracle may not look at them. */
const UNREAD: Described = {};
const OUTERMOST = "<toplevel>";
const PIECE = "<piece>";

/** Per thread the list of its outermost calls, each a list of tokens. */
function oracleThreads(lines: Iterable<string>): Expected[][][] {
  interface Open {
    readonly event: OracleEvent;
    entered: boolean;
  }
  const threads: { open: Open[]; calls: Expected[][] }[] = [];
  for (const line of lines) {
    if (line === "") continue;
    const event = JSON.parse(line) as OracleEvent;
    const { open, calls } = threads[event.t] ??= { open: [], calls: [] };
    switch (event.e) {
      case "call":
      case "resume":
        open.push({ event, entered: false });
        break;
      case "line":
        for (const [level, call] of open.entries()) {
          if (call.entered) continue;
          call.entered = true;
          if (level === 0) calls.push([]);
          calls.at(-1)!.push({ what: "enter", name: call.event.n!, args: call.event.a ?? null });
        }
        calls.at(-1)!.push({
          what: "step",
          file: event.f!,
          line: event.l!,
          vars: event.v === null ? UNREAD : { ...(event.v as Described), ...event.g },
        });
        break;
      default: {
        const call = open.pop();
        if (!call?.entered) break;
        const value = event.e === "unwind" ? [event.x!] as const : event.v as Description;
        calls.at(-1)!.push({
          what: "leave",
          how: event.e === "unwind" ? "exception" : "value",
          value,
          of: `${basename(call.event.f ?? "")} ${call.event.n}`,
        });
      }
    }
  }
  for (const { open, calls } of threads) {
    // The program was over before these ended, such as by os._exit.
    for (const call of open) {
      if (call.entered) calls.at(-1)!.push({ what: "leave", how: "unknown", value: ["?"] });
    }
  }
  return threads.filter(({ calls }) => calls.length > 0).map(({ calls }) => calls);
}

/**
 * Per thread of a trace, the one that ran first being first, its outermost calls, each a list of tokens; a text says
 * what is wrong with the frame of calls.
 */
export function traceThreads(trace: ReadTrace): Actual[][][] | string {
  interface Thread {
    depth: number;
    /** The calls of the thread that are closed for now, because another one is running; the innermost first. */
    suspended: string[];
    readonly calls: Actual[][];
  }
  const threads = new Map<number, Thread>();
  const threadOf = (id: number) => {
    let thread = threads.get(id);
    if (thread === undefined) threads.set(id, thread = { depth: 0, suspended: [], calls: [] });
    return thread;
  };
  let current = threadOf(0);
  let entering: TraceEvent[] = [];
  let rootOpen = false, rootClosed = false;
  const enter = (thread: Thread, events: readonly TraceEvent[]) => {
    for (const event of events) {
      if (thread.depth === 0) thread.calls.push([]);
      thread.depth++;
      thread.calls.at(-1)!.push({
        what: "enter",
        name: event.function!,
        args: new Map(event.args!.map((argument) => [argument.varname, argument.value])),
      });
    }
  };
  const copies = copiesIn(trace.events);
  for (const event of trace.events) {
    if (copies.has(event)) continue;
    switch (event.kind) {
      case "call_entry":
        if (!rootOpen) {
          if (event.function !== OUTERMOST) {
            return `the first call is ${event.function}, not ${OUTERMOST}`;
          }
          rootOpen = true;
        } else entering.push(event);
        break;
      case "step": {
        if (event.step_kind === "sekThreadSwitch" || event.step_kind === "sekThreadStart") {
          current = threadOf(event.thread_id!);
          const { suspended } = current;
          for (const [level, name] of suspended.reverse().entries()) {
            if (entering[level]?.function === name) continue;
            return `thread ${event.thread_id} goes on at step ${event.step_index}, and ${name} at depth ${level} does not`;
          }
          current.suspended = [];
          current.depth += suspended.length;
          enter(current, entering.slice(suspended.length));
          entering = [];
          break;
        }
        if (event.step_kind !== "sekAbsoluteStep" && event.step_kind !== "sekDeltaStep") break;
        enter(current, entering);
        entering = [];
        if (current.depth === 0) {
          return `step ${event.step_index} (${event.path}:${event.line}) is in no call below ${OUTERMOST}`;
        }
        current.calls.at(-1)!.push({
          what: "step",
          file: event.path!,
          line: event.line!,
          vars: new Map(event.vars!.map((variable) => [variable.varname, variable.value])),
        });
        break;
      }
      case "call_exit": {
        if (event.function === OUTERMOST && event.call_key === 0) {
          rootClosed = true;
          break;
        }
        const value = event.return_value;
        if (value !== undefined && trace.types[value.type_id] === PIECE) {
          current.suspended.push(event.function!);
          current.depth--;
          break;
        }
        current.depth--;
        current.calls.at(-1)!.push(
          event.exception === undefined
            ? { what: "leave", how: "value", value }
            : { what: "leave", how: "exception", value: event.exception },
        );
        break;
      }
    }
  }
  if (!rootClosed) return `the trace ends without the end of ${OUTERMOST}`;
  return [...threads.values()].filter(({ calls }) => calls.length > 0).map(({ calls }) => calls);
}

const SHOWN_BEFORE = 8, SHOWN_AFTER = 6, MOST_VALUES_SHOWN = 6;

class Comparison {
  /** Whether threads ran side by side: then what is in a shared container is another matter in each run. */
  threaded = false;

  constructor(readonly types: readonly string[], readonly options: CompareOptions) {}

  /** Token by token; the values of all steps are looked at, but only the first few differences shown. */
  sequences(expected: readonly Expected[], actual: readonly Actual[]): string | null {
    const values: string[] = [];
    let more = 0;
    let step = -1;
    for (let at = 0; at < Math.max(expected.length, actual.length); at++) {
      const left = expected[at], right = actual[at];
      if (left === undefined || right === undefined || !this.sameShape(left, right)) {
        return `${this.context(expected, actual, at)}${
          values.length > 0 ? `\n${values.join("\n")}` : ""
        }`;
      }
      if (left.what === "step") step++;
      const difference = this.values(left, right);
      if (difference === null) continue;
      if (values.length < MOST_VALUES_SHOWN) {
        values.push(`at step ${step}, ${this.showExpected(left)}:\n    ${difference}`);
      } else more++;
    }
    if (values.length === 0) return null;
    return `values differ:\n${values.join("\n")}${
      more > 0 ? `\n… and at ${more} places more` : ""
    }`;
  }

  /**
   * With several threads only what each outermost call does has an order: the calls are paired by what they are
   * and look alike, so that a difference inside one is shown as such.
   */
  unordered(
    expected: readonly (readonly Expected[])[],
    actual: readonly (readonly Actual[])[],
  ): string | null {
    this.threaded = true;
    const left = [...expected];
    const unmatched: (readonly Actual[])[] = [];
    for (const call of actual) {
      const index = left.findIndex((candidate) => this.sequences(candidate, call) === null);
      if (index < 0) unmatched.push(call);
      else left.splice(index, 1);
    }
    if (left.length === 0 && unmatched.length === 0) return null;
    const lines = [
      `of ${expected.length} outermost calls in all threads, ${left.length} are not in the trace as they were`,
    ];
    for (const call of left) {
      const shown = this.showExpected(call[0]!);
      const index = unmatched.findIndex((candidate) => this.sameShape(call[0]!, candidate[0]!));
      if (index < 0) lines.push(`missing: ${shown} (${call.length} tokens)`);
      else {
        const [partner] = unmatched.splice(index, 1);
        lines.push(`${shown}: ${this.sequences(call, partner!) ?? "the same as another one"}`);
      }
    }
    for (const call of unmatched) {
      lines.push(`too many: ${this.showActual(call[0]!)} (${call.length} tokens)`);
    }
    return lines.slice(0, 12).join("\n");
  }

  sameShape(left: Expected, right: Actual): boolean {
    if (left.what === "enter" && right.what === "enter") {
      return this.sameName(left.name, right.name);
    }
    if (left.what === "step" && right.what === "step") {
      return left.line === right.line && this.absolute(left.file) === right.file;
    }
    if (left.what === "leave" && right.what === "leave") {
      return left.how === right.how || left.how === "unknown" || right.how === "unknown";
    }
    return false;
  }

  absolute(file: string): string {
    return file.startsWith("<") ? file : resolve(this.options.cwd, file);
  }

  sameName(left: string, right: string): boolean {
    if (left === "<?>") return true;
    return this.options.qualifiedNames
      ? left === right
      : lastComponent(left) === lastComponent(right);
  }

  /** How the values of two tokens of the same shape differ, or null. */
  values(left: Expected, right: Actual): string | null {
    if (left.what === "step" && right.what === "step") {
      return left.vars === UNREAD ? null : this.named(left.vars, right.vars, "variable");
    }
    if (left.what === "enter" && right.what === "enter") {
      return left.args === null ? null : this.named(left.args, right.args!, "argument");
    }
    if (left.what === "leave" && right.what === "leave" && left.how !== "unknown") {
      if (left.how === "exception") {
        if (left.value[0] === "?") return null;
        const name = this.types[right.value?.type_id ?? -1] ?? "nothing";
        return lastComponent(name) === left.value[0]
          ? null
          : `exception ${left.value[0]} is recorded as ${name}`;
      }
      if (right.value === undefined) return "no return value is recorded";
      // A class's name is part of a function's, but where code objects don't know it the oracle doesn't either.
      const mayHide = looksSecret(left.of ?? "") || !this.options.qualifiedNames;
      if (mayHide && this.isRedacted(right.value)) return null;
      const difference = this.value(left.value, right.value);
      return difference === null ? null : `return value: ${difference}`;
    }
    return null;
  }

  named(expected: Described, actual: ReadonlyMap<string, TraceValue>, what: string): string | null {
    const differences: string[] = [];
    for (const [name, description] of Object.entries(expected)) {
      const value = actual.get(name);
      if (value === undefined) {
        differences.push(`${what} ${name} = ${showDescription(description)} is missing`);
        continue;
      }
      const difference = this.value(description, value, name);
      if (difference !== null) differences.push(`${what} ${name}: ${difference}`);
    }
    for (const [name, value] of actual) {
      if (!Object.hasOwn(expected, name)) {
        differences.push(`${what} ${name} = ${this.showValue(value)} is too many`);
      }
    }
    return differences.length === 0 ? null : differences.slice(0, 5).join("\n    ");
  }

  /** Redacted where the name says so, and there alone. */
  value(description: Description, value: TraceValue, name = ""): string | null {
    const ok = looksSecret(name) ? this.isRedacted(value) : this.matches(description, value);
    return ok
      ? null
      : `expected ${showDescription(description)}, recorded ${this.showValue(value)}`;
  }

  isRedacted(value: TraceValue): boolean {
    return value.kind === "Raw" && value.r === "<redacted>" &&
      this.types[value.type_id] === "<redacted>";
  }

  matches(description: Description, value: TraceValue): boolean {
    const [type, content] = description;
    const recordedType = this.types[value.type_id] ?? "";
    if (lastComponent(recordedType) !== type) return false;
    if (this.threaded && Array.isArray(content)) return true;
    if (
      isCut(content) ||
      (value.kind === "Raw" && /^<cycle: |^<.* …>$/.test(value.r!) && Array.isArray(content))
    ) {
      return true;
    }
    switch (type) {
      case "NoneType":
        return value.kind === "None";
      case "bool":
        return value.kind === "Bool" && value.b === (content === "True");
      case "int":
        return (value.kind === "Int" ? String(value.i) : value.r) === content;
      case "float":
        return value.kind === "Raw" && value.r === content;
      case "str":
        return matchesText(content as string, description.length > 2, value);
      case "list":
      case "tuple": {
        if (value.kind !== (type === "list" ? "Sequence" : "Tuple")) return false;
        return this.matchesItems(
          content as Description[],
          value.elements!,
          (a, b) => this.matches(a, b),
        );
      }
      case "dict":
        if (value.kind !== "Sequence") return false;
        return this.matchesItems(
          content as [Description, Description][],
          value.elements!,
          (pair, recorded) =>
            recorded.kind === "Tuple" && recorded.elements!.length === 2 &&
            this.matches(pair[0], recorded.elements![0]!) &&
            this.value(pair[1], recorded.elements![1]!, keyText(pair[0])) === null,
        );
      default:
        return true;
    }
  }

  /** Either side may stop early and say so. */
  matchesItems<T>(
    expected: readonly T[],
    recorded: readonly TraceValue[],
    matches: (left: T, right: TraceValue) => boolean,
  ): boolean {
    const left = isCut(expected.at(-1)) ? expected.slice(0, -1) : expected;
    const last = recorded.at(-1);
    const rest = last?.kind === "Raw" ? /^<… (\d+) more>$/.exec(last.r!) : null;
    const right = rest === null ? recorded : recorded.slice(0, -1);
    const total = right.length + Number(rest?.[1] ?? 0);
    if (left === expected ? total !== left.length : total <= left.length) return false;
    return left.slice(0, right.length).every((item, at) => matches(item, right[at]!));
  }

  context(expected: readonly Expected[], actual: readonly Actual[], at: number): string {
    const before = expected.slice(Math.max(0, at - SHOWN_BEFORE), at).map((token) =>
      `  ${this.showExpected(token)}`
    );
    const left = expected.slice(at, at + SHOWN_AFTER).map((token) =>
      `- ${this.showExpected(token)}`
    );
    const right = actual.slice(at, at + SHOWN_AFTER).map((token) => `+ ${this.showActual(token)}`);
    return [
      `the trace goes another way at token ${at} of ${expected.length} (- oracle, + trace with ${actual.length}):`,
      ...before,
      ...(left.length > 0 ? left : ["- (the end)"]),
      ...(right.length > 0 ? right : ["+ (the end)"]),
    ].join("\n");
  }

  showExpected(token: Expected): string {
    if (token.what === "leave") return showLeave(token.how, showDescription(token.value));
    return showToken(token);
  }

  showActual(token: Actual): string {
    if (token.what !== "leave") return showToken(token);
    if (token.how === "exception") {
      return showLeave(token.how, this.types[token.value?.type_id ?? -1] ?? "?");
    }
    return showLeave(
      token.how,
      token.value === undefined ? "nothing" : this.showValue(token.value),
    );
  }

  showValue(value: TraceValue): string {
    return short(`${this.types[value.type_id] ?? "?"} ${JSON.stringify(this.plain(value))}`);
  }

  plain(value: TraceValue): unknown {
    if (value.elements !== undefined) return value.elements.map((element) => this.plain(element));
    if (value.field_values !== undefined) {
      return value.field_values.map((field) => this.plain(field));
    }
    return String(value.i ?? value.b ?? value.text ?? value.r ?? value.msg ?? value.kind);
  }
}

/** Records of the step stream in a chunk. */
const STEPS_PER_CHUNK = 4096;

/**
 * A chunk has to begin with a step. Where something else follows, it begins with a copy of the one before, which the
 * program has not run again.
 */
function copiesIn(events: readonly TraceEvent[]): Set<TraceEvent> {
  const isLine = (event: TraceEvent | undefined) =>
    event?.step_kind === "sekAbsoluteStep" || event?.step_kind === "sekDeltaStep";
  const steps = events.filter(({ kind }) => kind === "step");
  return new Set(steps.filter((event, at) => {
    if (at === 0 || at % STEPS_PER_CHUNK !== 0 || !isLine(event)) return false;
    const before = steps.slice(0, at).findLast(isLine);
    const following = steps[at + 1];
    return following !== undefined && !isLine(following) && before?.path === event.path &&
      before?.line === event.line;
  }));
}

function showToken(
  token: { what: "enter"; name: string } | { what: "step"; file: string; line: number },
): string {
  return token.what === "enter"
    ? `call ${token.name}`
    : `step ${token.file.replace(/.*\//, "")}:${token.line}`;
}

function showLeave(how: string, value: string): string {
  return how === "value"
    ? `leave with ${value}`
    : how === "exception"
    ? `leave by ${value}`
    : "(never left)";
}

function showDescription(description: Description): string {
  const plain = (item: unknown): unknown => {
    if (!Array.isArray(item)) return item;
    if (isCut(item)) return "…";
    const [type, content] = item;
    if (type === "dict" && Array.isArray(content) && !isCut(content)) {
      return content.map((pair) => isCut(pair) ? "…" : pair.map(plain));
    }
    return Array.isArray(content) && !isCut(content) ? content.map(plain) : content ?? type;
  };
  return short(`${description[0]} ${JSON.stringify(plain(description))}`);
}

function short(text: string): string {
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

/** A key that is a text; else "". */
function keyText([type, content]: Description): string {
  return type === "str" && typeof content === "string" ? content : "";
}

function isCut(content: unknown): boolean {
  return Array.isArray(content) && content.length === 1 && content[0] === "…";
}

/** `Outer.method` and `module.Class` end in what the code object or type is called. */
function lastComponent(name: string): string {
  return name.replace(/^.*\./s, "") || name;
}

function matchesText(expected: string, cut: boolean, value: TraceValue): boolean {
  if (value.kind === "String") {
    return cut ? value.text!.startsWith(expected) : value.text === expected;
  }
  if (value.kind !== "Raw") return false;
  // Long ones are a literal and a note of what is left out; those that are no Unicode are a literal.
  if (cut) return /^['"].*<\d+ more characters>$/s.test(value.r!);
  return !expected.isWellFormed() && value.r === pythonLiteral(expected);
}

function pythonLiteral(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = Array.from(text, (char) => {
    const code = char.codePointAt(0)!;
    if (char === quote || char === "\\") return `\\${char}`;
    if (char === "\n") return "\\n";
    if (char === "\t") return "\\t";
    if (char === "\r") return "\\r";
    if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
    return code >= 0xd800 && code < 0xe000 ? `\\u${code.toString(16)}` : char;
  });
  return `${quote}${escaped.join("")}${quote}`;
}
