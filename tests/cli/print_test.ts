import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { printCommand } from "../../src/cli/print.ts";
import { RecorderError } from "../../src/errors/mod.ts";
import { goldenPath } from "../trace/reader/_golden.ts";

const FLOW = goldenPath("flow", ".ct");
const SHAPES = goldenPath("shapes", ".ct");

async function printed(args: string[], colours = false): Promise<string> {
  let text = "";
  await printCommand(args, { write: (part) => text += part, flush: () => {}, colours });
  return text;
}

async function codeOf(...args: string[]): Promise<string> {
  try {
    await printed(args);
  } catch (error) {
    assert.ok(error instanceof RecorderError, String(error));
    return error.code;
  }
  return "no error";
}

Deno.test("the walk shows calls, lines, variables, output and results in order", async () => {
  const lines = (await printed([FLOW])).split("\n");
  const at = (start: string, from = 0) => {
    const index = lines.findIndex((line, number) =>
      number >= from && line.trim().startsWith(start)
    );
    assert.ok(index >= 0, `no line begins with: ${start}`);
    return index;
  };
  assert.match(lines[0]!, /^program +\/app\/flow\.py$/);
  const call = at("28    → ackermann(m=2, n=2)");
  const inner = at("31      → ackermann(m=2, n=1)", call);
  const output = at("107          stdout | naïve – ключ – 鍵 [3.5, 2.5, 1.5] 7", inner);
  const back = at("107    ← ackermann: 7", output);
  at("108    flow.py:29", back);
  assert.ok(lines.some((line) => line.endsWith("flow.py:6  # n = 1")), "a changed variable");
  assert.ok(!lines.some((line) => line.includes("__builtins__")), "what is always there");
});

