import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { printCommand } from "../../src/cli/print.ts";
import { RecorderError } from "../../src/errors/mod.ts";
import { type Happening, spoilChunk, withWrittenTrace } from "../support/written_trace.ts";
import { goldenPath } from "../trace/reader/_golden.ts";

const FLOW = goldenPath("flow", ".ct");
const SHAPES = goldenPath("shapes", ".ct");

async function printed(args: string[], colours = false): Promise<string> {
  let text = "";
  await printCommand(args, { write: (part) => text += part, flush: () => {}, colours });
  return text;
}

async function failureOf(args: string[]): Promise<RecorderError | null> {
  try {
    await printed(args);
  } catch (error) {
    assert.ok(error instanceof RecorderError, String(error));
    return error;
  }
  return null;
}

async function codeOf(...args: string[]): Promise<string> {
  return (await failureOf(args))?.code ?? "no error";
}

async function messageOf(...args: string[]): Promise<string> {
  return (await failureOf(args))?.message ?? "no error";
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
  assert.match(text, /66 step records, 9 calls, 1 output event; 5 functions in 1 file/);
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
});

Deno.test("--from behind the end is an error that says how many steps there are", async () => {
  await withWrittenTrace([{ enter: "main" }, { line: 1 }, { line: 2 }], async (path) => {
    for (const view of [[], ["--calls"], ["--steps"], ["--json"], ["--output"]]) {
      assert.equal(await codeOf(path, ...view, "--from", "1", "--to", "9"), "no error");
      assert.equal(await codeOf(path, ...view, "--from", "2"), "ERR_USAGE");
      assert.equal(
        await messageOf(path, ...view, "--from", "2"),
        "Cannot print from step 2: the trace has 2 steps, the first is step 0",
      );
    }
  });
});

