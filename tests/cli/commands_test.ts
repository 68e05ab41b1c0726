/** The table of commands against the commands themselves, and the pages made from it. */
import assert from "node:assert/strict";
import { commandHelp } from "../../src/cli/command_parser.ts";
import { COMMAND_NAMES } from "../../src/cli/command_hint.ts";
import { type CommandName, COMMANDS, ownOptions } from "../../src/cli/commands.ts";
import { completionsCommand } from "../../src/cli/completions.ts";
import { grammar } from "../../src/cli/completions/grammar.ts";
import { diffCommand } from "../../src/cli/diff.ts";
import { explainCommand } from "../../src/cli/explain.ts";
import { generalHelp, recordHelp } from "../../src/cli/help.ts";
import { helpCommand } from "../../src/cli/help_command.ts";
import { licensesCommand } from "../../src/cli/licenses.ts";
import { manCommand, manPage } from "../../src/cli/man.ts";
import { printCommand } from "../../src/cli/print.ts";
import { readRecordWords } from "../../src/cli/record_words.ts";
import { pythonApiCommand } from "../../src/cli/python_api.ts";
import { recoverCommand } from "../../src/cli/recover.ts";
import { sourcesCommand } from "../../src/cli/sources.ts";
import { verifyCommand } from "../../src/cli/verify.ts";
import { versionFacts } from "../../src/cli/version.ts";
import { SETTINGS } from "../../src/policy/mod.ts";
import { run } from "../support/processes.ts";
import { withFolder } from "../support/recorder.ts";

/** What a command says of words that it can't understand. */
type Reader = (words: string[]) => unknown;

function ofRecord(name: CommandName): Reader {
  const { switches, valued } = ownOptions(name);
  return (words) => {
    const { error } = readRecordWords(words, switches, valued.length > 0 ? { valued } : undefined);
    if (error !== null) throw error;
  };
}

const READERS: Readonly<Record<CommandName, Reader>> = {
  record: ofRecord("record"),
  policy: ofRecord("policy"),
  why: ofRecord("why"),
  doctor: ofRecord("doctor"),
  print: (words) => printCommand(words, { write: () => true, flush: () => {}, colours: false }),
  verify: verifyCommand,
  diff: (words) => diffCommand(words, { write: () => true, flush: () => {}, colours: false }),
  sources: sourcesCommand,
  recover: recoverCommand,
  "python-api": pythonApiCommand,
  explain: explainCommand,
  completions: completionsCommand,
  man: manCommand,
  licenses: licensesCommand,
  help: helpCommand,
};

const UNKNOWN = "--zzz";

async function complaint(read: Reader, words: string[]): Promise<string> {
  try {
    await read(words);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "";
}

Deno.test("each command takes the options of its row, and none of another's", async () => {
  const { commands, targetOptions } = grammar();
  // Taken by the command line itself, or ending what is read.
  const others = ["-h", "--help", "-V", "--version", "--json-errors", "--no-json-errors"];
  const all = new Set(commands.flatMap(({ options }) => options.flatMap(({ names }) => names)));
  for (const name of [...others, ...targetOptions]) all.delete(name);
  for (const { name, options } of commands) {
    for (const option of all) {
      const row = options.find(({ names }) => names.includes(option));
      const value = row?.value == null ? [] : [row.value.choices?.[0] ?? "1"];
      const said = await complaint(READERS[name], [option, ...value, UNKNOWN]);
      const accepted = /unknown option '?--zzz/i.test(said);
      assert.equal(accepted, row !== undefined, `${name} ${option}: ${said}`);
    }
  }
});

Deno.test("options whose values are few take these and no others", async () => {
  for (const { name, options } of grammar().commands) {
    for (const { names: [option = ""], value } of options) {
      if (value?.choices === undefined || COMMANDS[name].settings === "all") continue;
      for (const choice of value.choices) {
        assert.match(await complaint(READERS[name], [option, choice, UNKNOWN]), /--zzz/);
      }
      assert.match(await complaint(READERS[name], [option, "nonsense"]), /nonsense/);
    }
  }
});

Deno.test("the help of each command fits a screen; that of record has every setting", () => {
  for (const name of COMMAND_NAMES) {
    const lines = (name === "record" ? recordHelp() : commandHelp(name)).trimEnd().split("\n");
    assert.match(lines[0] ?? "", new RegExp(`^Usage: ct-recorder (\\[record\\]|${name})`));
    for (const line of lines) assert.ok(line.length <= 80, line);
    if (name !== "record") assert.ok(lines.length <= 24, `${name}: ${lines.length} lines`);
  }
  for (const { flag, variable } of Object.values(SETTINGS)) {
    assert.ok(recordHelp().includes(flag) && recordHelp().includes(variable), flag);
  }
  for (const name of COMMAND_NAMES) assert.ok(generalHelp().includes(name), name);
});

Deno.test("the man page has every command, option and variable", () => {
  const page = manPage();
  const plain = page.replace(/\\f[BIR]/g, "").replace(/\\-/g, "-");
  for (const { name, options } of grammar().commands) {
    assert.match(plain, new RegExp(`^\\.SS ct-recorder ${name}\\b`, "m"));
    for (const { names } of options) {
      // The opposites of switches are told in one sentence.
      for (const each of names) {
        assert.ok(plain.includes(each) || each.startsWith("--no-"), each);
      }
    }
  }
  for (const { variable } of Object.values(SETTINGS)) assert.ok(plain.includes(variable), variable);
  // What begins with a dot is a request that there is; text can't be taken for one.
  for (const line of page.split("\n").filter((line) => /^[.']/.test(line))) {
    assert.match(line, /^\.(TH|SH|SS|PP|TP|nf|fi|br|B|I|BR)\b/);
  }
});

Deno.test("man's own programs read the page without complaint", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/ct-recorder.1`;
    await Deno.writeTextFile(file, manPage());
    const readers = [
      ["groff", "-man", "-ww", "-z", "-Kutf8", "-Tutf8", file],
      ["mandoc", "-Tlint", "-Wwarning", file],
    ];
    for (const [program = "", ...words] of readers) {
      const there = await run(["sh", "-c", `command -v ${program} >/dev/null`]);
      if (there.status !== 0) {
        console.error(`!!! MISSING: ${program}; the man page was not read by it`);
        continue;
      }
      const { stdout, stderr } = await run([program, ...words]);
      // A page of a version has no date.
      const said = (stdout + stderr).split("\n").filter((line) =>
        line !== "" && !line.includes("missing date")
      );
      assert.deepEqual(said, []);
    }
  });
});

Deno.test("--version --json names all versions", () => {
  const facts = versionFacts();
  assert.deepEqual(Object.keys(facts).sort(), [
    "agents",
    "compiled",
    "container",
    "deno",
    "metadata_schema",
    "recorder",
    "target",
    "v8",
    "wire",
  ]);
  assert.equal(facts.deno, Deno.version.deno);
  assert.deepEqual(facts.container, { ctfs: 4, meta: 3 });
  assert.equal(facts.agents.python.pythons, "3.8-3.15");
  // The compiled program has some.
  assert.deepEqual(facts.agents.python.bytecode, []);
  assert.deepEqual(facts.agents.python.accelerators, []);
});
