import { oneLine } from "../text/one_line.ts";
import { FINDING_CODES, type Severity } from "../trace/verify/codes.ts";
import type { Finding, FindingPlace } from "../trace/verify/findings.ts";
import { type Verification, verifyTrace } from "../trace/verify/verify_trace.ts";
import { parseCommand } from "./command_parser.ts";
import { print } from "./terminal.ts";

/** Exit status when there are findings that count; errors of the command have others. */
const UNSOUND = 1;
/** Severities that count, without and with `--strict`. */
const COUNTING: readonly Severity[] = ["fatal", "error"];
const COUNTING_STRICTLY: readonly Severity[] = [...COUNTING, "warning"];

/** Severities with their plurals. */
const COUNTED: readonly (readonly [Severity, string])[] = [
  ["fatal", "fatal"],
  ["error", "errors"],
  ["warning", "warnings"],
  ["note", "notes"],
];
/** What the last line says, of one and of more. */
const LOOKED_AT = [
  ["stepRecords", "step record", "step records"],
  ["values", "record of values", "records of values"],
  ["calls", "call", "calls"],
  ["events", "event", "events"],
] as const;

interface Request {
  readonly path: string;
  readonly json: boolean;
  readonly strict: boolean;
}

/**
 * `ct-recorder verify`: checks everything that can be wrong with a trace, and says on standard output
 * what is, where, and how bad.
 *
 * Needs `--allow-read` for the trace and the folder it is in; writes nothing.
 *
 * @param words The words after `verify`.
 * @returns The exit status: 0 for a sound trace, 1 for findings that are errors or worse.
 * @throws {RecorderError} `ERR_USAGE` for a command line that can't be understood,
 * `ERR_TRACE_MISSING` if there is no trace, `ERR_TRACE_CORRUPT` if the file is no trace of any format,
 * `ERR_IO` if reading or writing fails.
 */
export function verifyCommand(words: readonly string[]): number {
  const request = parse(words);
  if (typeof request === "string") {
    print(request);
    return 0;
  }
  const verification = verifyTrace(request.path);
  const counting = request.strict ? COUNTING_STRICTLY : COUNTING;
  const isSound = !verification.findings.some(({ severity }) => counting.includes(severity));
  print(request.json ? asJson(verification, isSound) : asText(verification, isSound));
  return isSound ? 0 : UNSOUND;
}

/** The command line's meaning, or the help's text. */
function parse(words: readonly string[]): Request | string {
  const parsed = parseCommand("verify", words);
  if (typeof parsed === "string") return parsed;
  const { options, operands } = parsed;
  return {
    path: operands[0] ?? "",
    json: options.json === true,
    strict: options.strict === true,
  };
}

function asText(verification: Verification, isSound: boolean): string {
  const lines = verification.findings.map(lineOf);
  for (const [code, total] of verification.totals) {
    const more = total - verification.findings.filter((finding) => finding.code === code).length;
    if (more > 0) lines.push(`${head(FINDING_CODES[code].severity, code)}${more} more`);
  }
  const { path, severities, counts } = verification;
  const found = COUNTED.filter(([severity]) => severities[severity] > 0)
    .map(([severity, many]) => {
      const count = severities[severity];
      return `${count} ${count === 1 ? severity : many}`;
    });
  const verdict = [isSound ? "sound" : "not sound", ...found].join(", ");
  const looked = LOOKED_AT.map(([key, one, many]) =>
    `${counts[key] ?? "?"} ${counts[key] === 1 ? one : many}`
  ).join(", ");
  lines.push(`${path}: ${verdict}; ${looked}`);
  return lines.map((line) => `${oneLine(line)}\n`).join("");
}

function lineOf({ severity, code, where, message }: Finding): string {
  const { meaning } = FINDING_CODES[code];
  const what = message === "" ? meaning : `${meaning}: ${message}`;
  return `${head(severity, code)}${placeOf(where)}: ${what}`;
}

function head(severity: Severity, code: string): string {
  return `${severity.padEnd(7)} ${code}: `;
}

function placeOf({ file, ...numbers }: FindingPlace): string {
  return [file, ...Object.entries(numbers).map(([name, number]) => `${name} ${number}`)].join(", ");
}

function asJson(verification: Verification, isSound: boolean): string {
  const { path, severities, counts, findings, totals } = verification;
  const document = {
    trace: path,
    sound: isSound,
    severities,
    counts: {
      step_records: counts.stepRecords,
      values: counts.values,
      calls: counts.calls,
      events: counts.events,
      paths: counts.paths,
      functions: counts.functions,
      types: counts.types,
      variables: counts.variables,
      blocks: counts.blocks,
      unused_blocks: counts.unusedBlocks,
    },
    totals: Object.fromEntries(totals),
    findings,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
