import { InvalidArgumentError, type Option } from "../../packages/commander.ts";
import { ensureUsage } from "../../errors/mod.ts";
import { parseCommand } from "../command_parser.ts";
import type { SelectionRequest } from "./selection.ts";

/** The view of a trace; "walk" is everything. */
export type View = "walk" | "summary" | "calls" | "output" | "steps" | "variables";

/** What `ct-recorder print` was asked for. */
export interface PrintRequest extends SelectionRequest {
  /** Of the trace, as given. */
  readonly path: string;
  readonly view: View;
  /** For the view "variables": their names, separated by commas. */
  readonly variables: string;
  readonly format: "text" | "json" | "jsonl";
  readonly colours: "auto" | "always" | "never";
  readonly pager: boolean;
}

const VIEWS: readonly Exclude<View, "walk">[] = [
  "summary",
  "calls",
  "output",
  "steps",
  "variables",
];

/**
 * Reads the words after `print`.
 *
 * @returns What is asked for, or the help's text.
 * @throws {RecorderError} `ERR_USAGE` if they can't be understood.
 */
export function readCommandLine(args: readonly string[]): PrintRequest | string {
  const parsed = parseCommand("print", args, refine);
  if (typeof parsed === "string") return parsed;
  const given = parsed.options;
  const text = (value: unknown) => typeof value === "string" ? value : null;
  const request: PrintRequest = {
    path: parsed.operands[0] ?? "",
    view: VIEWS.find((name) => given[name] !== undefined) ?? "walk",
    variables: text(given.variables) ?? "",
    format: given.json === true ? "json" : given.jsonl === true ? "jsonl" : "text",
    from: typeof given.from === "number" ? given.from : 0,
    to: typeof given.to === "number" ? given.to : Infinity,
    functionName: text(given.function),
    fileName: text(given.file),
    thread: text(given.thread),
    colours: given.color === "always" || given.color === "never" ? given.color : "auto",
    pager: given.pager !== false,
  };
  ensureUsage(
    request.from <= request.to,
    "ERR_USAGE",
    () => `Cannot print steps ${request.from} to ${request.to}: the first is after the last`,
  );
  return request;
}

function refine(option: Option, flag: string): void {
  const name = flag.slice(2);
  if (VIEWS.some((view) => view === name)) option.conflicts(VIEWS.filter((view) => view !== name));
  if (name === "from" || name === "to") option.argParser(stepNumber);
  if (name === "json") option.conflicts(["jsonl"]);
}

function stepNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw new InvalidArgumentError(`Expected the number of a step, from 0; received: ${text}`);
  }
  return Number(text);
}
