import { Buffer } from "node:buffer";
import type { CallSpan, TraceCall } from "../../trace/reader/calls.ts";
import type { EventClass, TraceEvent } from "../../trace/reader/events.ts";
import { functionNameOf, typeNameOf, variableNameOf } from "../../trace/reader/names.ts";
import type { TraceReader } from "../../trace/reader/open_trace.ts";
import type { TraceStep } from "../../trace/reader/steps.ts";
import type { TraceValue } from "../../trace/reader/values.ts";
import { recordedEnd } from "./exit_status.ts";
import type { Selection } from "./selection.ts";
import { variableHistory } from "./variable_history.ts";

/** Kinds of events in the document. */
export type JsonEventKind = "call_entry" | "call_exit" | "step" | "io";

/** Names that CodeTracer's own printer uses, by the tag of a step record. */
const STEP_KINDS = [
  "sekAbsoluteStep",
  "sekDeltaStep",
  "sekRaise",
  "sekCatch",
  "sekThreadSwitch",
  "sekThreadStart",
  "sekThreadExit",
  "sekDeltaColumn",
];

const IO_KINDS: Readonly<Record<EventClass, string>> = {
  stdout: "ioStdout",
  file: "ioFileOp",
  error: "ioError",
  stderr: "ioStderr",
};

/** Text that is one event when put together. */
type JsonPieces = Generator<string, void, undefined>;

const CHILDREN_PER_PIECE = 1000;

/** What of a trace is wanted as JSON. */
export interface JsonRequest {
  /** Which events. */
  readonly kinds: ReadonlySet<JsonEventKind>;
  /** Variables of which the changes are wanted instead of events. */
  readonly variableIds: readonly number[] | null;
  /** One object per line (the header, then each event) instead of one document. */
  readonly lines: boolean;
}

/**
 * A trace for programs, as design-docs/print-json.md describes it: everything that CodeTracer's
 * `ct-print --full` prints, under the same names, and more.
 */
export function* jsonText(
  trace: TraceReader,
  selection: Selection,
  request: JsonRequest,
): Generator<string, void, undefined> {
  const { kinds, variableIds, lines } = request;
  // Telling columns from lines reads all steps, which a summary is not to wait for.
  const isSummary = kinds.size === 0 && variableIds === null;
  const header = JSON.stringify(headerOf(trace, !isSummary));
  yield lines ? `${header}\n` : `${header.slice(0, -1)},\n"events":[`;
  let separator = lines ? "" : "\n";
  const events = variableIds === null
    ? eventsOf(trace, selection, kinds)
    : changesOf(trace, selection, variableIds);
  for (const event of events) {
    if (event === null) {
      yield "";
      continue;
    }
    yield separator;
    if (typeof event === "string") yield event;
    else yield* event;
    separator = lines ? "\n" : ",\n";
  }
  yield lines ? (separator === "" ? "" : "\n") : "\n]}\n";
}

function headerOf(trace: TraceReader, countsLines: boolean): Record<string, unknown> {
  const { metadata, counts } = trace;
  const { flags } = metadata;
  const { exit, partial } = recordedEnd(trace);
  return {
    metadata: {
      recording_id: metadata.recordingId,
      program: metadata.program,
      args: metadata.args,
      workdir: metadata.workdir,
      recorder: metadata.recorder,
      ...(metadata.filters === null ? {} : { trace_filter: { filters: metadata.filters } }),
      flags: {
        has_column_aware_steps: flags.columnAwareSteps,
        has_alternate_source_views: flags.alternateSourceViews,
        supports_column_breakpoints: flags.columnBreakpoints,
        supports_column_motions: flags.columnMotions,
        has_call_stream: flags.callStream,
        has_step_stream: flags.stepStream,
        has_value_stream: flags.valueStream,
        has_io_event_stream: flags.ioEventStream,
        has_interning_tables: flags.interningTables,
      },
      ...(exit === null ? {} : { process_exit_status: exit }),
      ...(partial === null ? {} : { partial }),
    },
    paths: trace.paths,
    functions: trace.functions,
    varnames: trace.variables,
    types: trace.types,
    source_views: [],
    counts: {
      paths: counts.paths,
      functions: counts.functions,
      varnames: counts.variables,
      types: counts.types,
      source_views: 0,
      ...(countsLines ? { steps: counts.stepRecords - trace.countColumnSteps() } : {}),
      step_records: counts.stepRecords,
      calls: counts.calls,
      values: counts.values,
      io_events: counts.events,
    },
  };
}

