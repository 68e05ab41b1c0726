/**
 * The command line: which command, and what the process exits with.
 *
 * @module
 */
import { classifyError, ensureUsage } from "../errors/mod.ts";
import { uuidv7 } from "../text/uuid.ts";
import { VERSION } from "../version.ts";
import { takeJsonErrors } from "./json_errors.ts";
import { statusOfError } from "./outcome.ts";
import { recordCommand } from "./record.ts";
import { print, reportError, reportTrailer } from "./terminal.ts";

/**
 * Runs `ct-recorder` with the given words.
 *
 * `record` is the default command: a first word that is no command's name belongs to it. A program
 * that is called like a command is reached by a path: `ct-recorder ./print`.
 *
 * Needs all permissions: to run programs, and to read and write where the user may.
 *
 * @param args The words after the command's own name.
 * @returns The exit status. Never rejects.
 */
export async function runCli(args: string[]): Promise<number> {
  const [command = ""] = args;
  const words = args.slice(1);
  if (command === "doctor") return await (await import("./doctor.ts")).doctorCommand(words);
  try {
    Deno.env.toObject();
  } catch (thrown) {
    // Without, not even the wish for JSON is known: the same answer for every command but the one that looks into it.
    const error = classifyError(thrown, { failed: "Cannot read the environment" });
    reportError(error);
    return statusOfError(error);
  }
  if (command === "policy") return await (await import("./policy.ts")).policyCommand(words);
  if (command === "why") return await (await import("./why.ts")).whyCommand(words);
  const run = COMMANDS.get(command);
  if (run === undefined) return await recordCommand(command === "record" ? words : args);
  const { wanted, rest, error: wrong } = await takeJsonErrors(words);
  try {
    if (wrong !== null) throw classifyError(wrong);
    return await run(rest);
  } catch (thrown) {
    const error = classifyError(thrown);
    reportError(error);
    if (wanted) reportTrailer(error, { runId: uuidv7(), traceId: null });
    return statusOfError(error);
  }
}

/**
 * The commands without a policy; `record`, `policy`, `why` and `doctor` report their own errors. Each loads what it
 * needs when it runs.
 */
const COMMANDS = new Map<string, (words: string[]) => number | Promise<number>>([
  ["print", async (words) => (await import("./print.ts")).printCommand(words)],
  ["recover", async (words) => await (await import("./recover.ts")).recoverCommand(words)],
  ["diff", async (words) => (await import("./diff.ts")).diffCommand(words)],
  ["sources", async (words) => (await import("./sources.ts")).sourcesCommand(words)],
  ["verify", async (words) => (await import("./verify.ts")).verifyCommand(words)],
  ["python-api", async (words) => (await import("./python_api.ts")).pythonApiCommand(words)],
  ["explain", async (words) => await (await import("./explain.ts")).explainCommand(words)],
  [
    "completions",
    async (words) => (await import("./completions.ts")).completionsCommand(words),
  ],
  ["licenses", async (words) => await (await import("./licenses.ts")).licensesCommand(words)],
  ["man", async (words) => (await import("./man.ts")).manCommand(words)],
  ["help", help],
  ["-h", () => help([])],
  ["--help", () => help([])],
  ["-V", (words) => version("-V", words)],
  ["--version", (words) => version("--version", words)],
]);

async function help(words: readonly string[]): Promise<number> {
  return (await import("./help_command.ts")).helpCommand(words);
}

async function version(flag: string, words: readonly string[]): Promise<number> {
  const [word, ...more] = words;
  ensureUsage(
    (word === undefined || word === "--json") && more.length === 0,
    "ERR_USAGE",
    () => `Cannot understand ${[flag, ...words].join(" ")}: after ${flag} comes --json, or nothing`,
    { arguments: [...words] },
  );
  print(
    word === "--json" ? (await import("./version.ts")).versionJson() : `ct-recorder ${VERSION}\n`,
  );
  return 0;
}
