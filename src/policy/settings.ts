/**
 * The one place where a setting is named. Flags, environment variables, keys of the configuration
 * file, help, validation, documentation and the type of {@link RecorderPolicy} are all made from
 * this table.
 *
 * It is plain data and imports nothing: every recording reads it, while the schema made from it
 * (and zod with it) is loaded only when there is a value to check.
 */

/** What every setting has. */
interface SettingBase {
  /** Long flag; for a boolean, `--no-…` is the opposite. */
  readonly flag: `--${string}`;
  /** One-letter flag. */
  readonly short?: `-${string}`;
  /** Environment variable. */
  readonly variable: `CODETRACER_${string}`;
  /** For the help; starts with a verb or a noun, no full stop. */
  readonly description: string;
  /** Whether `--help` shows it in its short form. */
  readonly everyday: boolean;
}

/** Yes or no. */
export interface BooleanSetting extends SettingBase {
  readonly type: "boolean";
  readonly default: boolean;
}

/** One of some words. */
export interface ChoiceSetting extends SettingBase {
  readonly type: "choice";
  readonly values: readonly string[];
  readonly default: string;
  /** Other spellings, lower case, and the value each stands for. */
  readonly synonyms?: Readonly<Record<string, string>>;
  /**
   * The path of a folder is a value too, and told from the words by its slash. Relative in a file, it is relative to the
   * file's folder.
   */
  readonly orFolder?: true;
}

/** A whole number. */
export interface IntegerSetting extends SettingBase {
  readonly type: "integer";
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** What stands for the number in the help. */
  readonly placeholder: string;
}

/** A number that something is not to exceed; without one there is no limit. */
export interface LimitSetting extends SettingBase {
  readonly type: "limit";
  readonly default: null;
  readonly min: number;
  /** What may follow the digits, lower case, and what it multiplies by. */
  readonly units: Readonly<Record<string, number>>;
  /** The units as people write them. */
  readonly unitNames: string;
  readonly placeholder: string;
}

/** Free text, such as a path; not empty unless it says so. */
export interface TextSetting extends SettingBase {
  readonly type: "text";
  /** Relative values in a file are relative to its folder: all of them, or those with a slash. */
  readonly path: "always" | "with slash";
  /** Empty text is a value too, and means what null means. */
  readonly emptyIsNull?: true;
  /** Several texts, joined by this; those of all sources are, the weakest source's first. */
  readonly joinedBy?: "::";
  /** Null: decided later, by looking around. */
  readonly default: string | null;
  /** What null comes to, in words. */
  readonly otherwise: string;
  readonly placeholder: string;
}

/** One row of the table. */
export type Setting =
  | BooleanSetting
  | ChoiceSetting
  | IntegerSetting
  | LimitSetting
  | TextSetting;