function* eventsOf(
  trace: TraceReader,
  selection: Selection,
  kinds: ReadonlySet<JsonEventKind>,
): Generator<string | JsonPieces | null, void, undefined> {
  if (kinds.size === 0) return;
  if (kinds.size === 1 && kinds.has("io")) {
    for (const { event } of selection.events()) yield ioEvent(event);
    return;
  }
  const parts = {
    calls: kinds.has("call_entry") || kinds.has("call_exit"),
    inside: kinds.has("step") || kinds.has("io"),
  };
  for (const item of selection.walk(parts)) {
    if (item === null) {
      yield null;
      continue;
    }
    switch (item.kind) {
      case "enter":
        if (!item.before && kinds.has("call_entry")) {
          yield callEntry(trace, trace.call(item.span.key));
        }
        break;
      case "step":
        if (kinds.has("step")) yield stepEvent(trace, item.step, item.call);
        break;
      case "event":
        if (kinds.has("io")) yield ioEvent(item.event);
        break;
      case "leave":
        if (kinds.has("call_exit")) yield callExit(trace, item.call);
    }
  }
}

function* changesOf(
  trace: TraceReader,
  selection: Selection,
  variableIds: readonly number[],
): Generator<string | null, void, undefined> {
  for (const change of variableHistory(trace, selection, variableIds)) {
    if (change === null) {
      yield null;
      continue;
    }
    const { step, call, nameId, value, since } = change;
    const typed = value === null
      ? '"value":null'
      : `${typeOf(trace, value)},"value":${valueToJson(value)}`;
    yield `{"kind":"variable","step_index":${step.index},${placeOf(step)},${
      functionOf(trace, call)
    },"call_key":${call?.key ?? -1},"depth":${call?.depth ?? 0},"varname_id":${nameId},"varname":${
      quoted(variableNameOf(trace, nameId))
    },${typed},"since_step":${since?.index ?? -1},"since_line":${since?.line ?? -1}}`;
  }
}

/** In pieces, as a call may have made ten million others. */
function* callEntry(trace: TraceReader, call: TraceCall): JsonPieces {
  const args = call.arguments.map(({ nameId, value }) =>
    `{"varname_id":${nameId},"varname":${quoted(variableNameOf(trace, nameId))},"value":${
      valueToJson(value)
    }}`
  );
  yield `{"kind":"call_entry","call_key":${call.key},${
    functionOf(trace, call)
  },"entry_step":${call.entryStep},"exit_step":${call.exitStep},"depth":${call.depth},"parent_call_key":${call.parentKey},"args":[${
    args.join(",")
  }],"children":[`;
  let children: number[] = [];
  let separator = "";
  for (const child of call.children()) {
    children.push(child);
    if (children.length === CHILDREN_PER_PIECE) {
      yield separator + children.join(",");
      separator = ",";
      children = [];
    }
  }
  yield children.length === 0 ? "]}" : `${separator}${children.join(",")}]}`;
}

function callExit(trace: TraceReader, call: TraceCall): string {
  const { returnValue, exception } = call;
  const returned = returnValue === null ? '{"kind":"Void"}' : valueToJson(returnValue);
  const raised = exception === null ? "" : `,"exception":${valueToJson(exception)}`;
  return `{"kind":"call_exit","call_key":${call.key},${
    functionOf(trace, call)
  },"exit_step":${call.exitStep},"depth":${call.depth},"return_value":${returned}${raised}}`;
}

function functionOf(trace: TraceReader, call: CallSpan | null): string {
  if (call === null) return `"function_id":-1,"function":"<unknown>"`;
  return `"function_id":${call.functionId},"function":${
    quoted(functionNameOf(trace, call.functionId))
  }`;
}

function stepEvent(trace: TraceReader, step: TraceStep, call: CallSpan | null): string {
  const variables = trace.values(step.index).map(({ nameId, name, value }) =>
    `{"varname_id":${nameId},"varname":${quoted(name)},${typeOf(trace, value)},"value":${
      valueToJson(value)
    }}`
  );
  return `{"kind":"step","step_index":${step.index},${placeOf(step)},"step_kind":"${
    STEP_KINDS[step.tag]
  }"${detailOf(step)},${functionOf(trace, call)},"depth":${call?.depth ?? 0},"vars":[${
    variables.join(",")
  }]}`;
}

