import type { CallSpan, TraceCall } from "../../trace/reader/calls.ts";
import { shellWord } from "../../text/shell_word.ts";
import { ChangeTracker } from "../../trace/reader/changes.ts";
import type { TraceEvent } from "../../trace/reader/events.ts";
import type { TraceReader } from "../../trace/reader/open_trace.ts";
import { printable, renderValue } from "../../trace/reader/render.ts";
import type { TraceStep } from "../../trace/reader/steps.ts";
import type { TraceValue, TraceVariable } from "../../trace/reader/values.ts";
import { walkTrace } from "../../trace/reader/walk.ts";
import { recordedExit } from "./exit_status.ts";
import type { TextSink } from "./output.ts";
import type { Selection } from "./selection.ts";
import { Sources } from "./sources.ts";
import { type Style, styleFor } from "./style.ts";

/** Characters of one value; more belongs into `--json`. */
const MAX_VALUE = 120;
/** Characters of a call's arguments together. */
const MAX_ARGUMENTS = 160;
/** Characters of variables behind a source line; more go on lines of their own. */
const MAX_VARIABLES_BESIDE = 80;
/** Levels shown by indentation; deeper ones by a number, or lines would run out of the screen. */
const MAX_INDENT = 30;
/** Files listed in a summary. */
const MAX_FILES_LISTED = 20;

/** Prints a trace for people. */
export class TextPrinter {
  readonly #trace: TraceReader;
  readonly #selection: Selection;
  readonly #sink: TextSink;
  readonly #style: Style;
  readonly #sources: Sources;
  readonly #numberWidth: number;
  readonly #typeName = (id: number) => this.#trace.typeName(id);

  constructor(trace: TraceReader, selection: Selection, sink: TextSink) {
    this.#trace = trace;
    this.#selection = selection;
    this.#sink = sink;
    this.#style = styleFor(sink.colours);
    this.#sources = new Sources(trace);
    this.#numberWidth = String(Math.max(0, trace.counts.stepRecords - 1)).length;
  }

