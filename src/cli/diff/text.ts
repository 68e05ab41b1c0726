import { closeUp } from "../../trace/compare/close_up.ts";
import { type Cause, isTemporary } from "../../trace/compare/causes.ts";
import type { Parting, Spot, ValueDifference } from "../../trace/compare/compare_tracks.ts";
import type { ThreadComparison } from "../../trace/compare/compare_traces.ts";
import { canonicalText } from "../../trace/compare/values.ts";
import { functionNameOf, variableNameOf } from "../../trace/reader/names.ts";
import type { TraceReader } from "../../trace/reader/open_trace.ts";
import { printable } from "../../trace/reader/render.ts";
import type { PartialTrace, RecordedExit } from "../print/exit_status.ts";
import type { TextSink } from "../print/output.ts";
import { Sources } from "../print/sources.ts";
import { type Style, styleFor } from "../print/style.ts";
import type { Report } from "./json.ts";

/** Steps shown ahead of a parting, and behind it on each side. */
const STEPS_BEFORE = 3;
const STEPS_AFTER = 5;
/** Rows of a list. */
const MOST_ROWS = 8;
/** Characters of a value, of a line of output, and of a call's arguments. */
const MAX_VALUE = 60;
const MAX_OUTPUT = 70;
const MAX_ARGUMENT = 40;
/** Open calls that are shown: the innermost. */
const MOST_FRAMES = 12;
const LABEL_WIDTH = 10;

/** Prints a comparison for people. */
export class DiffPrinter {
  readonly #report: Report;
  readonly #sink: TextSink;
  readonly #style: Style;
  readonly #sources: { readonly a: Sources; readonly b: Sources };

  constructor(report: Report, sink: TextSink) {
    this.#report = report;
    this.#sink = sink;
    this.#style = styleFor(sink.colours);
    this.#sources = { a: new Sources(report.a), b: new Sources(report.b) };
  }