function placeOf(step: TraceStep): string {
  const column = step.column === null ? "" : `,"column":${step.column}`;
  return `"path_id":${step.pathId},"line":${step.line},"path":${quoted(step.path)}${column}`;
}

function typeOf(trace: TraceReader, value: TraceValue): string {
  const typeId = "typeId" in value ? value.typeId : 0;
  return `"type_id":${typeId},"type_name":${quoted(typeNameOf(trace, typeId))}`;
}

function detailOf(step: TraceStep): string {
  switch (step.kind) {
    case "raise":
      return `,"exception_type_id":${step.exceptionTypeId},"exception_message":${
        quoted(step.exceptionMessage ?? "")
      }`;
    case "catch":
      return `,"catch_exception_type_id":${step.exceptionTypeId}`;
    default:
      return step.threadId === undefined ? "" : `,"thread_id":${step.threadId}`;
  }
}

function ioEvent(event: TraceEvent): string {
  const text = plainText(event.content);
  return `{"kind":"io","io_kind":"${
    IO_KINDS[event.class]
  }","io_ordinal":${event.kind},"io_index":${event.index},"step_id":${event.step}${
    text === null ? "" : `,"text":${quoted(text)}`
  },"bytes_b64":"${base64(event.content)}","bytes_len":${event.content.length},"metadata":${
    quoted(event.metadata)
  }}`;
}

/** The content as text, if it is UTF-8 without control characters other than tabs and line ends. */
function plainText(content: Uint8Array): string | null {
  if (content.some((byte) => byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    // Not UTF-8, which is the question.
    return null;
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

/**
 * A value as JSON. Written by hand because JSON.stringify knows no integers of 64 bits; floats that
 * JSON has no number for are texts.
 */
export function valueToJson(value: TraceValue): string {
  const list = (values: readonly TraceValue[]) => `[${values.map(valueToJson).join(",")}]`;
  const kind = `{"kind":"${value.kind}"`;
  switch (value.kind) {
    case "Cell":
      return `${kind},"place":${value.place}}`;
    case "ValueRef":
      return `${kind},"ref_id":${value.refId}}`;
  }
  const end = `,"type_id":${value.typeId}}`;
  switch (value.kind) {
    case "Int":
      return `${kind},"i":${value.i}${end}`;
    case "Float": {
      const text = String(value.f);
      const special = text === "NaN" ? "nan" : text.replace("Infinity", "inf");
      return `${kind},"f":${
        Number.isFinite(value.f) ? floatToJson(value.f) : quoted(special)
      }${end}`;
    }
    case "Bool":
      return `${kind},"b":${value.b},"text":${quoted(value.text)}${end}`;
    case "String":
      return `${kind},"text":${quoted(value.text)}${end}`;
    case "None":
      return `${kind}${end}`;
    case "Sequence":
      return `${kind},"elements":${list(value.elements)},"is_slice":${value.isSlice}${end}`;
    case "Tuple":
      return `${kind},"elements":${list(value.elements)}${end}`;
    case "Struct": {
      const names = value.fieldNames === null
        ? ""
        : `,"field_names":${JSON.stringify(value.fieldNames)}`;
      return `${kind},"field_values":${list(value.fieldValues)}${names}${end}`;
    }
    case "Variant":
      return `${kind},"discriminator":${quoted(value.discriminator)},"contents":${
        valueToJson(value.contents)
      }${end}`;
    case "Reference":
      return `${kind},"dereferenced":${
        valueToJson(value.dereferenced)
      },"address":${value.address},"mutable":${value.mutable}${end}`;
    case "Raw":
      return `${kind},"r":${quoted(value.r)}${end}`;
    case "Error":
      return `${kind},"msg":${quoted(value.msg)}${end}`;
    case "Char":
      return `${kind},"c":${quoted(value.c)}${end}`;
    case "BigInt": {
      const negative = value.value < 0n;
      const digits = (negative ? -value.value : value.value).toString(16);
      const hex = digits.length % 2 === 0 ? digits : `0${digits}`;
      const b64 = Buffer.from(hex, "hex").toString("base64");
      return `${kind},"b":"${b64}","b_hex":"${hex}","negative":${negative}${end}`;
    }
    case "Set":
      return `${kind},"members":${list(value.members)}${end}`;
    case "Enum":
      return `${kind},"name":${quoted(value.name)},"ordinal":${value.ordinal}${end}`;
  }
}

/** With a fraction, as other printers write it, so that typed readers don't take it for an integer. */
function floatToJson(value: number): string {
  const text = Object.is(value, -0) ? "-0" : String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
