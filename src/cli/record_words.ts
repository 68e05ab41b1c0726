import { type UsageError, usageError } from "../errors/mod.ts";
import {
  type GivenFlag,
  type Setting,
  SETTING_NAMES,
  type SettingName,
  SETTINGS,
} from "../policy/mod.ts";
import { FRAMEWORK_WORDS } from "../target/frameworks.ts";
import { nearest } from "../text/nearest.ts";

/** The words of `record`, taken apart. */
export interface RecordWords {
  readonly flags: ReadonlyMap<SettingName, GivenFlag>;
  /** TARGET and all that follows it. */
  readonly target: readonly string[];
  /** The command's own words, where options may stand between them; TARGET then follows `--`. */
  readonly operands: readonly string[];
  /** Values of the command's own options that take one, in their order. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly information: "help" | "version" | null;
  /** Which of the command's own switches were given. */
  readonly switches: ReadonlySet<string>;
  /** The first thing that was wrong; the rest is read all the same, for `--json-errors`. */
  readonly error: UsageError | null;
}

/**
 * Reads the recorder's own options, which end where TARGET begins: at the first word that is no
 * option, at `-`, `-m…` and `-c…` (Python's, and part of TARGET), at `--pytest` and `--unittest` (which
 * stand for a TARGET), or after `--`.
 *
 * Written by hand because of that rule, and because the library that prints the help takes longer
 * to load than a small program to record.
 *
 * @param words What follows the command's name.
 * @param own Long options without value that the command has besides the settings: `--json`.
 * @param more Long options with a value, of a command that has operands of its own ahead of TARGET.
 */
export function readRecordWords(
  words: readonly string[],
  own: readonly string[] = [],
  more?: { readonly valued: readonly string[] },
): RecordWords {
  const switches = new Set<string>();
  const operands: string[] = [];
  const values = new Map<string, string[]>();
  const flags = new Map<SettingName, GivenFlag>();
  let information: RecordWords["information"] = null;
  let error: UsageError | null = null;
  let next = 0;

  const value = (name: string): string => {
    const word = words[next++];
    if (word === undefined) error ??= usageError("ERR_USAGE", `${name} needs a value`);
    return word ?? "";
  };
  const setText = (key: SettingName, name: string, text: string) => {
    const setting: Setting = SETTINGS[key];
    const joinedBy = setting.type === "text" ? setting.joinedBy : undefined;
    const before = flags.get(key)?.value;
    const all = joinedBy === undefined || before === undefined
      ? text
      : `${before}${joinedBy}${text}`;
    return flags.set(key, { name, value: all });
  };
  const known = [...own, ...more?.valued ?? []];
  const noValue = (name: string, word: string) =>
    error ??= usageError("ERR_USAGE", `${name} takes no value, but got ${word}`, { option: name });
  const unknown = (name: string) => error ??= unknownOption(name, known);

  const long = (word: string) => {
    const equals = word.indexOf("=");
    const name = equals < 0 ? word : word.slice(0, equals);
    const attached = equals < 0 ? null : word.slice(equals + 1);
    if (attached === null && name === "--help") return information ??= "help";
    if (attached === null && name === "--version") return information ??= "version";
    if (attached === null && own.includes(name)) return switches.add(name);
    if (more?.valued.includes(name)) {
      return values.set(name, [...values.get(name) ?? [], attached ?? value(name)]);
    }
    if (own.includes(name) || name === "--help" || name === "--version") {
      return noValue(name, word);
    }
    const found = LONG.get(name);
    const framework = FRAMEWORK_WORDS.get(name);
    if (framework !== undefined) {
      return error ??= usageError(
        "ERR_USAGE",
        `${name} takes no value, but got ${word}; what follows it belongs to ${framework}: ${name} ${attached}`,
      );
    }
    if (found === undefined) return unknown(name);
    if (attached !== null && found.negated) return noValue(name, word);
    if (SETTINGS[found.key].type === "boolean") {
      return flags.set(found.key, { name, value: attached ?? !found.negated });
    }
    return setText(found.key, name, attached ?? value(name));
  };

  const short = (word: string) => {
    for (let at = 1; at < word.length; at++) {
      const name = `-${word.charAt(at)}`;
      const key = SHORT.get(name);
      if (name === "-h") information ??= "help";
      else if (name === "-V") information ??= "version";
      else if (key === undefined) return unknown(at === 1 ? word : name);
      else if (SETTINGS[key].type === "boolean") flags.set(key, { name, value: true });
      else {
        const attached = word.slice(at + 1);
        return setText(key, name, attached === "" ? value(name) : attached);
      }
    }
  };

  while (next < words.length) {
    const word = words[next] ?? "";
    const isOption = word.startsWith("-") && word !== "-" && !/^-[mc]/.test(word);
    if ((!isOption && more === undefined) || FRAMEWORK_WORDS.has(word)) break;
    next++;
    if (!isOption) {
      operands.push(word);
      continue;
    }
    if (word === "--") break;
    if (word.startsWith("--")) long(word);
    else short(word);
  }
  return { flags, target: words.slice(next), operands, values, information, switches, error };
}

const LONG = new Map<string, { readonly key: SettingName; readonly negated: boolean }>(
  SETTING_NAMES.flatMap((key) => {
    const { flag, type } = SETTINGS[key];
    const positive = [flag, { key, negated: false }] as const;
    if (type !== "boolean") return [positive];
    return [positive, [`--no-${flag.slice(2)}`, { key, negated: true }] as const];
  }),
);

const SHORT = new Map<string, SettingName>(
  SETTING_NAMES.flatMap((key) => {
    const { short }: Setting = SETTINGS[key];
    return short === undefined ? [] : [[short, key] as const];
  }),
);

function unknownOption(name: string, own: readonly string[]): UsageError {
  const near = name.startsWith("--")
    ? nearest(name, [...LONG.keys(), ...FRAMEWORK_WORDS.keys(), ...own])
    : null;
  const hint = near === null
    ? "options for Python itself follow an interpreter, as in `ct-recorder python " +
      `${name} …\`; see also \`ct-recorder record --help\``
    : `did you mean ${near}?`;
  return usageError("ERR_USAGE", `Unknown option ${name}: ${hint}`, {
    option: name,
    ...(near === null ? {} : { nearest: near }),
  });
}