  /** All of it. */
  print(): void {
    const { a, b, ends, notes, comparison, same } = this.#report;
    this.#side("A", a, ends.a, ends.partialA);
    this.#side("B", b, ends.b, ends.partialB);
    for (const note of notes) this.#row("note", printable(note));
    if (same) {
      const steps = comparison.threads.reduce((sum, thread) => sum + thread.equalSteps, 0);
      this.#row("", "");
      const isPartial = ends.partialA !== null || ends.partialB !== null;
      this.#row(
        "same",
        `${isPartial ? "as far as both were recorded, " : ""}both ran the same ${
          counted(steps, "step")
        }, with the same values${
          comparison.valuesWereCut ? " as far as these were recorded: some were cut" : ""
        }`,
      );
      // Output may have been ignored.
      this.#streams();
      this.#otherSources();
      return;
    }
    const [first] = comparison.threads;
    if (first !== undefined) this.#thread(first);
    this.#otherThreads(comparison.threads.slice(1));
    this.#streams();
    if (!ends.same) this.#row("ended", `A ${endText(ends.a)}; B ${endText(ends.b)}`);
    this.#functions();
    this.#otherSources();
  }

  #side(
    name: string,
    trace: TraceReader,
    end: RecordedExit | null,
    partial: PartialTrace | null,
  ): void {
    const { program, args } = trace.metadata;
    const words = [program, ...args].map(printable).join(" ");
    this.#row(
      name,
      `${printable(trace.path)}  ${words}  (${counted(trace.counts.stepRecords, "step")}, ${
        endText(end)
      })`,
    );
    if (partial === null) return;
    const why = partial.detail === "" ? partial.reason : `${partial.reason}: ${partial.detail}`;
    this.#row("partial", `${name} was not recorded to its end: ${printable(why)}`);
  }

  #thread(thread: ThreadComparison): void {
    const inThread = this.#report.comparison.threads.length > 1
      ? ` of thread ${thread.threadA}${
        thread.threadA === thread.threadB ? "" : ` (B: ${thread.threadB})`
      }`
      : "";
    const [parting] = thread.partings;
    this.#row("", "");
    if (parting === undefined) {
      this.#row("path", `the same ${counted(thread.equalSteps, "step")}${inThread} in both`);
    } else this.#parting(parting, inThread);
    const causes = this.#report.causesOf(thread);
    if (causes.length > 0) this.#causes(causes);
    this.#values(thread, parting, new Set(causes.map(({ difference }) => difference)));
    if (thread.partingCount > 1) this.#laterPartings(thread);
  }

  #parting(parting: Parting, inThread: string): void {
    // Where one has left the call that decided, it is not among those that both are in.
    const place = parting.decidedA?.functionName || parting.stack.at(-1)?.functionName;
    this.#row(
      "parting",
      `after ${counted(parting.equalSteps, "equal step")}${inThread}` +
        (place === undefined ? "" : `, in ${printable(place)}`),
    );
    const { a, b } = this.#report;
    if (parting.lastA !== null) {
      const before = linesUpTo(a, parting.lastA.step);
      for (const step of before) this.#step(" ", a, "a", step);
      if (parting.decidedA !== null && !before.includes(parting.decidedA.step)) {
        this.#line(`     … in ${printable(parting.decidedA.functionName)}, at`);
        this.#step(" ", a, "a", parting.decidedA.step);
      }
    }
    this.#goesOn("A", a, "a", parting.a);
    this.#goesOn("B", b, "b", parting.b);
    const shown = parting.stack.slice(-MOST_FRAMES);
    let label = "stack";
    const outside = parting.stack.length - shown.length;
    if (outside > 0) {
      this.#row(label, `… ${counted(outside, "call")} around these`);
      label = "";
    }
    for (const { functionName, keyA, keyB, a: spotA, b: spotB } of shown) {
      const name = printable(functionName);
      const inFront = /^<.*>$/.test(functionName)
        ? name
        : `${name}(${this.#arguments(keyA, keyB)})`;
      this.#row(label, `${inFront}  ${this.#place("a", spotA ?? spotB)}`.trimEnd());
      label = "";
    }
  }

  #goesOn(mark: string, trace: TraceReader, side: "a" | "b", spot: Spot | null): void {
    if (spot === null) {
      this.#line(`${mark} ${this.#style.dim("        ends here")}`);
      return;
    }
    let sign = mark;
    if (spot.event !== null) {
      const inFunction = spot.functionName === ""
        ? ""
        : this.#style.dim(`  in ${printable(spot.functionName)}`);
      this.#line(
        `${sign} ${number(spot.step)}  ${this.#place(side, spot).padEnd(16)}  ${
          this.#event(spot.event)
        }${inFunction}`,
      );
      sign = " ";
    }
    let name = spot.event === null ? "" : spot.functionName;
    for (const step of linesFrom(trace, spot.step)) {
      const inFunction = functionAt(trace, step);
      this.#step(sign, trace, side, step, inFunction === name ? "" : inFunction);
      name = inFunction;
      sign = " ";
    }
  }

  #step(mark: string, trace: TraceReader, side: "a" | "b", step: number, name = ""): void {
    const { pathId, line } = trace.step(step);
    const sources = this.#sources[side];
    const text = sources.line(pathId, line) ?? "";
    const inFunction = name === "" ? "" : this.#style.dim(`  in ${printable(name)}`);
    this.#line(
      `${mark} ${number(step)}  ${
        `${sources.label(pathId)}:${line}`.padEnd(16)
      }  ${text}${inFunction}`,
    );
  }

  #arguments(keyA: number, keyB: number): string {
    const { a, b } = this.#report;
    const textOf = (trace: TraceReader, key: number) =>
      new Map(
        trace.call(key).arguments.map(({ nameId, value }) =>
          [variableNameOf(trace, nameId), canonicalText(trace, value)] as const
        ),
      );
    const others = textOf(b, keyB);
    return [...textOf(a, keyA)].map(([name, text]) => {
      const other = others.get(name);
      const shown = other === undefined || other === text
        ? cut(text, MAX_ARGUMENT)
        : `${cut(text, MAX_ARGUMENT)} | ${cut(other, MAX_ARGUMENT)}`;
      return `${printable(name)}=${shown}`;
    }).join(", ");
  }

  #causes(causes: readonly Cause[]): void {
    this.#row(
      "may be",
      causes.every(({ difference }) => isTemporary(difference))
        ? "nothing recorded explains it for sure; of what was read, only temporary paths differ"
        : causes.length === 1
        ? "because of this value"
        : `because of these ${causes.length} values, the likeliest first`,
    );
    for (const { difference } of causes.slice(0, MOST_ROWS)) this.#value("", difference);
    if (causes.length > MOST_ROWS) this.#row("", `and ${causes.length - MOST_ROWS} more`);
  }

  #values(
    { values, differentSteps }: ThreadComparison,
    parting: Parting | undefined,
    told: ReadonlySet<ValueDifference>,
  ): void {
    const before = parting === undefined ? values : values.slice(0, parting.knownValues);
    const rest = before.filter((difference) => !told.has(difference));
    if (before.length === 0) {
      if (parting !== undefined) this.#row("values", "no value differs before that");
      return;
    }
    if (rest.length === 0) return;
    const when = parting === undefined ? ` at ${counted(differentSteps, "step")}` : " before that";
    this.#row(
      "values",
      `${counted(rest.length, told.size > 0 ? "other value" : "value")} that ${
        rest.length === 1 ? "differs" : "differ"
      }${when}${rest.length > 1 ? ", the first one first" : ""}`,
    );
    for (const difference of rest.slice(0, MOST_ROWS)) this.#value("", difference);
    if (rest.length > MOST_ROWS) this.#row("", `and ${rest.length - MOST_ROWS} more`);
  }

  #value(label: string, difference: ValueDifference): void {
    const { of, name, functionName, a, setA, calledA, b } = difference;
    const what = of === "result"
      ? `${printable(name)} returned`
      : of === "exception"
      ? `${printable(name)}:`
      : printable(name);
    const text = (value: string | null) =>
      this.#style.variable(printable(value ?? (of === "variable" ? "not set" : "nothing")));
    const { valueA, valueB } = closeUp(difference.valueA, difference.valueB, MAX_VALUE);
    this.#row(label, `${what}  ${text(valueA)} | ${text(valueB)}`);
    const made = setA ?? calledA;
    const line = made === null ? null : this.#sources.a.line(made.pathId, made.line);
    const from = made === null
      ? ""
      : `, ${setA === null ? "called" : "after"} ${this.#place("a", made)}${
        line === null ? "" : `  ${line}`
      }`;
    const steps = a.step === b.step ? `step ${a.step}` : `step ${a.step} | ${b.step}`;
    const inFunction = functionName === "" ? "" : ` in ${printable(functionName)}`;
    this.#row("", this.#style.dim(`  at ${this.#place("a", a)}${inFunction} (${steps})${from}`));
  }

  #laterPartings({ partings, partingCount }: ThreadComparison): void {
    const more = partingCount - 1;
    this.#row("later", `${counted(more, "more parting")}${more > 1 ? ", at first" : ""}`);
    for (const { lastA, a, b } of partings.slice(1, 1 + MOST_ROWS)) {
      const where = lastA === null ? "" : `after ${this.#place("a", lastA)} (step ${lastA.step}): `;
      const to = (side: "a" | "b", spot: Spot | null) =>
        spot === null
          ? "ends"
          : `${this.#place(side, spot)}${spot.event === null ? "" : ` ${this.#event(spot.event)}`}`;
      this.#row("", `${where}A ${to("a", a)}, B ${to("b", b)}`);
    }
  }

  #otherThreads(threads: readonly ThreadComparison[]): void {
    const { onlyA, onlyB } = this.#report.comparison;
    const different = threads.filter(({ partings, values }) => partings.length + values.length > 0);
    for (const thread of different.slice(0, MOST_ROWS)) {
      const { threadA, partings: [parting], values: [value] } = thread;
      if (parting?.lastA) {
        const { lastA, decidedA } = parting;
        const name = (decidedA ?? lastA).functionName;
        const inFunction = name === "" ? "" : `, in ${printable(name)}`;
        const [cause] = this.#report.causesOf(thread);
        const because = cause === undefined || isTemporary(cause.difference)
          ? ""
          : `; may be because of ${printable(cause.difference.name)}`;
        this.#row(
          "thread",
          `${threadA} parts after ${this.#place("a", lastA)}${inFunction}${because}`,
        );
      } else if (parting !== undefined) this.#row("thread", `${threadA} parts at its start`);
      else if (value !== undefined) {
        this.#row(
          "thread",
          `${threadA}: ${printable(value.name)} differs at ${this.#place("a", value.a)}`,
        );
      }
    }
    if (different.length > MOST_ROWS) this.#row("", `and ${different.length - MOST_ROWS} more`);
    if (onlyA.length > 0) this.#row("threads", `only in A: ${onlyA.join(", ")}`);
    if (onlyB.length > 0) this.#row("threads", `only in B: ${onlyB.join(", ")}`);
  }

  #streams(): void {
    for (const { stream, line, a, b } of this.#report.comparison.streams) {
      const text = (found: { readonly text: string } | null) =>
        found === null
          ? this.#style.dim("nothing more")
          : this.#style.output(cut(printable(found.text.replace(/\r?\n$/, "")), MAX_OUTPUT));
      const at = (step: number | undefined) => step === undefined ? "" : ` (step ${step})`;
      this.#row(stream, `differs from line ${line} on`);
      this.#row("", `  A ${text(a)}${at(a?.step)}`);
      this.#row("", `  B ${text(b)}${at(b?.step)}`);
    }
  }

  #functions(): void {
    const { functions } = this.#report.comparison;
    if (functions.length === 0) return;
    this.#row("ran", `${counted(functions.length, "function")} not the same number of times`);
    for (const { name, stepsA, stepsB, callsA, callsB } of functions.slice(0, MOST_ROWS)) {
      const calls = callsA === callsB ? "" : `, calls ${callsA} | ${callsB}`;
      this.#row("", `  ${printable(name)}  steps ${stepsA} | ${stepsB}${calls}`);
    }
    if (functions.length > MOST_ROWS) this.#row("", `  and ${functions.length - MOST_ROWS} more`);
  }

  #otherSources(): void {
    const { sources } = this.#report.comparison;
    let label = "sources";
    for (const { pathA, pathB } of sources.slice(0, MOST_ROWS)) {
      const text = pathA === null
        ? `${printable(pathB ?? "")} is in B alone`
        : pathB === null
        ? `${printable(pathA)} is in A alone`
        : `${printable(pathA)} is not the same`;
      this.#row(label, text);
      label = "";
    }
    if (sources.length > MOST_ROWS) this.#row("", `and ${sources.length - MOST_ROWS} more`);
  }

  /** What was raised or caught, at most a line of it. */
  #event(event: string): string {
    return this.#style.error(cut(printable(event), MAX_OUTPUT));
  }

  #place(side: "a" | "b", spot: Spot | null): string {
    return spot === null ? "" : `${this.#sources[side].label(spot.pathId)}:${spot.line}`;
  }

  #row(label: string, text: string): void {
    this.#line(`${label.padEnd(LABEL_WIDTH)}${text}`.trimEnd());
  }

  #line(text: string): void {
    this.#sink.write(`${text}\n`);
  }
}