Deno.test("--calls shows those that are open where the range begins", async () => {
  const happenings: Happening[] = [
    { enter: "main", args: { n: 1 } },
    { line: 1 },
    { enter: "done" },
    { line: 2 },
    { leave: null },
    { line: 3 },
    { enter: "open" },
    { line: 4 },
    { line: 5 },
    { enter: "later" },
    { line: 6 },
  ];
  await withWrittenTrace(happenings, async (path) => {
    const names = async (...words: string[]) =>
      [...(await printed([path, "--calls", ...words])).matchAll(/^ *(\w+)\(.*\((steps? .*)\)$/gm)]
        .map(([, name, steps]) => `${name} ${steps}`);
    assert.deepEqual(await names("--from", "4"), [
      "main steps 0 to 5",
      "open steps 3 to 5",
      "later step 5",
    ]);
    assert.deepEqual(await names("--function", "main", "--from", "4"), ["main steps 0 to 5"]);
    assert.deepEqual(await names("--from", "3", "--to", "3"), [
      "main steps 0 to 5",
      "open steps 3 to 5",
    ]);
  });
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

Deno.test("--variables shows where a variable changed, call by call", async () => {
  const happenings: Happening[] = [
    { enter: "<__main__>" },
    { line: 1 },
    { line: 2, vars: { total: 0 } },
    { enter: "add", args: { n: 1 } },
    // The global is there from the first step on, and has not changed.
    { line: 10, vars: { n: 1, total: 0 } },
    { line: 11, vars: { n: 2, total: 0 } },
    { line: 12, vars: { n: 2, total: 5 } },
    { leave: 2 },
    { line: 3, vars: { total: 5 } },
    { enter: "add", args: { n: 1 } },
    { line: 10, vars: { n: 1, total: 5 } },
    { leave: 2 },
    { line: 4, vars: { total: 5 } },
    { line: 5 },
    { line: 6, vars: { total: 7 } },
  ];
  await withWrittenTrace(happenings, async (path) => {
    assert.equal(
      await printed([path, "--variables", "total"]),
      `in <__main__>(), call 0
1  app.py:2              total = 0  (after line 1)
in add(n=1), call 1
4  app.py:12             total = 5  (after line 11)
in <__main__>(), call 0
5  app.py:3              total = 5  (after line 2)
8  app.py:5              total is gone  (after line 4)
9  app.py:6              total = 7  (after line 5)
`,
    );
    assert.equal(
      await printed([path, "--variables", "n, total", "--function", "add", "--from", "3"]),
      // Begun in the middle, nothing is known of before.
      `in add(n=1), call 1
3  app.py:11             n = 2
3  app.py:11             total = 0
4  app.py:12             total = 5  (after line 11)
in add(n=1), call 2
6  app.py:10             n = 1
`,
    );
    const [header, first, , gone] = (await printed([path, "--variables", "total", "--jsonl"]))
      .split("\n").map((line) => JSON.parse(line || "null"));
    assert.equal(header.counts.steps, 10);
    assert.deepEqual(first, {
      kind: "variable",
      step_index: 1,
      path_id: 0,
      line: 2,
      path: "/app/app.py",
      column: 1,
      function_id: 0,
      function: "<__main__>",
      call_key: 0,
      depth: 0,
      varname_id: 0,
      varname: "total",
      type_id: 0,
      type_name: "NoneType",
      value: { kind: "Int", i: 0, type_id: 0 },
      since_step: 0,
      since_line: 1,
    });
    assert.equal(gone.value.i, 5);
    assert.equal(await codeOf(path, "--variables", "totl"), "ERR_USAGE");
    assert.equal(await codeOf(path, "--variables", ","), "ERR_USAGE");
    assert.match(await messageOf(path, "--variables", "totl"), /did you mean total\?/);
    assert.match(await messageOf(path, "--function", "ad"), /did you mean add\?/);
    assert.match(await messageOf(path, "--file", "/elsewhere/ap.py"), /did you mean app\.py\?/);
  });
});

/** Two threads that take turns; what one does is entered again when it goes on. */
const THREADS: readonly Happening[] = [
  { enter: "<toplevel>" },
  { enter: "<__main__>" },
  { line: 1 },
  { line: 2, vars: { i: 1 } },
  { leave: "goes on" },
  { enter: "work", args: { n: 3 } },
  { thread: "start", id: 1 },
  { line: 10, file: "b.py", vars: { n: 3 } },
  { line: 11, file: "b.py", vars: { n: 3, i: 9 } },
  { output: "from b\n", metadata: { stream: "stdout", thread: 1, thread_name: "worker" } },
  { leave: "goes on" },
  { enter: "<__main__>" },
  { thread: "switch", id: 0 },
  { line: 3, vars: { i: 1 } },
  { output: "from main\n", metadata: { stream: "stdout", thread: 0 } },
  { output: "late\n", metadata: { stream: "stdout", thread: 1, thread_name: "worker" } },
  { leave: "goes on" },
  { enter: "work", args: { n: 3 } },
  { thread: "switch", id: 1 },
  { line: 12, file: "b.py", vars: { n: 3, i: 9 } },
  { line: 13, file: "b.py", vars: { n: 4, i: 9 } },
];

Deno.test("--thread selects by number or name, in every view", async () => {
  await withWrittenTrace(THREADS, async (path) => {
    const steps = (text: string) =>
      text.split("\n").filter((line) => line !== "").map((line) => parseInt(line));
    const main = [0, 1, 5, 6];
    const worker = [2, 3, 4, 7, 8, 9];
    assert.deepEqual(steps(await printed([path, "--steps", "--thread", "0"])), main);
    assert.deepEqual(steps(await printed([path, "--steps", "--thread", "MainThread"])), main);
    for (const name of ["1", "worker"]) {
      assert.deepEqual(steps(await printed([path, "--steps", "--thread", name])), worker);
    }
    assert.deepEqual(steps(await printed([path, "--steps", "--thread", "1", "--from", "4"])), [
      4,
      7,
      8,
      9,
    ]);
    assert.equal(
      await printed([path, "--calls", "--thread", "1"]),
      `  work(n=3) → 'goes on'  (steps 2 to 4)\n  work(n=3)  (steps 7 to 9)\n`,
    );
    assert.equal(
      await printed([path, "--output", "--thread", "worker"]),
      `4  b.py:11 in work, thread 1 (worker)
4  stdout | from b
6  app.py:3 in <__main__>, thread 1 (worker)
6  stdout | late
`,
    );
    // A call that goes on after another thread brings nothing new but what has changed.
    assert.equal(
      await printed([path, "--variables", "n,i", "--thread", "1"]),
      `in work(n=3), call 2
3  b.py:10               n = 3
4  b.py:11               i = 9  (after line 10)
in work(n=3), call 4
9  b.py:13               n = 4  (after line 12)
`,
    );
    const walk = await printed([path, "--thread", "0"]);
    assert.doesNotMatch(walk, /b\.py|work/);
    assert.match(walk, /app\.py:3/);
    assert.equal(await codeOf(path, "--thread", "2"), "ERR_USAGE");
    assert.match(
      await messageOf(path, "--thread", "wrker"),
      /the trace has 0 \(main\), 1 \(worker\)/,
    );
  });
});

Deno.test("what a call goes on with after another thread is not shown again", async () => {
  // What the recorder writes where a thread is left; see trace-format.md.
  const leave = { leave: { raw: "<goes on after a thread switch>", type: "<piece>" } };
  const list: Happening[] = THREADS.map((one) => "leave" in one ? leave : one);
  await withWrittenTrace(list, async (path) => {
    const lines = (await printed([path])).split("\n").filter((line) => /^\d.*(→|#)/.test(line));
    assert.deepEqual(lines.map((line) => line.replace(/ +/g, " ")), [
      "0 → <toplevel>()",
      "0 → <__main__>()",
      "1 app.py:2 # i = 1",
      "2 → work(n=3)",
      "4 b.py:11 # i = 9",
      "5 → <__main__>() (goes on)",
      "7 → work(n=3) (goes on)",
      "9 b.py:13 # n = 4",
    ]);
  });
});

Deno.test("what is no longer there is said, in traces that have all variables at each step", async () => {
  const happenings: Happening[] = [
    { enter: "main", args: { a: 1 } },
    { line: 1, vars: { a: 1 } },
    { line: 2, vars: { a: 1, x: 5 } },
    // Nothing is known here.
    { raise: "no" },
    { enter: "inner" },
    { line: 9 },
    { leave: null },
    { line: 3, vars: { a: 1, x: 5 } },
    { line: 4, vars: { y: 2 } },
    { line: 5, vars: { y: 2, x: 5 } },
    { line: 6 },
  ];
  const shown = async (recorder: string) =>
    await withWrittenTrace(
      happenings,
      async (path) =>
        [...(await printed([path])).matchAll(/^ *\d+ +app\.py:(\d+) *(# .*)?$/gm)]
          .map(([, line, variables]) => `${line} ${variables ?? ""}`.trim()),
      recorder,
    );
  assert.deepEqual(await shown("ct-recorder 0.1.0"), [
    "1",
    "2 # x = 5",
    "9",
    "3",
    "4 # y = 2, a is gone, x is gone",
    "5 # x = 5",
    "6 # y is gone, x is gone",
  ]);
  assert.deepEqual(await shown("another 1"), ["1", "2 # x = 5", "9", "3", "4 # y = 2", "5", "6"]);
});

Deno.test("what is strange in a trace can't drive the terminal, and is whole in JSON", async () => {
  const long = "x".repeat(5000);
  const content = new Uint8Array([
    ...new TextEncoder().encode("\x1b[31mred\x07 \u202eüber 鍵 🐍\n"),
    ...[0xff, 0xc3, 0x28, 0xe9, 0x8d, 0x0a, 0xed, 0xa0, 0x80],
  ]);
  const happenings: Happening[] = [
    { enter: "f\x1b]0;title\x07", args: { "a\x9b": "\x1b[2J" } },
    { line: 1, vars: { long, "n\r": "鍵\x00" } },
    { output: content, metadata: { thread: 1, thread_name: "t\x1b[H", task: "\x1bc" } },
    { raise: `boom\x1b[5m${long}` },
  ];
  await withWrittenTrace(happenings, async (path) => {
    for (const view of [[], ["--calls"], ["--output"], ["--steps"], ["--variables", "long"]]) {
      const text = await printed([path, ...view]);
      // deno-lint-ignore no-control-regex
      assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/, view.join());
      assert.ok(text.length < 2500, view.join());
    }
    assert.equal(
      (await printed([path, "--output"])).split("\n").slice(1).join("\n"),
      "0  stdout | \\x1b[31mred\\x07 \\u202eüber 鍵 🐍\n" +
        "0  stdout | \\xff\\xc3(\\xe9\\x8d\n0  stdout | \\xed\\xa0\\x80\n",
    );
    const walk = await printed([path]);
    assert.match(walk, /n\\r = '鍵\\x00'/);
    assert.match(walk, /long = 'x{100,120}…/);
    assert.match(walk, /raised ValueError: boom\\x1b\[5mx+…$/m);
    const { events } = JSON.parse(await printed([path, "--json"]));
    const [, step, io, raise] = events;
    assert.equal(step.vars[0].value.text, long);
    assert.equal(io.text, undefined);
    assert.deepEqual(Uint8Array.from(atob(io.bytes_b64), (byte) => byte.charCodeAt(0)), content);
    assert.equal(raise.exception_message.length, long.length + 8);
  });
});

Deno.test("a summary looks at the ends of the streams only", async () => {
  function* steps(): Generator<Happening> {
    yield { enter: "main" };
    for (let n = 0; n < 5_000; n++) yield { line: 1 + n % 100, vars: { n } };
  }
  await withWrittenTrace(steps(), async (path) => {
    spoilChunk(path, 2);
    assert.equal(await codeOf(path, "--variables", "n"), "ERR_TRACE_CORRUPT");
    assert.match(await printed([path, "--summary"]), /5,000 step records, 1 call/);
    const { counts, events } = JSON.parse(await printed([path, "--summary", "--json"]));
    assert.deepEqual([counts.step_records, counts.steps, events.length], [5_000, undefined, 0]);
  });
});

Deno.test("a trace that is not whole says so", async () => {
  await withWrittenTrace([{ enter: "f" }, { line: 1 }], async (path) => {
    const metadata = path.replace(/[^/]*$/, "trace_metadata.json");
    const said = { partial: true, reason: "ERR_IO", detail: "no room\x1b" };
    Deno.writeTextFileSync(metadata, JSON.stringify(said));
    for (const args of [[path], [path, "--summary"]]) {
      assert.match(await printed(args), /^partial +ERR_IO: no room\\x1b$/m);
    }
    const { partial } = JSON.parse(await printed([path, "--json", "--summary"])).metadata;
    assert.deepEqual(partial, { reason: "ERR_IO", detail: "no room\x1b" });
  });
});

Deno.test("a call with many children is one event all the same", async () => {
  function* calls(): Generator<Happening> {
    yield { enter: "main" };
    for (let n = 0; n < 2500; n++) yield* [{ enter: "f" }, { line: 1 }, { leave: n }];
  }
  await withWrittenTrace(calls(), async (path) => {
    const [, main] = (await printed([path, "--jsonl", "--calls"])).split("\n");
    const children = JSON.parse(main!).children;
    assert.deepEqual(children, Array.from({ length: 2500 }, (_, n) => n + 1));
  });
});

Deno.test("--color decides where the terminal would", async () => {
  const auto = [await printed([FLOW, "--calls"]), await printed([FLOW, "--calls"], true)];
  assert.notEqual(auto[0], auto[1]);
  for (const isTerminal of [false, true]) {
    assert.equal(await printed([FLOW, "--calls", "--color", "never"], isTerminal), auto[0]);
    assert.equal(await printed([FLOW, "--calls", "--color=always"], isTerminal), auto[1]);
  }
  assert.equal(await codeOf(FLOW, "--color", "sometimes"), "ERR_USAGE");
});
