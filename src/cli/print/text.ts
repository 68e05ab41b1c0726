import type { CallSpan, TraceCall } from "../../trace/reader/calls.ts";
import { shellWord } from "../../text/shell_word.ts";
import { ChangeTracker, type StepChanges } from "../../trace/reader/changes.ts";
import type { TraceEvent } from "../../trace/reader/events.ts";
import { functionNameOf, typeNameOf, variableNameOf } from "../../trace/reader/names.ts";
import type { TraceReader } from "../../trace/reader/open_trace.ts";
import { printable, renderValue } from "../../trace/reader/render.ts";
import type { TraceStep } from "../../trace/reader/steps.ts";
import type { TraceValue, TraceVariable } from "../../trace/reader/values.ts";
import { CallPieces, goesOn } from "./call_pieces.ts";
import { notesOf } from "./event_notes.ts";
import { recordedEnd } from "./exit_status.ts";
import { outputLines } from "./output_text.ts";
import type { Selection } from "./selection.ts";
import { Sources } from "./sources.ts";
import type { Style } from "./style.ts";
import { variableHistory } from "./variable_history.ts";

/** Characters of one value; more belongs into `--json`. */
const MAX_VALUE = 120;
/** Characters of a call's arguments together. */
const MAX_ARGUMENTS = 160;
/** Characters of variables behind a source line; more go on lines of their own. */
const MAX_VARIABLES_BESIDE = 80;
/** Levels shown by indentation; deeper ones by a number, or lines would run out of the screen. */
const MAX_INDENT = 30;
/** Columns of a place in a history: values stand below each other. */
const PLACE_WIDTH = 20;
/** Files listed in a summary. */
const MAX_FILES_LISTED = 20;

/** Lines of text, each with its end; one piece may have several, or none while nothing is found. */
type Lines = Generator<string, void, undefined>;

/** Shows a trace to people. */
export class TextPrinter {
  readonly #trace: TraceReader;
  readonly #selection: Selection;
  readonly #style: Style;
  readonly #sources: Sources;
  readonly #numberWidth: number;
  readonly #typeName = (id: number) => typeNameOf(this.#trace, id);

  constructor(trace: TraceReader, selection: Selection, style: Style) {
    this.#trace = trace;
    this.#selection = selection;
    this.#style = style;
    this.#sources = new Sources(trace);
    this.#numberWidth = String(Math.max(0, trace.counts.stepRecords - 1)).length;
  }