/** The table; the order is that of the help. */
export const SETTINGS = {
  out_dir: {
    type: "text",
    flag: "--out-dir",
    short: "-o",
    variable: "CODETRACER_PYTHON_RECORDER_OUT_DIR",
    path: "always",
    placeholder: "DIR",
    default: null,
    otherwise: "a new ct-traces/<name>-<n>",
    everyday: true,
    description: "Folder for the trace",
  },
  python: {
    type: "text",
    flag: "--python",
    variable: "CODETRACER_PYTHON",
    path: "with slash",
    placeholder: "PATH",
    default: null,
    everyday: true,
    otherwise: "the active virtual environment, python3, python",
    description: "Interpreter, when TARGET names none",
  },
  propagate_script_exit: {
    type: "boolean",
    flag: "--propagate-script-exit",
    variable: "CODETRACER_PROPAGATE_SCRIPT_EXIT",
    default: false,
    everyday: true,
    description: "Exit with the program's status, not with 0",
  },
  quiet: {
    type: "boolean",
    flag: "--quiet",
    short: "-q",
    variable: "CODETRACER_QUIET",
    default: false,
    everyday: true,
    description: "No progress, no closing line; errors are shown",
  },
  progress: {
    type: "choice",
    flag: "--progress",
    variable: "CODETRACER_PROGRESS",
    values: ["auto", "json", "off"],
    default: "auto",
    synonyms: { none: "off", false: "off", "0": "off" },
    everyday: false,
    description: "A line on a terminal, or lines of JSON for a parent process",
  },
  progress_file: {
    type: "text",
    flag: "--progress-file",
    variable: "CODETRACER_PROGRESS_FILE",
    placeholder: "FILE",
    path: "always",
    emptyIsNull: true,
    default: null,
    otherwise: "stderr",
    everyday: false,
    description: "Where the JSON of --progress=json goes, such as /dev/fd/3",
  },
  json_errors: {
    type: "boolean",
    flag: "--json-errors",
    variable: "CODETRACER_JSON_ERRORS",
    default: false,
    everyday: true,
    description: "End stderr with a line of JSON after a failure",
  },
  io_capture: {
    type: "choice",
    flag: "--io-capture",
    variable: "CODETRACER_CAPTURE_IO",
    values: ["proxies", "proxies+fd", "off"],
    default: "proxies",
    synonyms: {
      "proxies,fd": "proxies+fd",
      "1": "proxies",
      on: "proxies",
      true: "proxies",
      yes: "proxies",
      enable: "proxies",
      "0": "off",
      none: "off",
      false: "off",
      disabled: "off",
    },
    everyday: true,
    description: "Record what is printed",
  },
  record_sources: {
    type: "boolean",
    flag: "--record-sources",
    variable: "CODETRACER_RECORD_SOURCES",
    default: true,
    everyday: false,
    description: "Keep the text of the sources in the trace",
  },
  module_name_from_globals: {
    type: "boolean",
    flag: "--module-name-from-globals",
    variable: "CODETRACER_MODULE_NAME_FROM_GLOBALS",
    default: true,
    everyday: false,
    description: "Name modules by their __name__ rather than by their file",
  },
  value_max_depth: {
    type: "integer",
    flag: "--value-max-depth",
    variable: "CODETRACER_VALUE_MAX_DEPTH",
    placeholder: "N",
    default: 3,
    min: 1,
    max: 20,
    everyday: false,
    description: "Levels of nesting recorded of one value",
  },
  value_max_items: {
    type: "integer",
    flag: "--value-max-items",
    variable: "CODETRACER_VALUE_MAX_ITEMS",
    placeholder: "N",
    default: 256,
    min: 0,
    max: 10_000,
    everyday: false,
    description: "Elements recorded of one container",
  },
  value_max_bytes: {
    type: "integer",
    flag: "--value-max-bytes",
    variable: "CODETRACER_VALUE_MAX_BYTES",
    placeholder: "N",
    default: 4096,
    min: 16,
    max: 32_768,
    everyday: false,
    description: "Bytes recorded of one string or bytes object",
  },
  accelerator: {
    type: "choice",
    flag: "--accelerator",
    variable: "CODETRACER_ACCELERATOR",
    values: ["auto", "off"],
    orFolder: true,
    default: "auto",
    synonyms: { none: "off", false: "off", "0": "off" },
    everyday: false,
    description: "Native code that records faster, where there is some for the interpreter",
  },
  sandbox: {
    type: "choice",
    flag: "--sandbox",
    variable: "CODETRACER_SANDBOX",
    values: ["required", "preferred"],
    default: "required",
    everyday: false,
    description: "Whether to go on when the trace writer can't be confined",
  },
  on_recorder_error: {
    type: "choice",
    flag: "--on-recorder-error",
    variable: "CODETRACER_ON_RECORDER_ERROR",
    values: ["abort", "disable"],
    default: "abort",
    everyday: false,
    description: "When recording fails midway, end with the error or go on unrecorded",
  },
  require_trace: {
    type: "boolean",
    flag: "--require-trace",
    variable: "CODETRACER_REQUIRE_TRACE",
    default: false,
    everyday: false,
    description: "Fail when there is no usable trace in the end",
  },
  keep_partial_trace: {
    type: "boolean",
    flag: "--keep-partial-trace",
    variable: "CODETRACER_KEEP_PARTIAL_TRACE",
    default: false,
    everyday: false,
    description: "Keep what was recorded before the recorder failed",
  },
  log_level: {
    type: "choice",
    flag: "--log-level",
    variable: "CODETRACER_LOG_LEVEL",
    values: ["trace", "debug", "info", "warning", "error", "fatal", "off"],
    default: "warning",
    synonyms: { warn: "warning", critical: "fatal" },
    everyday: false,
    description: "Least severe records that the log takes",
  },
  log_file: {
    type: "text",
    flag: "--log-file",
    variable: "CODETRACER_LOG_FILE",
    placeholder: "FILE",
    path: "always",
    emptyIsNull: true,
    default: null,
    otherwise: "stderr",
    everyday: false,
    description: "Where the log goes",
  },
  trace_filter: {
    type: "text",
    path: "always",
    joinedBy: "::",
    flag: "--trace-filter",
    variable: "CODETRACER_TRACE_FILTER",
    placeholder: "PATH",
    default: null,
    otherwise: ".codetracer/trace-filter.toml of the project alone",
    everyday: true,
    description: "What to record and what to hide, more than once",
  },
  framework_filters: {
    type: "boolean",
    flag: "--framework-filters",
    variable: "CODETRACER_FRAMEWORK_FILTERS",
    default: true,
    everyday: false,
    description: "Leave out the code of pytest and its plugins when tests are run",
  },
  activation_path: {
    type: "text",
    path: "always",
    flag: "--activation-path",
    variable: "CODETRACER_ACTIVATION_PATH",
    placeholder: "PATH",
    default: null,
    otherwise: "the script",
    everyday: false,
    description: "File whose code starts the recording when it is entered",
  },
  max_steps: {
    type: "limit",
    flag: "--max-steps",
    variable: "CODETRACER_MAX_STEPS",
    placeholder: "N",
    default: null,
    min: 1,
    units: { k: 1e3, m: 1e6, g: 1e9 },
    unitNames: "k, M or G (10M)",
    everyday: false,
    description: "End the recording, not the program, after so many lines",
  },
  max_size: {
    type: "limit",
    flag: "--max-size",
    variable: "CODETRACER_MAX_SIZE",
    placeholder: "SIZE",
    default: null,
    min: 1_000_000,
    units: {
      kb: 1e3,
      mb: 1e6,
      gb: 1e9,
      tb: 1e12,
      kib: 2 ** 10,
      mib: 2 ** 20,
      gib: 2 ** 30,
      tib: 2 ** 40,
    },
    unitNames: "kB, MB, GB, TB, KiB, MiB, GiB or TiB (500MB)",
    everyday: false,
    description: "End the recording, not the program, at about this size of the trace",
  },
  disabled: {
    type: "boolean",
    flag: "--disabled",
    variable: "CODETRACER_PYTHON_RECORDER_DISABLED",
    default: false,
    everyday: false,
    description: "Run the program and record nothing",
  },
} as const satisfies Record<string, Setting>;

