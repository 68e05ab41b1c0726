import { classifyError, ensureUsage, type RecorderError } from "../errors/mod.ts";
import { belongsTo, shownPath } from "../session/out_dir.ts";
import type { Recovered } from "../session/recover.ts";
import { absolute } from "../target/posix_path.ts";
import { workingDirectory } from "../target/working_directory.ts";
import { closingLine } from "./outcome.ts";
import { print, reportWarning, tell } from "./terminal.ts";
import { unknownOption } from "./unknown_option.ts";

/**
 * `ct-recorder recover`: makes traces of recordings that were cut off. Says on standard error what it found.
 *
 * Needs read and write permission for the folders.
 *
 * @param words The words after `recover`.
 * @returns The exit status: 0.
 * @throws {RecorderError} `ERR_USAGE` for a command line that can't be understood; as `recoverRecordings`, and the first
 *   error of those that it goes on after.
 */
export async function recoverCommand(words: readonly string[]): Promise<number> {
  const asked = read(words);
  if (asked === null) {
    const { commandHelp } = await import("./command_parser.ts");
    print(commandHelp("recover"));
    return 0;
  }
  const cwd = workingDirectory();
  const { recoverRecordings } = await import("../session/recover.ts");
  let failure: RecorderError | null = null;
  for await (
    const outcome of recoverRecordings(absolute(cwd, asked.folder), {
      outDir: asked.outDir === null ? null : absolute(cwd, asked.outDir),
      sandbox: asked.sandbox,
    })
  ) {
    if (!("error" in outcome)) report(outcome, cwd);
    else if (failure === null) failure = outcome.error; // told at the end
    else reportWarning(outcome.error);
  }
  if (failure !== null) throw classifyError(failure);
  return 0;
}

function report(
  { trace, stood, programRuns, workDir, otherTraces, kept }: Recovered,
  cwd: string,
): void {
  if (trace === null) {
    const why = stood === null
      ? "nothing had been recorded yet"
      : `the trace stands already, in ${shownPath(stood, cwd)}`;
    tell(`ct-recorder: ${why}; removed what was left in ${workDir}`);
    return;
  }
  if (trace.partial !== null) reportWarning(trace.partial);
  if (kept !== null) reportWarning(kept);
  if (programRuns !== null) {
    tell(
      `ct-recorder: warning: the program (process ${programRuns}) still runs, without a recorder`,
    );
  }
  if (otherTraces.length > 0) {
    tell(
      `ct-recorder: warning: ${
        belongsTo(trace.path, otherTraces)
      }; recover each into a folder of its own with --out-dir`,
    );
  }
  tell(`ct-recorder: ${closingLine(trace, cwd).replace(/^recorded/, "recovered")}`);
}

interface Asked {
  readonly folder: string;
  readonly outDir: string | null;
  readonly sandbox: "required" | "preferred";
}

/** Null when help was asked for. */
function read(words: readonly string[]): Asked | null {
  const folders: string[] = [];
  let outDir: string | null = null;
  let sandbox: Asked["sandbox"] = "required";
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") folders.push(...rest.splice(0));
    else if (word === "-h" || word === "--help") return null;
    else if (word === "-o" || word === "--out-dir") outDir = valueOf(word, rest.shift());
    else if (word.startsWith("--out-dir=")) outDir = valueOf("--out-dir", word.slice(10));
    else if (word === "--sandbox") sandbox = sandboxOf(rest.shift());
    else if (word.startsWith("--sandbox=")) sandbox = sandboxOf(word.slice(10));
    else if (word.startsWith("-")) throw classifyError(unknownOption("recover", word));
    else folders.push(word);
  }
  const [folder, ...more] = folders;
  ensureUsage(
    folder !== undefined && folder !== "" && more.length === 0,
    "ERR_USAGE",
    "Cannot recover: give one folder, the one that was recorded into",
    { arguments: [...words] },
  );
  return { folder, outDir, sandbox };
}

function valueOf(option: string, value: string | undefined): string {
  ensureUsage(
    value !== undefined && value !== "",
    "ERR_USAGE",
    () => `${option} needs a value; see ct-recorder recover --help`,
    { option },
  );
  return value;
}

function sandboxOf(value: string | undefined): Asked["sandbox"] {
  ensureUsage(
    value === "required" || value === "preferred",
    "ERR_USAGE",
    () => `Cannot recover with --sandbox ${value ?? ""}: accepted are required, preferred`,
    { option: "--sandbox", value: value ?? null },
  );
  return value;
}