  /** `--summary`: the header, the files, and how the program ended. */
  *summary(): Lines {
    yield* this.#header();
    const { metadata, paths } = this.#trace;
    yield this.#fact("id", printable(metadata.recordingId));
    for (const filter of metadata.filters ?? []) {
      yield this.#fact(
        "filter",
        `${printable(filter.path)} (sha256 ${filter.sha256.slice(0, 12)}…)`,
      );
    }
    for (const path of paths.slice(0, MAX_FILES_LISTED)) yield this.#fact("file", printable(path));
    if (paths.length > MAX_FILES_LISTED) {
      yield this.#fact("", `and ${paths.length - MAX_FILES_LISTED} more`);
    }
    yield* this.#end();
  }

  /** The walk: everything, step by step. */
  *walk(): Lines {
    yield* this.#header();
    yield "\n";
    const changes = new ChangeTracker(this.#trace);
    /** Calls of which variables have been shown. */
    const begun = new Set<number>();
    const pieces = new CallPieces(this.#trace);
    for (const item of this.#selection.walk()) {
      if (item === null) {
        yield "";
        continue;
      }
      switch (item.kind) {
        case "enter":
          yield this.#enter(item.span, item.before);
          // What was shown of a call before its thread was left needs no repeating.
          if (pieces.takeEarlier(item.span, (key) => changes.goOn(key, item.span.key))) {
            begun.add(item.span.key);
          } else changes.enter(item.span.key, item.span.parentKey);
          break;
        case "step": {
          // Steps that are not shown are not looked at: what changed since the last one *shown* is
          // what a reader asks.
          const key = item.call?.key ?? -1;
          const isFirst = !begun.has(key);
          const { changed, gone } = changes.next(item.step, key);
          if (changed.length > 0) begun.add(key);
          yield this.#step(item.step, item.call, {
            changed: isFirst ? changed.filter(isNoDunder) : changed,
            gone,
          });
          break;
        }
        case "event":
          yield this.#event(item.event, (item.call?.depth ?? -1) + 1);
          break;
        case "leave":
          if (!pieces.keep(item.call)) changes.leave(item.call.key);
          begun.delete(item.call.key);
          yield this.#leave(item.call);
      }
    }
    if (this.#selection.end === this.#trace.counts.stepRecords) yield* this.#end();
  }

  /** `--calls`: the tree of calls with arguments and results. */
  *calls(): Lines {
    for (const call of this.#selection.calls()) {
      const steps = call.entryStep === call.exitStep
        ? `step ${call.entryStep}`
        : `steps ${call.entryStep} to ${call.exitStep}`;
      yield `${this.#indent(call.depth)}${this.#signature(call)}${this.#result(call, " → ")}  ${
        this.#style.dim(`(${steps})`)
      }\n`;
    }
  }

  /** `--output`: what was printed, and where. */
  *output(): Lines {
    for (const { event, call } of this.#selection.events()) {
      const { pathId, line } = this.#trace.step(event.step);
      const name = call === null
        ? ""
        : ` in ${printable(functionNameOf(this.#trace, call.functionId))}`;
      const where = `${this.#sources.label(pathId)}:${line}${name}${writerOf(event)}`;
      yield `${this.#style.dim(`${this.#number(event.step)}${where}`)}\n${this.#event(event, 0)}`;
    }
  }

  /** `--steps`: one line per step record, without values. */
  *steps(): Lines {
    for (const item of this.#selection.walk({ calls: false, inside: true })) {
      if (item?.kind !== "step") {
        if (item === null) yield "";
        continue;
      }
      const { step, call } = item;
      const column = step.column === null ? "" : `:${step.column}`;
      const name = call === null
        ? ""
        : ` ${printable(functionNameOf(this.#trace, call.functionId))}`;
      const what = step.kind === "line" ? "" : `  ${this.#happening(step)}`;
      yield `${this.#number(step.index)}${
        printable(step.path)
      }:${step.line}${column}${name}${what}\n`;
    }
  }

  /** `--variables`: where some variables changed, under the call that they belong to. */
  *variables(nameIds: readonly number[]): Lines {
    let shownCall: number | null = null;
    for (const change of variableHistory(this.#trace, this.#selection, nameIds)) {
      if (change === null) {
        yield "";
        continue;
      }
      const { step, call, value, since } = change;
      const key = call?.key ?? -1;
      if (key !== shownCall) {
        shownCall = key;
        const signature = call === null ? "no call" : this.#signature(this.#trace.call(key));
        yield `${this.#style.dim("in")} ${signature}${
          call === null ? "" : this.#style.dim(`, call ${key}`)
        }\n`;
      }
      const place = `${this.#sources.label(step.pathId)}:${step.line}`;
      const name = printable(variableNameOf(this.#trace, change.nameId));
      const now = value === null ? `${name} is gone` : `${name} = ${this.#value(value, MAX_VALUE)}`;
      const after = since === null ? "" : this.#style.dim(`  (after line ${since.line})`);
      yield `${this.#number(step.index)}${place.padEnd(PLACE_WIDTH)}  ${
        this.#style.variable(now)
      }${after}\n`;
    }
  }

  /** What was recorded and how much of it. */
  *#header(): Lines {
    const { metadata, counts } = this.#trace;
    const words = [metadata.program, ...metadata.args].map((word) => shellWord(printable(word)))
      .join(" ");
    yield this.#fact("program", words);
    if (metadata.workdir !== "") yield this.#fact("folder", printable(metadata.workdir));
    const by = metadata.recorder === "" ? "" : ` by ${printable(metadata.recorder)}`;
    const at = metadata.recordedAt === null ? "" : dateText(metadata.recordedAt);
    if (at !== "" || by !== "") yield this.#fact("recorded", `${at}${by}`.trim());
    yield this.#fact(
      "trace",
      `${counted(counts.stepRecords, "step record")}, ${counted(counts.calls, "call")}, ${
        counted(counts.events, "output event")
      }; ${counted(counts.functions, "function")} in ${counted(counts.paths, "file")}`,
    );
  }

  // -- the lines of a walk

  #enter(span: CallSpan, before: boolean): string {
    const call = this.#trace.call(span.key);
    const note = before
      ? this.#style.dim(`  (since step ${span.entryStep})`)
      : goesOn(this.#trace, span)
      ? this.#style.dim("  (goes on)")
      : "";
    const number = before ? " ".repeat(this.#numberWidth + 2) : this.#number(span.entryStep);
    return `${number}${this.#indent(span.depth)}→ ${this.#signature(call)}${note}\n`;
  }

  #leave(call: TraceCall): string {
    const name = this.#style.call(printable(functionNameOf(this.#trace, call.functionId)));
    return `${this.#number(call.exitStep)}${this.#indent(call.depth)}← ${name}${
      this.#result(call, ": ")
    }\n`;
  }

  #step(step: TraceStep, call: CallSpan | null, changes: StepChanges): string {
    // The same line going on is no news unless it brings some.
    if (step.kind === "column" && changes.changed.length + changes.gone.length === 0) return "";
    const indent = this.#indent((call?.depth ?? -1) + 1);
    const number = this.#number(step.index);
    return step.kind !== "line" && step.kind !== "column"
      ? `${number}${indent}${this.#style.error(`! ${this.#happening(step)}`)}\n`
      : this.#sourceLine(step, number, indent, changes);
  }

  #sourceLine(
    step: TraceStep,
    number: string,
    indent: string,
    { changed, gone }: StepChanges,
  ): string {
    const label = this.#sources.label(step.pathId);
    const place = `${label}:${step.line}`;
    const source = step.kind === "line" ? this.#sources.line(step.pathId, step.line) : null;
    const doubts = this.#sources.takeModified().map((pathId) => {
      const name = this.#sources.label(pathId);
      return `${this.#style.dim(`(${name} was modified after the recording; lines may differ)`)}\n`;
    });
    const variables = changed.map(({ name, value }) =>
      `${printable(name)} = ${this.#value(value, MAX_VALUE)}`
    );
    for (const nameId of gone) {
      variables.push(`${printable(variableNameOf(this.#trace, nameId))} is gone`);
    }
    const beside = variables.join(", ");
    const text = source === null ? place : `${place.padEnd(label.length + 5)} ${source}`;
    const line = `${doubts.join("")}${number}${indent}${
      source === null
        ? this.#style.dim(text)
        : `${this.#style.dim(text.slice(0, -source.length))}${source}`
    }`;
    if (beside.length <= MAX_VARIABLES_BESIDE) {
      return beside === "" ? `${line}\n` : `${line}  ${this.#style.variable(`# ${beside}`)}\n`;
    }
    const margin = `${" ".repeat(this.#numberWidth + 2)}${indent}${" ".repeat(label.length + 6)}`;
    const below = variables.map((variable) =>
      `${margin}${this.#style.variable(`# ${variable}`)}\n`
    );
    return `${line}\n${below.join("")}`;
  }

  #event(event: TraceEvent, depth: number): string {
    const isOutput = event.class === "stdout" || event.class === "stderr";
    const paint = event.class === "stdout" ? this.#style.output : this.#style.error;
    const { stdin, isFromDescriptor } = notesOf(event);
    const kind = isOutput
      ? event.class
      : event.class !== "file"
      ? "error "
      : stdin
      ? "stdin"
      : "file";
    const name = `${kind.padEnd(6)}${isFromDescriptor ? " (fd)" : ""}`;
    const margin = `${this.#number(event.step)}${this.#indent(depth)}`;
    return outputLines(event.content).map((line) => `${margin}${paint(`${name} | ${line}`)}\n`)
      .join("");
  }

  *#end(): Lines {
    const { exit, partial } = recordedEnd(this.#trace);
    if (partial !== null) {
      const detail = partial.detail === "" ? "" : `: ${partial.detail}`;
      yield this.#fact("partial", this.#style.error(printable(`${partial.reason}${detail}`)));
    }
    if (exit === null) return;
    const label = exit.label === null ? "" : printable(exit.label);
    yield exit.code === null
      ? this.#fact("exit", label)
      : this.#fact("exit", `status ${exit.code}${label === "" ? "" : ` (${label})`}`);
  }

  // -- parts of lines

  #happening(step: TraceStep): string {
    const type = printable(typeNameOf(this.#trace, step.exceptionTypeId ?? -1));
    switch (step.kind) {
      case "raise": {
        const message = printable(cut(step.exceptionMessage ?? "", 4 * MAX_VALUE));
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
      const part = `${printable(variableNameOf(this.#trace, nameId))}=${
        this.#value(value, MAX_VALUE)
      }`;
      length += part.length + 2;
      parts.push(part);
    }
    const name = this.#style.call(printable(functionNameOf(this.#trace, call.functionId)));
    return `${name}(${parts.join(", ")})`;
  }

  #result(call: TraceCall, introduction: string): string {
    const { exception } = call;
    if (exception !== null) {
      // An Error's text names the type already; a marker around it would only be noise here.
      const text = exception.kind === "Error"
        ? printable(cut(exception.msg, 4 * MAX_VALUE))
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

  #fact(name: string, text: string): string {
    return `${this.#style.dim(name.padEnd(9))} ${text}\n`;
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

/** Who wrote output, where it is not just the main thread. */
function writerOf(event: TraceEvent): string {
  const { thread, threadName, task } = notesOf(event);
  const name = threadName === null ? "" : ` (${printable(threadName)})`;
  return `${thread === null || thread === 0 ? "" : `, thread ${thread}${name}`}${
    task === null ? "" : `, ${printable(task)}`
  }`;
}

/** Text with what is beyond a length left out, and "…" for it. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  // Not in the middle of a surrogate pair.
  return `${text.slice(0, length).toWellFormed().replace(/\ufffd$/, "")}…`;
}