/** Lines up to a step, of the same stretch of the same thread. */
function linesUpTo(trace: TraceReader, last: number): number[] {
  const lines: number[] = [];
  for (let index = last; index >= 0 && lines.length < STEPS_BEFORE; index--) {
    const { kind } = trace.step(index);
    if (kind.startsWith("thread")) break;
    if (kind === "line") lines.unshift(index);
  }
  return lines;
}

/** Lines from a step on, likewise. */
function linesFrom(trace: TraceReader, first: number): number[] {
  const lines: number[] = [];
  const end = trace.counts.stepRecords;
  for (let index = first; index < end && lines.length < STEPS_AFTER; index++) {
    const { kind } = trace.step(index);
    if (kind.startsWith("thread")) break;
    if (kind === "line") lines.push(index);
  }
  return lines;
}

function functionAt(trace: TraceReader, step: number): string {
  const call = trace.callAt(step);
  return call === null ? "" : functionNameOf(trace, call.functionId);
}

function number(step: number): string {
  return String(step).padStart(7);
}

function endText(end: RecordedExit | null): string {
  if (end === null) return "end unknown";
  const label = end.label === null ? "" : printable(end.label);
  if (end.code === null) return label;
  return label === "" ? `status ${end.code}` : `status ${end.code}, ${label}`;
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}

function cut(text: string, most: number): string {
  const [...characters] = text.slice(0, 2 * most + 2);
  return characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : text;
}
