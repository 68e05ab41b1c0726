/**
 * What a random program did, by its own log, and whether a trace says the same.
 *
 * The log holds marks. Who was entered, suspended and left between them follows from how Python delegates: what
 * resumes a coroutine resumes all that await it, from the outside in; what is thrown into one reaches the innermost
 * alone, and each of the others only when the one inside has ended.
 */
import { type ReadTrace, traceThreads } from "../support/compare.ts";
import type { RandomGate } from "./programs.ts";
import { BASE_FUNCTIONS, type RenderedProgram } from "./render.ts";
import { basename } from "node:path";

/** What of a thread is compared: enter, mark and leave, as texts such as `enter f1`, `mark main.py:12 call 3`. */
export type Tokens = readonly string[];

/** What the log says of a thread. */
export interface Logged {
  readonly tokens: Tokens;
  /** So many tokens come before anything calls itself until there is no room. */
  readonly beforeRecursion: number;
}

interface Frame {
  readonly call: number;
  readonly file: string;
  readonly name: string;
  running: boolean;
  /** Whether the trace has this stretch of the call. */
  recorded: boolean;
  /** Between its marks A and B. */
  delegates: boolean;
  inner: Frame | null;
  outer: Frame | null;
}

const MARK = /M\.write\(M\.LOG/;
const LEFT = "leave by value";
/** A call that the program's end cut off has a void return value, which readers show as None. */
const NEVER_LEFT = LEFT;
const FILES: Readonly<Record<string, string>> = { m: "main.py", o: "other.py" };

/** The type of the exception by which the script's own code was left, or null. */
export function raisedByScript(log: string): string | null {
  return /^\d+ U 0 0 (\w+)$/m.exec(log)?.[1] ?? null;
}

/**
 * What the log says, by thread, in no order.
 *
 * @param gate What of it is recorded: with a file that activates, only while a function of that file is on a stack.
 * @throws {Error} If the log contradicts itself: a defect of the test.
 */
export function expectedThreads(
  log: string,
  program: RenderedProgram,
  gate: RandomGate,
): readonly Logged[] {
  const frames = new Map<number, Frame>();
  /** How many functions of the file that activates are on the stacks. */
  let holders = 0;
  const holds = (frame: Frame) => frame.file === gate.activates && frame.file !== gate.skips;
  const threads = new Map<string, { stack: Frame[]; tokens: string[]; certain: number | null }>();
  let recurses = false;
  for (const line of log.split("\n")) {
    if (line === "" || line.includes(" U ")) continue;
    const [number = "", kind = "", place = "", callText = "", more = ""] = line.split(" ");
    let thread = threads.get(number);
    if (thread === undefined) {
      // Who has lost its tracer does not tell that it starts the first thread.
      const certain = recurses ? 0 : null;
      threads.set(number, thread = { stack: [], tokens: [], certain });
    }
    const { stack, tokens } = thread;
    const say = (frame: Frame, token: string) => {
      if (frame.recorded) tokens.push(token);
    };
    const enter = (frame: Frame) => {
      stack.push(frame);
      frame.running = true;
      if (holds(frame)) holders++;
      frame.recorded = frame.file !== gate.skips && (gate.activates === null || holders > 0);
      say(frame, `enter ${frame.name}`);
    };
    const leave = (how: string): Frame => {
      const frame = stack.pop();
      if (frame === undefined) throw new Error(`the log leaves what it did not enter: ${line}`);
      frame.running = false;
      if (holds(frame)) holders--;
      say(frame, `leave by ${how}`);
      return frame;
    };
    const call = Number(callText);
    let frame = frames.get(call);
    if (frame === undefined) {
      const file = FILES[more] ?? "";
      const name = program.owners.get(file)?.[Number(place)]?.[0];
      if (kind !== "E" || name === undefined) throw new Error(`the log begins a call by: ${line}`);
      const top = stack.at(-1);
      const outer = top !== undefined && top.delegates && top.inner === null ? top : null;
      frame = {
        call,
        file,
        name,
        running: false,
        recorded: false,
        delegates: false,
        inner: null,
        outer,
      };
      if (outer !== null) outer.inner = frame;
      frames.set(call, frame);
      enter(frame);
    } else if (!frame.running) {
      const chain = [frame];
      if (kind === "R") {
        for (let outer = frame.outer; outer !== null && !outer.running; outer = outer.outer) {
          chain.unshift(outer);
        }
      }
      for (const one of chain) enter(one);
    }
    if (stack.at(-1) !== frame) {
      throw new Error(`by the log, call ${stack.at(-1)?.call} is running at: ${line}`);
    }
    say(frame, `mark ${frame.file}:${place} call ${call}`);
    switch (kind) {
      case "C":
        recurses = true;
        // Whether the recording goes on or off after that is the same for all.
        for (const one of gate.activates === null ? [thread] : threads.values()) {
          one.certain ??= one.tokens.length;
        }
        break;
      case "A":
        frame.delegates = true;
        break;
      case "B":
        frame.delegates = false;
        if (frame.inner !== null) frame.inner.outer = null;
        frame.inner = null;
        break;
      case "S":
        for (let left = leave("value"); stack.at(-1)?.inner === left;) left = leave("value");
        break;
      case "Y":
        leave("value");
        break;
      case "L":
        leave(more === "1" ? "value" : "exception");
        break;
    }
  }
  for (const { stack, tokens } of threads.values()) {
    for (const frame of stack.reverse()) if (frame.recorded) tokens.push(NEVER_LEFT);
  }
  return [...threads.values()].map(({ tokens, certain }) => {
    const told = withoutEmpty(tokens);
    if (certain === null) return { tokens: told, beforeRecursion: told.length };
    const before = withoutEmpty(tokens.slice(0, certain));
    while (before.at(-1)?.startsWith("enter")) before.pop();
    return { tokens: told, beforeRecursion: before.length };
  }).filter(({ tokens }) => tokens.length > 0);
}

/**
 * What the trace says of functions that keep a log. A step that lies in a call of another function is an error; so is such
 * a call within one of those that call themselves alone, where all is recorded: else the lines may be missing by which a
 * call ends whose end was lost, or the gate may depend on it.
 */
export function recordedThreads(
  trace: ReadTrace,
  program: RenderedProgram,
  gate: RandomGate,
): readonly Tokens[] {
  const threads = traceThreads(trace);
  if (typeof threads === "string") throw new Error(threads);
  const isRecordedAll = gate.activates === null && gate.skips === null;
  const sources = new Map(
    Array.from(program.files, ([name, text]) => [name, text.split("\n")]),
  );
  return threads.map((calls) => {
    const tokens: string[] = [];
    const stack: string[] = [];
    for (const token of calls.flat()) {
      const logged = program.logged.has(stack.at(-1) ?? "");
      switch (token.what) {
        case "enter":
          if (program.logged.has(token.name)) {
            if (isRecordedAll && BASE_FUNCTIONS.includes(stack.at(-1) ?? "")) {
              throw new Error(`${stack.at(-1)} calls ${token.name}`);
            }
            tokens.push(`enter ${token.name}`);
          }
          stack.push(token.name);
          break;
        case "step": {
          const file = basename(token.file);
          const owners = program.owners.get(file)?.[token.line];
          if (owners === undefined || !owners.includes(stack.at(-1) ?? "")) {
            throw new Error(
              `step at ${file}:${token.line} is in a call of ${stack.at(-1)}, not of ${
                owners?.join(" or ")
              }`,
            );
          }
          if (logged && MARK.test(sources.get(file)?.[token.line - 1] ?? "")) {
            const call = token.vars.get("me");
            tokens.push(`mark ${file}:${token.line} call ${call?.i}`);
          }
          break;
        }
        case "leave":
          stack.pop();
          if (logged) tokens.push(`leave by ${token.how}`);
          break;
      }
    }
    // Threads that never came to go on: their calls are closed in the container as pieces.
    for (const name of stack.reverse()) if (program.logged.has(name)) tokens.push(NEVER_LEFT);
    return withoutEmpty(tokens);
  }).filter((tokens) => tokens.length > 0);
}

/**
 * Less what is entered and left and has no mark: one that delegates to what is not recorded. Until 3.11 the line where
 * it does so has a step each time; from 3.12 on it has none, and then the recorder leaves the call out.
 */
function withoutEmpty(tokens: Tokens): string[] {
  const left: string[] = [];
  for (const token of tokens) {
    if (token === LEFT && left.at(-1)?.startsWith("enter")) left.pop();
    else left.push(token);
  }
  return left;
}

/** How closely to compare. */
export interface Closeness {
  /** Threads were cut off in the middle: between two marks, so a trace may know of what came after the last one. */
  readonly cutOff: boolean;
  /** After recursion some events may be missing: what is there must be in order, unless the gate depends on them. */
  readonly lossy: "in order" | "anything" | null;
  /** The interpreter has events for lines that it doesn't run, as 3.9 for the end of a `with` that an error leaves. */
  readonly extraMarks: boolean;
}

/** How the two differ, or null. */
export function difference(
  expected: readonly Logged[],
  recorded: readonly Tokens[],
  closeness: Closeness,
): string | null {
  const left = new Set(expected);
  for (const actual of recorded) {
    const mark = firstMark(actual);
    const partner = expected.find(({ tokens }) =>
      mark !== undefined &&
      (closeness.lossy === null ? firstMark(tokens) === mark : tokens.includes(mark))
    );
    if (partner === undefined) {
      // Cut off before its first mark ran, or none of those is left.
      if (closeness.cutOff && marksIn(actual) <= 1) continue;
      if (closeness.lossy !== null && mark === undefined) continue;
      if (closeness.lossy === "anything") continue;
      return `the log has no thread like this one: ${actual.slice(0, 8).join("; ")} …`;
    }
    left.delete(partner);
    const problem = sameTokens(partner, actual, closeness);
    if (problem !== null) return problem;
  }
  const missing = [...left].find(({ beforeRecursion }) =>
    closeness.lossy === null || beforeRecursion > 0
  );
  return missing === undefined
    ? null
    : `a thread is not in the trace: ${missing.tokens.slice(0, 8).join("; ")} …`;
}

function firstMark(tokens: Tokens): string | undefined {
  return tokens.find((token) => token.startsWith("mark"));
}

function marksIn(tokens: Tokens): number {
  return tokens.filter((token) => token.startsWith("mark")).length;
}

function sameTokens(
  { tokens: expected, beforeRecursion }: Logged,
  recorded: Tokens,
  { cutOff, lossy, extraMarks }: Closeness,
): string | null {
  const end = expected.findLastIndex((token) => token.startsWith("mark")) + 1;
  const length = lossy === null ? Math.max(expected.length, recorded.length) : beforeRecursion;
  let extra = 0;
  for (let at = 0; at < length; at++) {
    // Such a line is one of the call that is running, for what that one enters and leaves has to be the same.
    while (
      extraMarks && expected[at] !== recorded[at + extra] &&
      recorded[at + extra]?.startsWith("mark")
    ) extra++;
    const actual = recorded.slice(at + extra);
    if (expected[at] === actual[0]) continue;
    if (cutOff && at >= end && marksIn(actual) <= 1) return null;
    return [
      `the trace goes another way at token ${at} of ${expected.length} (- log, + trace):`,
      ...expected.slice(Math.max(0, at - 8), at).map((token) => `  ${token}`),
      ...expected.slice(at, at + 5).map((token) => `- ${token}`),
      ...actual.slice(0, 5).map((token) => `+ ${token}`),
    ].join("\n");
  }
  return lossy === "in order" && !extraMarks
    ? inOrder(expected.slice(length), recorded.slice(length), cutOff)
    : null;
}

/** Whether the trace's marks are the log's, some of them left out. */
function inOrder(expected: Tokens, recorded: Tokens, cutOff: boolean): string | null {
  const marks = recorded.filter((token) => token.startsWith("mark"));
  let from = 0;
  for (const [n, token] of marks.entries()) {
    const at = expected.indexOf(token, from);
    if (at < 0 && cutOff && n === marks.length - 1) return null;
    if (at < 0) return `the trace has ${token} where the log has not`;
    from = at + 1;
  }
  return null;
}
