import { classifyError } from "../errors/mod.ts";
import {
  asksForJsonErrors,
  type PolicySnapshot,
  policySnapshot,
  type ResolvedPolicy,
  type Setting,
  SETTING_NAMES,
  SETTINGS,
  type SettingSnapshot,
} from "../policy/mod.ts";
import type { ChainedFile } from "../filter/chain.ts";
import { recordingFilter } from "../session/recording_filter.ts";
import { uuidv7 } from "../text/uuid.ts";
import { workingDirectory } from "../target/working_directory.ts";
import { shownValue } from "../text/shown_value.ts";
import { ownOptions } from "./commands.ts";
import { inform } from "./inform.ts";
import { statusOfError } from "./outcome.ts";
import { readRecordWords } from "./record_words.ts";
import { recordingPolicy } from "./recording_policy.ts";
import { print, reportError, reportTrailer } from "./terminal.ts";

/**
 * `ct-recorder policy`: prints the settings that `ct-recorder record` would have with the same
 * words, and where each comes from. TARGET is not looked at but for its place; nothing is run.
 *
 * Needs read permission for the configuration file, the filters and the folders above the target, and
 * the environment.
 *
 * @param words What follows the command's name.
 * @returns The exit status of the command.
 */
export async function policyCommand(words: readonly string[]): Promise<number> {
  const read = readRecordWords(words, ownOptions("policy").switches);
  const given = { flags: read.flags, environment: Deno.env.toObject() };
  let json = asksForJsonErrors(given);
  try {
    if (read.error !== null) throw classifyError(read.error);
    if (read.information !== null) return await inform(read.information, "policy");
    const cwd = workingDirectory();
    const { resolved, start, frameworks } = await recordingPolicy(
      given,
      read.target,
      cwd,
      (asked) => json = asked,
    );
    const { files } = await recordingFilter(resolved, start, cwd, frameworks);
    print(
      read.switches.has("--json")
        ? `${JSON.stringify(await policyJson(resolved, files), null, 2)}\n`
        : asText(await policySnapshot(resolved), files),
    );
    return 0;
  } catch (thrown) {
    const error = classifyError(thrown);
    reportError(error);
    if (json) reportTrailer(error, { runId: uuidv7(), traceId: null });
    return statusOfError(error);
  }
}

/** What `--json` prints. */
export async function policyJson(
  resolved: ResolvedPolicy,
  filters: readonly ChainedFile[],
): Promise<PolicySnapshot & { readonly filters: readonly ChainedFile[] }> {
  return { ...await policySnapshot(resolved), filters };
}

/** A table of setting, value and source, and what belongs to no setting. */
function asText(snapshot: PolicySnapshot, filters: readonly ChainedFile[]): string {
  const rows = SETTING_NAMES.map((name) => {
    const setting = snapshot.settings[name];
    return [name, shown(setting, SETTINGS[name]), sourceOf(setting)] as const;
  });
  const width = (column: 0 | 1) => Math.max(...rows.map((row) => row[column].length));
  const [names, values] = [width(0), width(1)];
  const lines = rows.map(([name, value, source]) =>
    `${name.padEnd(names)}  ${value.padEnd(values)}  ${source}`
  );
  const file = snapshot.config_file === null ? "none" : shownText(snapshot.config_file);
  return [
    ...lines,
    "",
    ...filters.map(({ path }) => `${"trace filter".padEnd(names)}  ${shownText(path)}`),
    `${"configuration file".padEnd(names)}  ${file}`,
    `${"policy hash".padEnd(names)}  ${snapshot.policy_hash}`,
    "",
  ].join("\n");
}

function shown({ value }: SettingSnapshot, setting: Setting): string {
  if (value === null) return setting.type === "text" ? `(${setting.otherwise})` : "(no limit)";
  return typeof value === "string" ? shownText(value) : String(value);
}

function sourceOf({ source }: SettingSnapshot): string {
  return source.kind === "default" ? "default" : shownText(source.name);
}

/** As it is, unless that would be mistaken for something else or act on the terminal. */
function shownText(text: string): string {
  return /^[^\s"()\p{C}](?:[^"\p{C}]*[^\s"\p{C}])?$/u.test(text) ? text : shownValue(text);
}