Deno.test("source lines are shown from a file that is there, and doubted if it is newer", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    // The golden traces name /app/flow.py; a path of the same length can be put in its place.
    const name = "/app/flow.py";
    const link = `/tmp/${crypto.randomUUID().slice(0, 4)}.py`;
    assert.equal(link.length, name.length);
    const bytes = Deno.readFileSync(FLOW);
    const text = [...bytes].map((byte) => String.fromCharCode(byte)).join("");
    for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
      bytes.set(new TextEncoder().encode(link), at);
    }
    const trace = `${folder}/moved.ct`;
    Deno.writeFileSync(trace, bytes);
    try {
      Deno.copyFileSync(goldenPath("flow", ".py"), link);
      Deno.chmodSync(link, 0o644);
      Deno.utimeSync(link, new Date(0), new Date(0));
      const old = await printed([trace]);
      assert.match(old, /:13 +return value \+ step/);
      assert.doesNotMatch(old, /was modified/);
      Deno.utimeSync(link, new Date(), new Date("2100-01-01"));
      assert.match(await printed([trace]), /was modified after the recording/);
    } finally {
      Deno.removeSync(link);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("--calls prints the tree only", async () => {
  const text = await printed([SHAPES, "--calls"]);
  const lines = text.trimEnd().split("\n");
  assert.equal(lines.length, 9);
  assert.match(lines[0]!, /^<__main__>\(\) → None {2}\(steps 0 to 65\)$/);
  assert.match(
    lines[6]!,
    /^ {4}Shape\.perimeter\(self=.*, length=10\) → 30 {2}\(steps 21 to 29\)$/,
  );
});

Deno.test("--output prints what was printed, and where", async () => {
  assert.equal(
    await printed([FLOW, "--output"]),
    "107  flow.py:19 in ackermann\n" +
      "107  stdout | naïve – ключ – 鍵 [3.5, 2.5, 1.5] 7\n" +
      "107  flow.py:19 in ackermann\n" +
      "107  stdout | warn\n",
  );
});

Deno.test("--steps prints one line per step record", async () => {
  const lines = (await printed([FLOW, "--steps"])).trimEnd().split("\n");
  assert.equal(lines.length, 110);
  assert.equal(lines[7], "  7  /app/flow.py:12:5 make_adder");
  assert.match(lines[13]!, /^ 13 {2}\/app\/flow\.py:7:\d+ <__main__> {2}same line$/);
});

Deno.test("--summary prints what was recorded, and no step", async () => {
  const text = await printed([SHAPES, "--summary"]);
  assert.match(text, /66 steps, 9 calls, 1 output event; 5 functions in 1 file/);
  assert.match(text, /^file +\/app\/shapes\.py$/m);
  assert.doesNotMatch(text, /perimeter/);
});

Deno.test("--from and --to are inclusive, and what was open is said", async () => {
  const lines = (await printed([FLOW, "--from", "32", "--to", "33"])).trimEnd().split("\n").slice(
    4,
  );
  // The first step shows all variables: what they were before is not part of the question.
  const walk = lines.filter((line) => !/^ +#/.test(line));
  assert.deepEqual(walk.map((line) => line.replace(/ {2}#.*/, "")), [
    "     → <__main__>()  (since step 0)",
    "       → ackermann(m=2, n=2)  (since step 28)",
    "         → ackermann(m=2, n=1)  (since step 31)",
    " 32        flow.py:20",
    " 33        flow.py:22",
  ]);
  const steps = (await printed([FLOW, "--steps", "--from", "5", "--to", "5"])).trimEnd().split(
    "\n",
  );
  assert.equal(steps.length, 1);
  assert.equal(await printed([FLOW, "--steps", "--from", "4000"]), "");
});

Deno.test("--function and --file select", async () => {
  const calls = await printed([FLOW, "--calls", "--function", "add"]);
  assert.equal(calls.trimEnd().split("\n").length, 3);
  assert.equal(
    await printed([FLOW, "--steps", "--file", "app/flow.py"]),
    await printed([FLOW, "--steps"]),
  );
  const events = JSON.parse(await printed([FLOW, "--json", "--function", "countdown"])).events;
  assert.ok(events.length > 0);
  assert.ok(events.every((event: { function?: string }) => event.function === "countdown"));
  assert.equal(await codeOf(FLOW, "--function", "dd"), "ERR_USAGE");
  assert.equal(await codeOf(FLOW, "--file", "low.py"), "ERR_USAGE");
});

Deno.test("views reduce the JSON as well", async () => {
  const kinds = async (view: string) => {
    const { events } = JSON.parse(await printed([FLOW, "--json", view]));
    return new Set(events.map((event: { kind: string }) => event.kind));
  };
  assert.deepEqual(await kinds("--summary"), new Set());
  assert.deepEqual(await kinds("--calls"), new Set(["call_entry", "call_exit"]));
  assert.deepEqual(await kinds("--output"), new Set(["io"]));
  assert.deepEqual(await kinds("--steps"), new Set(["step"]));
});

Deno.test("colours only where they are wanted, and the same text below them", async () => {
  // deno-lint-ignore no-control-regex
  const colour = /\x1b\[\d+m/g;
  const plain = await printed([FLOW]);
  const painted = await printed([FLOW], true);
  assert.equal(plain.match(colour), null);
  assert.ok((painted.match(colour) ?? []).length > 100);
  assert.equal(painted.replace(colour, ""), plain);
});

Deno.test("the exit status comes from the metadata beside the trace", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.copyFileSync(FLOW, `${folder}/flow.ct`);
    const metadata = `${folder}/trace_metadata.json`;
    Deno.writeTextFileSync(metadata, '{"process_exit_status":{"code":3,"label":"x\\u001b"}}');
    assert.match(await printed([folder]), /^exit +status 3 \(x\\x1b\)$/m);
    assert.match(await printed([folder, "--summary"]), /^exit +status 3/m);
    assert.equal(
      JSON.parse(await printed([folder, "--json", "--summary"])).metadata.process_exit_status.code,
      3,
    );
    Deno.writeTextFileSync(metadata, '{"recording_id":"another","process_exit_status":{"code":3}}');
    assert.doesNotMatch(await printed([folder]), /^exit/m);
    Deno.writeTextFileSync(metadata, "not JSON");
    assert.doesNotMatch(await printed([folder]), /^exit/m);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("errors have the code that fits", async () => {
  assert.equal(await codeOf("/nowhere.ct"), "ERR_TRACE_MISSING");
  assert.equal(await codeOf(goldenPath("flow", ".py")), "ERR_TRACE_CORRUPT");
  for (
    const args of [
      [],
      [FLOW, SHAPES],
      [FLOW, "--nonsense"],
      [FLOW, "--json", "--jsonl"],
      [FLOW, "--calls", "--steps"],
      [FLOW, "--from", "-1"],
      [FLOW, "--from", "x"],
      [FLOW, "--from", "5", "--to", "4"],
      [FLOW, "--function"],
    ]
  ) assert.equal(await codeOf(...args), "ERR_USAGE", args.join(" "));
});

Deno.test("the help fits a screen", async () => {
  const lines = (await printed(["--help"])).trimEnd().split("\n");
  assert.ok(lines.length <= 24, `${lines.length} lines`);
  assert.ok(lines.every((line) => line.length <= 80));
});

Deno.test("a reader that has seen enough ends the command quietly, with status 0", async () => {
  const command = fileURLToPath(new URL("../../src/cli/print.ts", import.meta.url));
  const program = `import { printCommand } from ${JSON.stringify(`file://${command}`)};
Deno.exit(await printCommand(Deno.args));`;
  const file = Deno.makeTempFileSync({ suffix: ".ts" });
  try {
    Deno.writeTextFileSync(file, program);
    const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
    const run = `"$0" run -A --no-check -c "$1" "$2" "$3" --json | head -n 1 | cut -c 1-10; ` +
      `echo "status \${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await new Deno.Command("bash", {
      args: ["-c", run, Deno.execPath(), config, file, FLOW],
    }).output();
    assert.equal(new TextDecoder().decode(stderr), "");
    assert.equal(new TextDecoder().decode(stdout), '{"metadata\nstatus 0\n');
  } finally {
    Deno.removeSync(file);
  }
});
