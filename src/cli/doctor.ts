/** `ct-recorder doctor`: what this machine offers to recordings, and what is in their way. */
import { includedLibraryVersions, versionsOf } from "../agent/accelerator.ts";
import { classifyError, ensureUsage } from "../errors/mod.ts";
import {
  asksForJsonErrors,
  describeSource,
  type ResolvedPolicy,
  resolvePolicy,
} from "../policy/mod.ts";
import { acceleratorFolder } from "../session/accelerator.ts";
import { surviveFileSizeLimit } from "../session/platform.ts";
import { recordingFilter } from "../session/recording_filter.ts";
import { workingDirectory } from "../target/working_directory.ts";
import { oneLine } from "../text/one_line.ts";
import { uuidv7 } from "../text/uuid.ts";
import { VERSION } from "../version.ts";
import { ownOptions } from "./commands.ts";
import { environment } from "./doctor/environment.ts";
import { interpreters } from "./doctor/interpreters.ts";
import { limits } from "./doctor/limits.ts";
import { tryPlaces } from "./doctor/output_folder.ts";
import { mayLookAround, permissions } from "./doctor/permissions.ts";
import { type Finding, note, ok, problem, type Section, warning } from "./doctor/section.ts";
import { inform } from "./inform.ts";
import { statusOfError } from "./outcome.ts";
import { readRecordWords, type RecordWords } from "./record_words.ts";
import { recordingPolicy } from "./recording_policy.ts";
import { print, reportError, reportTrailer } from "./terminal.ts";
import { givenEnvironment } from "../session/environment.ts";

/** Exit status when a recording would fail: that of an error of the environment. */
const UNFIT = 10;

/**
 * Prints what was found, with a remedy for each problem. Runs nothing of the user's, and leaves nothing behind.
 *
 * Needs all permissions to say much; says which are missing without asking for one.
 *
 * @param words What follows the command's name: options of `record`.
 * @returns The exit status of the command: 0 if a recording would work, 10 if not.
 */
export async function doctorCommand(words: readonly string[]): Promise<number> {
  const read = readRecordWords(words, ownOptions("doctor").switches);
  const env = Deno.permissions.querySync({ name: "env" }).state === "granted"
    ? givenEnvironment()
    : {};
  try {
    if (read.error !== null) throw classifyError(read.error);
    if (read.information !== null) return await inform(read.information, "doctor");
    ensureUsage(
      read.target.length === 0,
      "ERR_USAGE",
      () => `The doctor looks at the machine, not at ${read.target.join(" ")}: give options only`,
      { arguments: words },
    );
    const sections = mayLookAround() ? await lookAround(read, env) : [recorder(), permissions()];
    const works = !sections.some(({ findings }) => findings.some(isProblem));
    print(read.switches.has("--json") ? asJson(sections, works) : asText(sections, works));
    return works ? 0 : UNFIT;
  } catch (thrown) {
    const error = classifyError(thrown);
    reportError(error);
    if (asksForJsonErrors({ flags: read.flags, environment: env })) {
      reportTrailer(error, { runId: uuidv7(), traceId: null });
    }
    return statusOfError(error);
  }
}

async function lookAround(
  { flags }: RecordWords,
  env: Record<string, string>,
): Promise<Section[]> {
  const cwd = workingDirectory();
  const { section, resolved } = await settings(flags, env, cwd);
  const { policy, sources } = resolved;
  const python = policy.python === null
    ? null
    : { word: policy.python, source: describeSource(sources.python) };
  const found = await interpreters({ env, cwd }, python);
  // What is too large for the limit is to be told, not to be died of.
  surviveFileSizeLimit();
  const { output, sandbox } = await tryPlaces(policy, cwd, found.chosen);
  return [
    recorder(),
    permissions(),
    section,
    found.section,
    sandbox,
    output,
    limits(),
    environment(env, cwd),
  ];
}

function recorder(): Section {
  const { deno } = Deno.version;
  const { target, os, standalone } = Deno.build;
  const how = standalone ? `compiled with Deno ${deno}` : `run by Deno ${deno}`;
  const accelerators = includedLibraryVersions();
  const findings = [
    ok(`ct-recorder ${VERSION}, ${how}, ${target}`),
    note(
      accelerators.length === 0
        ? "it carries no native accelerator"
        : `it carries the native accelerator for CPython ${accelerators.join(", ")}`,
    ),
  ];
  if (os !== "linux") {
    findings.push(warning(`${os} has not been tried`, "where recording fails, do it on Linux"));
  }
  return {
    name: "recorder",
    facts: { version: VERSION, deno, target, compiled: standalone, accelerators },
    findings,
  };
}

/** The settings of a recording here; the defaults where they are wrong. */
async function settings(
  flags: RecordWords["flags"],
  env: Record<string, string>,
  cwd: string,
): Promise<{ readonly section: Section; readonly resolved: ResolvedPolicy }> {
  const name = "settings";
  try {
    const given = { flags, environment: env };
    const { resolved, start, frameworks } = await recordingPolicy(given, [], cwd, () => {});
    const { files } = await recordingFilter(resolved, start, cwd, frameworks);
    const accelerator = acceleratorFolder(resolved, cwd);
    const findings = [
      resolved.configFile === null
        ? note("there is no configuration file")
        : note(`the configuration file is ${resolved.configFile}`),
    ];
    if (resolved.policy.disabled) {
      const by = describeSource(resolved.sources.disabled);
      findings.push(warning(`recording is disabled by ${by}`, "take that away to record"));
    }
    if (accelerator !== null) findings.push(ofAccelerator(accelerator));
    const facts = {
      configuration_file: resolved.configFile,
      filters: files.map(({ path }) => path),
    };
    return { section: { name, facts, findings }, resolved };
  } catch (thrown) {
    const { message, code } = classifyError(thrown);
    const findings = [problem(message, `ct-recorder explain ${code}`)];
    const resolved = await resolvePolicy({ flags: new Map(), environment: {} });
    return { section: { name, facts: {}, findings }, resolved };
  }
}

function ofAccelerator(folder: string): Finding {
  const versions = versionsOf([...Deno.readDirSync(folder)].map(({ name }) => name));
  return versions.length === 0
    ? warning(`there is no native accelerator in ${folder}`, "deno task accelerator makes them")
    : note(`native accelerators come from ${folder}, for CPython ${versions.join(", ")}`);
}

function isProblem({ level }: Finding): boolean {
  return level === "problem";
}

function asJson(sections: readonly Section[], works: boolean): string {
  const report = {
    works,
    sections: Object.fromEntries(
      sections.map(({ name, facts, findings }) => [name, { ...facts, findings }]),
    ),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function asText(sections: readonly Section[], works: boolean): string {
  const lines = sections.flatMap(({ name, findings }) => [
    name,
    ...findings.flatMap(({ level, message, remedy }) => [
      `  ${level.padEnd(7)}  ${oneLine(message)}`,
      ...(remedy === null ? [] : [`           → ${oneLine(remedy)}`]),
    ]),
  ]);
  const problems = sections.flatMap(({ findings }) => findings).filter(isProblem).length;
  const many = problems === 1 ? "1 problem" : `${problems} problems`;
  lines.push("", works ? "A recording would work here." : `A recording would fail here: ${many}.`);
  return lines.map((line) => `${line}\n`).join("");
}
