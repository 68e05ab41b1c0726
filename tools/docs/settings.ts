/** The page of the settings, made from their table. */
import { CONFIG_FILE, CONFIG_FOLDER } from "../../src/policy/config_file.ts";
import {
  acceptedValues,
  BOOLEAN_WORDS,
  choicesOf,
  type Setting,
  SETTING_NAMES,
  SETTINGS,
} from "../../src/policy/settings.ts";

/** The text of the page. */
export function settingsPage(): string {
  const settings = SETTING_NAMES.map((name) => [name, SETTINGS[name] as Setting] as const);
  const rows = settings.map(([name, setting]) =>
    `| \`${name}\` | ${flagsOf(setting)} | \`${setting.variable}\` | ${valuesOf(setting)} | ` +
    `${defaultOf(setting)} | ${plain(setting.description)} |`
  );
  const words = settings.flatMap(([name, setting]) => wordsOf(name, setting));
  const emptyIsNull = settings.filter(([, setting]) =>
    setting.type === "text" && setting.emptyIsNull
  );
  const withSlash = settings.filter(([, setting]) =>
    setting.type === "text" ? setting.path === "with slash" : isFolderToo(setting)
  );
  const always = settings.filter(([, setting]) =>
    setting.type === "text" && setting.path === "always"
  );
  return `# Configuration

<!-- Made by \`deno task docs\` from src/policy/settings.ts; don't edit. -->

Every setting has a key, a flag and a variable, and can be given in four places. The strongest that
names it decides:

1. the command line, or the program that uses the recorder as a library
2. the environment; an empty variable counts as not set, but for ${codes(emptyIsNull)}
3. the configuration file
4. the default

All is decided once, before the program starts, and doesn't change. \`ct-recorder policy\` shows each
setting and the source that won, with the same words as for a recording; \`--json\` is for programs.

| key | flag | variable | values | default | |
|---|---|---|---|---|---|
${rows.join("\n")}

Yes is ${wordList(BOOLEAN_WORDS.true)}, no is ${wordList(BOOLEAN_WORDS.false)}, in any case.
${words.join("\n")}

This version records Python programs only. \`CODETRACER_PYTHON_RECORDER_…\` is for them;
\`CODETRACER_JS_RECORDER_OUT_DIR\` and \`CODETRACER_JS_RECORDER_DISABLED\` are for JavaScript programs, do
nothing here, and will be heeded when such programs can be recorded. All other variables are for
every language.

## The file

\`${CONFIG_FOLDER}/${CONFIG_FILE}\`, in the script's folder or the nearest one above it. The script's
path is taken as it is, symbolic links are not followed. A folder to record is searched itself. For a
module, code, standard input and console scripts the search begins in the working directory. Only
the nearest file counts; an empty one means that no other is looked for.

\`\`\`toml
# Keys are those of the table, without sections.
out_dir = "traces"
python = "venv/bin/python"
value_max_depth = 5
quiet = true
\`\`\`

Relative paths (${codes(always)}, and ${codes(withSlash)} with a slash in it) are relative to the
folder that holds \`${CONFIG_FOLDER}\`; in a flag or variable, to the working directory.

The file is checked as a whole, also where a flag wins. ERR_INVALID_POLICY_VALUE, before the program
starts: what is no TOML or not UTF-8, an unknown key, a value that the setting can't have. A file that
the system doesn't let us read is ERR_IO.

\`json_errors = true\` in the file holds for all errors after it was read, also for wrong values in flags
and variables. It can't hold for a command line that isn't understood, which ends before the file is
looked for, and for a file that is itself invalid: these take the flag or the variable.

The file can name the interpreter, and code that is loaded into it. So it, the folder \`${CONFIG_FOLDER}\`, and a symbolic link in place
of one of them must belong to the user who records, or to root; anything else, such as a file that
somebody left in /tmp, is refused and not passed over. On Windows files have no such owner, and are
not checked.

## From a program

\`configurePolicy\` decides by the same rules, \`policySnapshot\` says what \`ct-recorder policy --json\`
does: \`schema_version\`, \`recorder_version\`, \`policy_hash\` (SHA-256 of all values as JSON with sorted
keys), \`config_file\`, and for each setting \`value\`, \`default\`, \`source\`, \`flag\` and \`variable\`. A
\`source\` has a \`kind\`, one of \`flag\`, \`caller\`, \`environment\`, \`file\` and \`default\`, and but for the
last the \`name\` of the flag, variable or file.
`;
}

function flagsOf(setting: Setting): string {
  const names = [...setting.short === undefined ? [] : [setting.short], setting.flag];
  if (setting.type === "boolean") names.push(`--no-${setting.flag.slice(2)}`);
  return names.map(code).join(", ");
}

function isFolderToo(setting: Setting): boolean {
  return setting.type === "choice" && setting.orFolder !== undefined;
}

function valuesOf(setting: Setting): string {
  switch (setting.type) {
    case "boolean":
      return "yes or no";
    case "choice":
      return choicesOf(setting).map((each) => setting.values.includes(each) ? code(each) : each)
        .join(", ");
    default:
      return acceptedValues(setting);
  }
}

function defaultOf(setting: Setting): string {
  switch (setting.type) {
    case "boolean":
      return setting.default ? "yes" : "no";
    case "limit":
      return "no limit";
    case "text":
      return setting.default === null ? plain(setting.otherwise) : code(setting.default);
    default:
      return code(String(setting.default));
  }
}

/** Other words that a choice takes, as a sentence. */
function wordsOf(name: string, setting: Setting): string[] {
  if (setting.type !== "choice" || setting.synonyms === undefined) return [];
  const synonyms = Object.entries(setting.synonyms);
  const meanings = setting.values.flatMap((value) => {
    const words = synonyms.flatMap(([word, meaning]) => meaning === value ? [word] : []);
    return words.length === 0 ? [] : [`${wordList(words)} for ${code(value)}`];
  });
  return [`${code(name)} also takes ${meanings.join(", and ")}.`];
}

function wordList(words: readonly string[]): string {
  return words.map(code).join(", ");
}

function codes(settings: readonly (readonly [string, Setting])[]): string {
  return settings.map(([name]) => code(name)).join(", ");
}

function code(text: string): string {
  return `\`${text}\``;
}

/** Text that means itself in Markdown. */
function plain(text: string): string {
  return text.replace(/[\\`*_<>|[\]]/g, "\\$&");
}