/** The keys of the table. */
export type SettingName = keyof typeof SETTINGS;

/** The table's keys, in its order. */
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

type ValueOf<S> = S extends { type: "boolean" } ? boolean
  : S extends { type: "integer" } ? number
  : S extends { type: "limit" } ? number | null
  : S extends { type: "choice"; orFolder: true } ? string
  : S extends { type: "choice"; values: readonly (infer V)[] } ? V
  : string | null;

/** The word for a limit that is none. */
export const NO_LIMIT = "none";

/** What a setting can be; null is for texts and limits alone. */
export type SettingValue = boolean | number | string | null;

/** All settings, decided: frozen, the same for the whole recording. Keys are those of the table. */
export type RecorderPolicy = { readonly [K in SettingName]: ValueOf<(typeof SETTINGS)[K]> };

/** The words that mean yes and no, in any case. */
export const BOOLEAN_WORDS = {
  true: ["1", "true", "t", "yes", "y", "on"],
  false: ["0", "false", "f", "no", "n", "off"],
} as const;

/** Whether a text setting may have this value: not empty, and possible as a path. */
export function isUsableText(text: string): boolean {
  return text !== "" && !text.includes("\0");
}

/** Whether a choice may have this value: one of its words, or the path of a folder where that is one. */
export function isChoice({ values, orFolder }: ChoiceSetting, text: string): boolean {
  return values.includes(text) ||
    orFolder !== undefined && text.includes("/") && isUsableText(text);
}

/** What a choice can be, in words. */
export function choicesOf({ values, orFolder }: ChoiceSetting): readonly string[] {
  return orFolder === undefined ? values : [...values, "a folder (with a slash)"];
}

/** What a setting accepts, for messages, the help and the documentation. */
export function acceptedValues(setting: Setting): string {
  switch (setting.type) {
    case "boolean":
      return `${BOOLEAN_WORDS.true.join(", ")} or ${BOOLEAN_WORDS.false.join(", ")}`;
    case "choice": {
      const choices = choicesOf(setting);
      return `${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`;
    }
    case "integer":
      return `a whole number from ${setting.min} to ${setting.max}`;
    case "limit":
      return `a whole number from ${setting.min} on, also with ${setting.unitNames}; or ${NO_LIMIT}`;
    case "text":
      if (setting.joinedBy !== undefined) {
        return `texts that are not empty, joined by "${setting.joinedBy}"`;
      }
      return setting.emptyIsNull
        ? `any text, or an empty one for ${setting.otherwise}`
        : "any text that is not empty";
  }
}

/**
 * The words that a setting accepts, for "did you mean". Without those of one letter, which are near
 * to anything.
 */
export function acceptedWords(setting: Setting): readonly string[] {
  const words = setting.type === "boolean"
    // No before yes: "of" is as near to "on".
    ? [...BOOLEAN_WORDS.false, ...BOOLEAN_WORDS.true]
    : setting.type === "choice"
    ? [...setting.values, ...Object.keys(setting.synonyms ?? {})]
    : setting.type === "limit"
    ? [NO_LIMIT]
    : [];
  return words.filter((word) => word.length > 1);
}
