/**
 * Words that a command can't do anything with: each time one error on stderr with the code that stands here, the exit
 * status that design-docs has for that code, nothing on stdout, and nothing left behind.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { runCli } from "../../src/cli/main.ts";
import { recordCommand } from "../../src/cli/record.ts";
import { targetError } from "../../src/errors/mod.ts";
import type { SessionOptions } from "../../src/session/session.ts";
import { ROOT } from "../support/recorder.ts";
import { goldenPath } from "../trace/reader/_golden.ts";

/** Exit statuses by code, as the page of error codes has them. */
async function documented(): Promise<Map<string, number>> {
  const page = await Deno.readTextFile(join(ROOT, "design-docs/error-codes.md"));
  const statuses = new Map<string, number>();
  let status = NaN;
  for (const line of page.split("\n")) {
    status = Number(/^## \w+: exit status (\d+)$/.exec(line)?.[1] ?? status);
    const code = /^\| `(ERR_\w+)` \|/.exec(line)?.[1];
    if (code !== undefined) statuses.set(code, status);
  }
  return statuses;
}

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line in this process. */
function cli(words: readonly string[]): Promise<Outcome> {
  return said(() => runCli([...words]));
}

async function said(command: () => Promise<number>): Promise<Outcome> {
  const written = { stdout: "", stderr: "" };
  const streams = ["stdout", "stderr"] as const;
  const before = streams.map((name) => Deno[name].writeSync);
  for (const name of streams) {
    Deno[name].writeSync = (bytes) => {
      written[name] += new TextDecoder().decode(bytes);
      return bytes.length;
    };
  }
  try {
    return { status: await command(), ...written };
  } finally {
    streams.forEach((name, at) => Deno[name].writeSync = before[at]!); // holds: one for each
  }
}

type Case = readonly [words: readonly string[], code: string, message: RegExp];

const TRACE = goldenPath("flow", ".ct");

/** `at` is a folder with `app.py`, `file`, `folder` and `loop` and `loop.py`, symbolic links to themselves. */
const CASES = (at: string): readonly Case[] => [
  // Surplus words.
  [["--version", "x"], "ERR_USAGE", /--version.* x\b/],
  [["--version", "--json", "x"], "ERR_USAGE", /--version.* --json x\b/],
  [["-V", "--jsno"], "ERR_USAGE", /-V.* --jsno\b/],
  [["help", "print", "verify"], "ERR_USAGE", /one command/],
  [["print", TRACE, TRACE], "ERR_USAGE", /too many arguments/],
  [["verify", TRACE, TRACE], "ERR_USAGE", /too many arguments/],
  [["diff", TRACE, TRACE, TRACE], "ERR_USAGE", /too many arguments/],
  [["sources", TRACE, "a", "b"], "ERR_USAGE", /too many arguments/],
  [["recover", at, at], "ERR_USAGE", /one folder/],
  [["explain", "ERR_IO", "ERR_IO"], "ERR_USAGE", /one code/],
  [["doctor", "app.py"], "ERR_USAGE", /not at app\.py/],
  [["licenses", "x"], "ERR_USAGE", /too many arguments/],
  [["man", "x"], "ERR_USAGE", /too many arguments/],
  [["completions", "bash", "zsh"], "ERR_USAGE", /too many arguments/],
  [["python-api", at, at], "ERR_USAGE", /too many arguments/],
  [["python-api", "--serve", "x"], "ERR_USAGE", /--serve/],
  // Missing words.
  [[], "ERR_USAGE", /no program to record/],
  [["record"], "ERR_USAGE", /no program to record/],
  [["--"], "ERR_USAGE", /no program to record/],
  [["-q"], "ERR_USAGE", /no program to record/],
  [["-m"], "ERR_USAGE", /-m needs an argument/],
  [["-o"], "ERR_USAGE", /-o needs a value/],
  [["print"], "ERR_USAGE", /'TRACE'/],
  [["print", "--"], "ERR_USAGE", /'TRACE'/],
  [["print", TRACE, "--from"], "ERR_USAGE", /--from.* missing/],
  [["verify"], "ERR_USAGE", /'TRACE'/],
  [["diff", TRACE], "ERR_USAGE", /'B'/],
  [["sources"], "ERR_USAGE", /'TRACE'/],
  [["recover"], "ERR_USAGE", /one folder/],
  [["recover", at, "-o"], "ERR_USAGE", /-o needs a value/],
  [["why"], "ERR_USAGE", /no code to ask about/],
  [["why", "app.py", "--value"], "ERR_USAGE", /--value needs a value/],
  [["completions"], "ERR_USAGE", /'SHELL'/],
  // Options that there are not, and the one that may have been meant.
  [["--quite", "app.py"], "ERR_USAGE", /did you mean --quiet\?/],
  [["-x", "app.py"], "ERR_USAGE", /Unknown option -x/],
  [["print", "--jason", TRACE], "ERR_USAGE", /did you mean --json\?/],
  [["verify", "--strct", TRACE], "ERR_USAGE", /did you mean --strict\?/],
  [["diff", "--ignor", "a", TRACE, TRACE], "ERR_USAGE", /did you mean --ignore\?/],
  [["sources", "--extrac", "x", TRACE], "ERR_USAGE", /did you mean --extract\?/],
  [["recover", "--outdir", "x", at], "ERR_USAGE", /did you mean --out-dir\?/],
  [["recover", "--json", at], "ERR_USAGE", /Unknown option --json/],
  [["policy", "--jsno"], "ERR_USAGE", /did you mean --json\?/],
  [["why", "--valeu", "x", "app.py"], "ERR_USAGE", /did you mean --value\?/],
  [["doctor", "--jsno"], "ERR_USAGE", /did you mean --json\?/],
  [["explain", "--jsno"], "ERR_USAGE", /did you mean --json\?/],
  [["licenses", "--jsno"], "ERR_USAGE", /did you mean --json\?/],
  [["python-api", "--chek"], "ERR_USAGE", /did you mean --check\?/],
  [["completions", "--json"], "ERR_USAGE", /--json/],
  [["help", "prnt"], "ERR_USAGE", /did you mean print\?/],
  [["explain", "ERR_OI"], "ERR_USAGE", /did you mean ERR_IO\?/],
  // Switches with a value, options with none or a wrong one.
  [["--help=1"], "ERR_USAGE", /--help takes no value, but got --help=1/],
  [["--no-quiet=1", "app.py"], "ERR_USAGE", /--no-quiet takes no value/],
  [["--quiet=perhaps", "app.py"], "ERR_INVALID_POLICY_VALUE", /"perhaps" as quiet/],
  [["--quiet=", "app.py"], "ERR_INVALID_POLICY_VALUE", /"" as quiet/],
  [["--pytest=x"], "ERR_USAGE", /--pytest takes no value/],
  [["policy", "--json=1"], "ERR_USAGE", /--json takes no value, but got --json=1/],
  [["doctor", "--json="], "ERR_USAGE", /--json takes no value, but got --json=/],
  [["why", "--json=1", "app.py"], "ERR_USAGE", /--json takes no value/],
  [["explain", "--json=1"], "ERR_USAGE", /--json takes no value, but got --json=1/],
  [["verify", "--strict=yes", TRACE], "ERR_USAGE", /--strict takes no value, but got --strict=yes/],
  [["print", "--json=", TRACE], "ERR_USAGE", /--json takes no value, but got --json=/],
  [
    ["print", "--json-errors=perhaps", TRACE],
    "ERR_INVALID_POLICY_VALUE",
    /"perhaps" as json_errors/,
  ],
  [["--progress=jsn", "app.py"], "ERR_INVALID_POLICY_VALUE", /did you mean json\?/],
  [["--out-dir=", "app.py"], "ERR_INVALID_POLICY_VALUE", /"" as out_dir/],
  [["-o", "", "app.py"], "ERR_INVALID_POLICY_VALUE", /"" as out_dir/],
  [["--python=", "app.py"], "ERR_INVALID_POLICY_VALUE", /"" as python/],
  [["--accelerator", "x/y", "-c", "1"], "ERR_INVALID_POLICY_VALUE", /"x\/y" as accel.*not exist/],
  [["--accelerator=/dev/null", "-c", "1"], "ERR_INVALID_POLICY_VALUE", /it is no folder; accepted/],
  [["--activation-path=", "app.py"], "ERR_INVALID_POLICY_VALUE", /"" as activation_path/],
  [["--trace-filter=", "app.py"], "ERR_INVALID_POLICY_VALUE", /"" as trace_filter/],
  [["--max-steps=", "app.py"], "ERR_INVALID_POLICY_VALUE", /"" as max_steps/],
  [["--value-max-depth", "99", "app.py"], "ERR_INVALID_POLICY_VALUE", /"99" as value_max_depth/],
  [["print", "--from=", TRACE], "ERR_USAGE", /number of a step/],
  [["print", "--from", "-1", TRACE], "ERR_USAGE", /number of a step/],
  [["print", "--to", "x", TRACE], "ERR_USAGE", /number of a step/],
  [["print", "--function=", TRACE], "ERR_USAGE", /function ''/],
  [["print", "--file=", TRACE], "ERR_USAGE", /file ''/],
  [["print", "--thread=", TRACE], "ERR_USAGE", /thread ''/],
  [["print", "--variables=", TRACE], "ERR_USAGE", /no name/],
  [["print", "--color=sometimes", TRACE], "ERR_USAGE", /auto, always, never/],
  [["diff", "--ignore=", TRACE, TRACE], "ERR_USAGE", /--ignore needs a name/],
  [["diff", "--thread=", TRACE, TRACE], "ERR_USAGE", /thread ''/],
  [["sources", "--extract=", TRACE], "ERR_USAGE", /no name/],
  [["recover", "--out-dir=", at], "ERR_USAGE", /--out-dir needs a value/],
  [["recover", "--sandbox", "off", at], "ERR_USAGE", /required, preferred/],
  [["why", "--value=", "app.py"], "ERR_USAGE", /--value needs a name/],
  [["completions", "tcsh"], "ERR_USAGE", /bash, zsh, fish/],
  // Options that contradict each other, or have nothing to say.
  [["print", "--json", "--jsonl", TRACE], "ERR_USAGE", /'--json' cannot be used with/],
  [["print", "--summary", "--calls", TRACE], "ERR_USAGE", /'--summary' cannot be used with/],
  [["--disabled", "--require-trace", `${at}/app.py`], "ERR_TRACE_MISSING", /recording is disabled/],
  [["--progress-file", `${at}/new`, `${at}/app.py`], "ERR_USAGE", /progress_file.*--progress=json/],
  // Nothing for a name.
  [[""], "ERR_USAGE", /name is empty/],
  [["record", ""], "ERR_USAGE", /name is empty/],
  [["print", ""], "ERR_TRACE_MISSING", /the path is empty/],
  [["verify", ""], "ERR_TRACE_MISSING", /the path is empty/],
  [["diff", TRACE, ""], "ERR_TRACE_MISSING", /the path is empty/],
  [["sources", ""], "ERR_TRACE_MISSING", /the path is empty/],
  [["sources", TRACE, ""], "ERR_USAGE", /no such source/],
  [["recover", ""], "ERR_USAGE", /one folder/],
  [["why", ""], "ERR_USAGE", /Cannot look up ""/],
  [["help", ""], "ERR_USAGE", /Cannot help with "":/],
  [["explain", ""], "ERR_USAGE", /Cannot explain ""/],
  [["completions", ""], "ERR_USAGE", /Cannot complete for "":/],
  [["python-api", ""], "ERR_USAGE", /DIR is empty/],
  // What isn't there.
  [[`${at}/none.py`], "ERR_SCRIPT_NOT_FOUND", /no such file/],
  [["prnt", TRACE], "ERR_SCRIPT_NOT_FOUND", /did you mean the command print\?/],
  [["print", `${at}/none`], "ERR_TRACE_MISSING", /it does not exist/],
  [["verify", `${at}/none`], "ERR_TRACE_MISSING", /it does not exist/],
  [["diff", TRACE, `${at}/none`], "ERR_TRACE_MISSING", /it does not exist/],
  [["sources", `${at}/none`], "ERR_TRACE_MISSING", /it does not exist/],
  [["recover", `${at}/none`], "ERR_TRACE_MISSING", /it does not exist/],
  [["why", `${at}/none.py`], "ERR_SCRIPT_NOT_FOUND", /no such file/],
  [["python-api", "--check", `${at}/folder`], "ERR_USAGE", /is not there/],
  [
    ["--activation-path", `${at}/none`, `${at}/app.py`],
    "ERR_INVALID_POLICY_VALUE",
    /does not exist/,
  ],
  [["--trace-filter", `${at}/none`, `${at}/app.py`], "ERR_INVALID_POLICY_VALUE", /does not exist/],
  [
    ["--python", `${at}/none`, `${at}/app.py`],
    "ERR_INTERPRETER_NOT_FOUND",
    /\(chosen by --python\)/,
  ],
  // A file for a folder, a folder for a file, neither, and what holds nothing.
  [["-o", `${at}/file`, `${at}/app.py`], "ERR_TRACE_DIR_CONFLICT", /not a folder/],
  [["sources", "--extract", `${at}/file`, TRACE], "ERR_USAGE", /it is no folder/],
  [["recover", `${at}/file`], "ERR_TRACE_MISSING", /it is no folder/],
  [["python-api", `${at}/file`], "ERR_USAGE", /it is no folder/],
  [["print", `${at}/folder`], "ERR_TRACE_MISSING", /holds no \.ct file/],
  [["verify", `${at}/folder`], "ERR_TRACE_MISSING", /holds no \.ct file/],
  [["recover", `${at}/folder`], "ERR_TRACE_MISSING", /no recording was cut off/],
  [["why", `${at}/folder`], "ERR_SCRIPT_NOT_FOUND", /it is a folder/],
  [[`${at}/folder`], "ERR_SCRIPT_NOT_FOUND", /__main__\.py/],
  [["--activation-path", ".", `${at}/app.py`], "ERR_INVALID_POLICY_VALUE", /it is a folder/],
  [["--activation-path", "/dev/null", `${at}/app.py`], "ERR_INVALID_POLICY_VALUE", /it is no file/],
  [["--trace-filter", `${at}/folder`, `${at}/app.py`], "ERR_INVALID_POLICY_VALUE", /is a folder/],
  [["--log-file", `${at}/folder`, `${at}/app.py`], "ERR_IO", /it is a folder/],
  [
    ["--progress=json", "--progress-file", `${at}/folder`, `${at}/app.py`],
    "ERR_IO",
    /progress file .*it is a folder/,
  ],
  [["print", `${at}/app.py`], "ERR_TRACE_CORRUPT", /not a CodeTracer container/],
  [["verify", `${at}/app.py`], "ERR_TRACE_CORRUPT", /not a CodeTracer container/],
  [["print", "/dev/null"], "ERR_TRACE_MISSING", /neither a file nor a folder/],
  // What can't be read, also by who may read everything.
  [[`${at}/loop`], "ERR_SCRIPT_UNREADABLE", /too many symbolic links/],
  [["-o", `${at}/loop`, `${at}/app.py`], "ERR_TRACE_DIR_CREATE_FAILED", /too many symbolic links/],
  [["print", `${at}/loop`], "ERR_IO", /too many symbolic links/],
  [["verify", `${at}/loop`], "ERR_IO", /too many symbolic links/],
  [["diff", TRACE, `${at}/loop`], "ERR_IO", /too many symbolic links/],
  [["sources", `${at}/loop`], "ERR_IO", /too many symbolic links/],
  [["recover", `${at}/loop`], "ERR_IO", /too many symbolic links/],
  [["why", `${at}/loop.py`], "ERR_IO", /too many symbolic links/],
  [["python-api", `${at}/loop`], "ERR_IO", /too many symbolic links/],
];

Deno.test("misuse: one line on stderr, its code, the status of that, and nothing left", async () => {
  const at = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.writeTextFile(join(at, "app.py"), "open('ran', 'w')\n");
    await Deno.writeTextFile(join(at, "file"), "x\n");
    await Deno.mkdir(join(at, "folder"));
    for (const name of ["loop", "loop.py"]) await Deno.symlink(name, join(at, name));
    const left = () => [...Deno.readDirSync(at)].map(({ name }) => name).sort();
    const before = left();
    const statuses = await documented();
    assert.ok(statuses.size > 10);
    const wrong: string[] = [];
    for (const [words, code, message] of CASES(at)) {
      const { status, stdout, stderr } = await cli(words);
      const lines = stderr.split("\n");
      const isRight = stdout === "" && lines.length === 2 && lines[1] === "" &&
        lines[0]?.startsWith(`ct-recorder: error ${code}: `) && message.test(stderr) &&
        status === statuses.get(code);
      if (!isRight) wrong.push(`${words.join(" ")}: ${status} ${stderr}${stdout.slice(0, 80)}`);
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual(left(), before);
  } finally {
    await Deno.remove(at, { recursive: true });
  }
});

Deno.test("a file for events that are switched off as strongly is no mistake", async () => {
  const asked: unknown[] = [];
  const start = (options: SessionOptions) => {
    asked.push(options.policy.policy.progress);
    return Promise.reject(targetError("ERR_TRACE_INCOMPLETE", "It is not to run"));
  };
  const { stderr } = await said(() =>
    recordCommand(["--progress=off", "--progress-file", "events", "-c", "pass"], start)
  );
  assert.match(stderr, /It is not to run/);
  assert.deepEqual(asked, ["off"]);
});

Deno.test("an option that is given twice: the last one counts, lists have both", async () => {
  const { stdout } = await cli([
    "policy",
    "--value-max-depth=2",
    "-q",
    "--value-max-depth=4",
    "--no-quiet",
  ]);
  assert.match(stdout, /^value_max_depth +4 +--value-max-depth$/m);
  assert.match(stdout, /^quiet +false +--no-quiet$/m);
  const steps = await cli(["print", "--steps", "--from=5", "--from=7", "--to=7", TRACE]);
  assert.match(steps.stdout, /^ +7 /m);
  assert.doesNotMatch(steps.stdout, /^ +[56] /m);
});