  /** What was recorded and how much of it. */
  header(): void {
    const { metadata, counts } = this.#trace;
    const words = [metadata.program, ...metadata.args].map((word) => shellWord(printable(word)))
      .join(" ");
    this.#fact("program", words);
    if (metadata.workdir !== "") this.#fact("folder", printable(metadata.workdir));
    const by = metadata.recorder === "" ? "" : ` by ${printable(metadata.recorder)}`;
    const at = metadata.recordedAt === null ? "" : dateText(metadata.recordedAt);
    if (at !== "" || by !== "") this.#fact("recorded", `${at}${by}`.trim());
    this.#fact(
      "trace",
      `${counted(counts.stepRecords, "step")}, ${counted(counts.calls, "call")}, ${
        counted(counts.events, "output event")
      }; ${counted(counts.functions, "function")} in ${counted(counts.paths, "file")}`,
    );
  }

  /** `--summary`: the header, the files, and how the program ended. */
  summary(): void {
    this.header();
    const { metadata, paths } = this.#trace;
    this.#fact("id", printable(metadata.recordingId));
    for (const filter of metadata.filters ?? []) {
      this.#fact("filter", `${printable(filter.path)} (sha256 ${filter.sha256.slice(0, 12)}…)`);
    }
    for (const path of paths.slice(0, MAX_FILES_LISTED)) this.#fact("file", printable(path));
    if (paths.length > MAX_FILES_LISTED) {
      this.#fact("", `and ${paths.length - MAX_FILES_LISTED} more`);
    }
    this.#exit();
  }

  /** The walk: everything in the order in which it happened. */
  walk(): void {
    this.header();
    this.#line("");
    const changes = new ChangeTracker(this.#trace);
    /** Calls of which variables have been shown. */
    const begun = new Set<number>();
    for (const item of walkTrace(this.#trace, this.#selection.from, this.#selection.end)) {
      const wanted = this.#selection.accepts(item);
      switch (item.kind) {
        case "enter":
          changes.enter(item.span.key, item.span.parentKey);
          if (wanted) this.#enter(item.span, item.before);
          break;
        case "step": {
          // Unwanted steps as well would have to be looked at to know what changed since the last
          // *recorded* step; what changed since the last one *shown* is what a reader asks.
          if (!wanted) break;
          const key = item.call?.key ?? -1;
          const isFirst = !begun.has(key);
          const changed = changes.changed(item.step.index, key);
          if (changed.length > 0) begun.add(key);
          this.#step(item.step, item.call, isFirst ? changed.filter(isNoDunder) : changed);
          break;
        }
        case "event":
          if (wanted) this.#event(item.event, (item.call?.depth ?? -1) + 1);
          break;
        case "leave":
          changes.leave(item.call.key);
          begun.delete(item.call.key);
          if (wanted) this.#leave(item.call);
      }
    }
    if (this.#selection.end === this.#trace.counts.stepRecords) this.#exit();
  }

  /** `--calls`: the tree of calls with arguments and results. */
  calls(): void {
    const { from, end } = this.#selection;
    const trace = this.#trace;
    for (const call of trace.calls(trace.firstCallFrom(from), trace.firstCallFrom(end))) {
      if (!this.#selection.acceptsCall(call)) continue;
      const steps = call.entryStep === call.exitStep
        ? `step ${call.entryStep}`
        : `steps ${call.entryStep} to ${call.exitStep}`;
      this.#line(
        `${this.#indent(call.depth)}${this.#signature(call)}${this.#result(call, " → ")}  ${
          this.#style.dim(`(${steps})`)
        }`,
      );
    }
  }

  /** `--output`: what was printed, and where. */
  output(): void {
    const { from, end } = this.#selection;
    const trace = this.#trace;
    for (const event of trace.events(trace.firstEventFrom(from), trace.firstEventFrom(end))) {
      const call = trace.callAt(event.step);
      if (!this.#selection.acceptsEvent(event.step, call)) continue;
      const { pathId, line } = trace.step(event.step);
      const name = call === null ? "" : ` in ${printable(trace.functionName(call.functionId))}`;
      const where = `${this.#sources.label(pathId)}:${line}${name}`;
      this.#line(this.#style.dim(`${this.#number(event.step)}${where}`));
      this.#event(event, 0);
    }
  }

  /** `--steps`: one line per step record, without values. */
  steps(): void {
    for (const item of walkTrace(this.#trace, this.#selection.from, this.#selection.end)) {
      if (item.kind !== "step" || !this.#selection.accepts(item)) continue;
      const { step, call } = item;
      const column = step.column === null ? "" : `:${step.column}`;
      const name = call === null ? "" : ` ${printable(this.#trace.functionName(call.functionId))}`;
      const what = step.kind === "line" ? "" : `  ${this.#happening(step)}`;
      this.#line(
        `${this.#number(step.index)}${printable(step.path)}:${step.line}${column}${name}${what}`,
      );
    }
  }

  // -- the lines of a walk

  #enter(span: CallSpan, before: boolean): void {
    const call = this.#trace.call(span.key);
    const note = before ? this.#style.dim(`  (since step ${span.entryStep})`) : "";
    const number = before ? " ".repeat(this.#numberWidth + 2) : this.#number(span.entryStep);
    this.#line(`${number}${this.#indent(span.depth)}→ ${this.#signature(call)}${note}`);
  }

  #leave(call: TraceCall): void {
    const name = this.#style.call(printable(this.#trace.functionName(call.functionId)));
    this.#line(
      `${this.#number(call.exitStep)}${this.#indent(call.depth)}← ${name}${
        this.#result(call, ": ")
      }`,
    );
  }

  #step(step: TraceStep, call: CallSpan | null, changed: readonly TraceVariable[]): void {
    // The same line going on is no news unless it brings some.
    if (step.kind === "column" && changed.length === 0) return;
    const indent = this.#indent((call?.depth ?? -1) + 1);
    const number = this.#number(step.index);
    if (step.kind !== "line" && step.kind !== "column") {
      this.#line(`${number}${indent}${this.#style.error(`! ${this.#happening(step)}`)}`);
    } else {
      this.#sourceLine(step, number, indent, changed);
    }
  }

  #sourceLine(
    step: TraceStep,
    number: string,
    indent: string,
    changed: readonly TraceVariable[],
  ): void {
    const label = this.#sources.label(step.pathId);
    const place = `${label}:${step.line}`;
    const source = step.kind === "line" ? this.#sources.line(step.pathId, step.line) : null;
    for (const pathId of this.#sources.takeModified()) {
      const name = this.#sources.label(pathId);
      this.#line(this.#style.dim(`(${name} was modified after the recording; lines may differ)`));
    }
    const variables = changed.map(({ name, value }) =>
      `${printable(name)} = ${this.#value(value, MAX_VALUE)}`
    );
    const beside = variables.join(", ");
    const text = source === null ? place : `${place.padEnd(label.length + 5)} ${source}`;
    const line = `${number}${indent}${
      source === null
        ? this.#style.dim(text)
        : `${this.#style.dim(text.slice(0, -source.length))}${source}`
    }`;
    if (beside.length <= MAX_VARIABLES_BESIDE) {
      this.#line(beside === "" ? line : `${line}  ${this.#style.variable(`# ${beside}`)}`);
      return;
    }
    this.#line(line);
    const margin = `${" ".repeat(this.#numberWidth + 2)}${indent}${" ".repeat(label.length + 6)}`;
    for (const variable of variables) {
      this.#line(`${margin}${this.#style.variable(`# ${variable}`)}`);
    }
  }

  #event(event: TraceEvent, depth: number): void {
    const isOutput = event.class === "stdout" || event.class === "stderr";
    const paint = event.class === "stdout" ? this.#style.output : this.#style.error;
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(event.content);
    const lines = text.split("\n");
    // A final newline ends the last line and begins no other one.
    if (lines.length > 1 && lines.at(-1) === "") lines.pop();
    const { stream, source } = noted(event.metadata);
    const kind = isOutput ? event.class : event.class !== "file" ? "error " : stream ?? "file";
    const name = `${kind.padEnd(6)}${source === "fd" ? " (fd)" : ""}`;
    for (const line of lines) {
      this.#line(
        `${this.#number(event.step)}${this.#indent(depth)}${paint(`${name} | ${printable(line)}`)}`,
      );
    }
  }

  #exit(): void {
    const exit = recordedExit(this.#trace);
    if (exit === null) return;
    const label = exit.label === null ? "" : printable(exit.label);
    if (exit.code === null) this.#fact("exit", label);
    else this.#fact("exit", `status ${exit.code}${label === "" ? "" : ` (${label})`}`);
  }

  // -- parts of lines

  #happening(step: TraceStep): string {
    const type = printable(this.#trace.typeName(step.exceptionTypeId ?? -1));
    switch (step.kind) {
      case "raise": {
        const message = printable((step.exceptionMessage ?? "").slice(0, 4 * MAX_VALUE));
        return `raised ${type}${message === "" ? "" : `: ${message}`}`;
      }
      case "catch":
        return `caught ${type}`;
      case "threadSwitch":
        return `continues in thread ${step.threadId}`;
      case "threadStart":
        return `thread ${step.threadId} starts`;
      case "threadExit":
        return `thread ${step.threadId} ends`;
      case "line":
      case "column":
        return "same line";
    }
  }

  #signature(call: TraceCall): string {
    const parts: string[] = [];
    let length = 0;
    for (const { nameId, value } of call.arguments) {
      if (length > MAX_ARGUMENTS) {
        parts.push("…");
        break;
      }
      const part = `${printable(this.#trace.variableName(nameId))}=${
        this.#value(value, MAX_VALUE)
      }`;
      length += part.length + 2;
      parts.push(part);
    }
    const name = this.#style.call(printable(this.#trace.functionName(call.functionId)));
    return `${name}(${parts.join(", ")})`;
  }

  #result(call: TraceCall, introduction: string): string {
    const { exception } = call;
    if (exception !== null) {
      // An Error's text names the type already; a marker around it would only be noise here.
      const text = exception.kind === "Error"
        ? printable(exception.msg.slice(0, 4 * MAX_VALUE))
        : this.#value(exception, MAX_VALUE);
      return this.#style.error(` raised ${text}`);
    }
    const value = call.returnValue;
    return value === null ? "" : `${introduction}${this.#value(value, MAX_VALUE)}`;
  }

  #value(value: TraceValue, maxLength: number): string {
    return renderValue(value, { typeName: this.#typeName, maxLength });
  }

  #number(step: number): string {
    return `${this.#style.dim(String(step).padStart(this.#numberWidth))}  `;
  }

  #indent(depth: number): string {
    return depth <= MAX_INDENT
      ? "  ".repeat(Math.max(0, depth))
      : `${"  ".repeat(MAX_INDENT)}${this.#style.dim(`[depth ${depth}]`)} `;
  }

  #fact(name: string, text: string): void {
    this.#line(`${this.#style.dim(name.padEnd(9))} ${text}`);
  }

  #line(text: string): void {
    this.#sink.write(`${text}\n`);
  }
}

/** Names such as `__name__` are there from the start and say nothing about the program. */
function isNoDunder(variable: TraceVariable): boolean {
  return !/^__\w+__$/.test(variable.name);
}

function counted(count: number, what: string): string {
  return `${String(count).replace(/\B(?=(\d{3})+$)/g, ",")} ${what}${count === 1 ? "" : "s"}`;
}

function dateText(date: Date): string {
  return Number.isNaN(date.getTime())
    ? ""
    : `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** What our own recorder says of an event besides (trace-format.md); other recorders' metadata may be anything. */
function noted(metadata: string): { stream?: "stdin"; source?: "fd" } {
  try {
    const said: unknown = JSON.parse(metadata);
    if (typeof said !== "object" || said === null) return {};
    return {
      ...("stream" in said && said.stream === "stdin" ? { stream: "stdin" } : {}),
      ...("source" in said && said.source === "fd" ? { source: "fd" } : {}),
    };
  } catch {
    return {}; // no JSON
  }
}
