import assert from "node:assert/strict";
import { diffCommand } from "../../src/cli/diff.ts";
import { RecorderError } from "../../src/errors/mod.ts";
import { goldenPath } from "../trace/reader/_golden.ts";
import { type Event, writeRun } from "../trace/compare/_model.ts";
import { inTempFolder, writeTrace } from "../trace/_write_trace.ts";

const FLOW = goldenPath("flow", ".ct");
const SHAPES = goldenPath("shapes", ".ct");

async function diff(...words: string[]): Promise<{ status: number; text: string }> {
  let text = "";
  const sink = { write: (part: string) => text += part, flush: () => {}, colours: false };
  return { status: await diffCommand(words, sink), text };
}

Deno.test("a trace of another recorder is the same as itself", async () => {
  for (const trace of [FLOW, SHAPES]) {
    const { status, text } = await diff(trace, trace);
    assert.equal(status, 0, text);
    assert.match(text, /^same +both ran the same \d+ steps, with the same values$/m);
    assert.equal(JSON.parse((await diff(trace, trace, "--json")).text).same, true);
  }
});

Deno.test("different programs are said to be so, and compared all the same", async () => {
  const { status, text } = await diff(FLOW, SHAPES);
  assert.equal(status, 1);
  assert.match(text, /^note +the recordings have no source in common: they are of different/m);
  assert.match(text, /^parting +after 0 equal steps/m);
  assert.match(text, /^sources +\/app\/flow\.py is in A alone$/m);
});

Deno.test("values that differ on the same path are a difference, unless they are passed over", async () => {
  await inTempFolder(async (folder) => {
    const run = (x: number): Event[] => [
      { what: "enter", name: "f" },
      { what: "step", file: 0, line: 1, vars: {} },
      { what: "step", file: 0, line: 2, vars: { x, y: 1, names: [x] } },
      { what: "exit", value: 0 },
    ];
    const traces = [`${folder}/a.ct`, `${folder}/b.ct`];
    for (const [n, trace] of traces.entries()) writeRun(trace, [run(n)]);
    const { status, text } = await diff(...traces);
    assert.equal(status, 1);
    assert.match(text, /^path +the same 2 steps in both$/m);
    assert.match(text, /^values +2 values that differ at 1 step, the first one first$/m);
    assert.match(text, /^ +x {2}0 \| 1\n +at app\.py:2 in f \(step 1\), after app\.py:1$/m);
    assert.equal((await diff(...traces, "--ignore", "x")).status, 1);
    assert.equal((await diff(...traces, "--ignore", "x", "--ignore", "na*")).status, 0);
  });
});

Deno.test("wrong words are ERR_USAGE, a trace that isn't there is ERR_TRACE_MISSING", async () => {
  const cases: [string[], string, RegExp][] = [
    [[FLOW], "ERR_USAGE", /missing required argument 'B'; see ct-recorder diff --help$/],
    [[FLOW, FLOW, FLOW], "ERR_USAGE", /too many arguments/],
    [[FLOW, FLOW, "--ignor", "x"], "ERR_USAGE", /did you mean --ignore\?/],
    [[FLOW, FLOW, "--ignore", "[x"], "ERR_USAGE", /^Cannot ignore \[x: /],
    [[FLOW, "/none"], "ERR_TRACE_MISSING", /\/none/],
  ];
  for (const [words, code, message] of cases) {
    await assert.rejects(diff(...words), (error) => {
      assert.ok(error instanceof RecorderError);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("what a trace holds can't drive a terminal", async () => {
  await inTempFolder(async (folder) => {
    const run = (name: string, line: number): Event[] => [
      { what: "enter", name },
      { what: "step", file: 0, line: 1, vars: { [`${name}v`]: line } },
      { what: "step", file: 0, line, vars: {} },
      { what: "exit", value: line },
    ];
    const odd = "f\x1b[2J\n";
    writeRun(`${folder}/a.ct`, [run(odd, 2)]);
    writeRun(`${folder}/b.ct`, [run(odd, 3)]);
    const { text } = await diff(`${folder}/a.ct`, `${folder}/b.ct`);
    assert.match(text, /in f\\x1b\[2J\\n/);
    assert.match(text, /^values +1 value that differs before that\n +f\\x1b\[2J\\nv {2}2 \| 3$/m);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f]/);
  });
});

Deno.test("what a partial trace lacks at its end is no difference, what it has more of is", async () => {
  await inTempFolder(async (folder) => {
    const line = (line: number, x: number): Event => ({
      what: "step",
      file: 0,
      line,
      vars: line < 4 ? {} : { x },
    });
    const print = (text: string): Event => ({ what: "print", text });
    const begin: Event[] = [
      { what: "enter", name: "f" },
      line(1, 0),
      line(2, 0),
      print("one\ntw"),
      line(3, 0),
    ];
    const end: Event[] = [
      line(4, 1),
      print("o\nthree\n"),
      { what: "enter", name: "g" },
      line(5, 1),
      { what: "exit", value: 1 },
      { what: "exit", value: 2 },
    ];
    const other: Event[] = [{ what: "enter", name: "h" }, line(9, 0), { what: "exit", value: 0 }];
    const write = (name: string, threads: Event[][], metadata: Record<string, unknown>) => {
      Deno.mkdirSync(`${folder}/${name}`);
      writeRun(`${folder}/${name}/t.ct`, threads);
      Deno.writeTextFileSync(`${folder}/${name}/trace_metadata.json`, JSON.stringify(metadata));
      return `${folder}/${name}`;
    };
    const ended = { process_exit_status: { code: 0, label: null } };
    const whole = write("whole", [[...begin, ...end], other], ended);
    const cut = { partial: true, reason: "ERR_TRACE_INCOMPLETE", detail: "cut off" };
    const partial = write("partial", [begin], cut);
    for (const words of [[whole, partial], [partial, whole], [partial, partial]]) {
      const { status, text } = await diff(...words);
      assert.equal(status, 0, text);
      assert.match(
        text,
        /^partial +[AB] was not recorded to its end: ERR_TRACE_INCOMPLETE: cut off$/m,
      );
      assert.match(text, /^same +as far as both were recorded, both ran the same 3 steps, /m);
    }
    const json = JSON.parse((await diff(whole, partial, "--json")).text);
    assert.deepEqual([json.same, "partial" in json.a, json.b.partial], [
      true,
      false,
      { reason: cut.reason, detail: cut.detail },
    ]);
    // As a whole one it would differ in all of these; and a partial one that has more does.
    const short = await diff(whole, write("short", [begin], ended));
    assert.equal(short.status, 1);
    for (const what of [/^parting/m, /^stdout/m, /^ran/m, /^threads +only in A: 1$/m]) {
      assert.match(short.text, what);
    }
    const more = write("more", [[...begin, ...end], other], cut);
    const less = await diff(more, write("less", [begin], ended));
    assert.equal(less.status, 1);
    for (const what of [/^parting/m, /^stdout/m, /^ran/m, /^threads +only in A: 1$/m]) {
      assert.match(less.text, what);
    }
    const failed = { ...cut, process_exit_status: { code: 3, label: null } };
    const { status, text } = await diff(whole, write("failed", [begin], failed));
    assert.equal(status, 1);
    assert.match(text, /^ended +A status 0; B status 3$/m);
  });
});

Deno.test("the main thread's parting is shown if it has one, or that of the thread asked for", async () => {
  await inTempFolder(async (folder) => {
    const run = (name: string, from: number, last: number, x: number): Event[] => [
      { what: "enter", name },
      { what: "step", file: 0, line: from, vars: {} },
      ...(name === "main" ? way : []),
      { what: "step", file: 0, line: from + 1, vars: { x } },
      { what: "step", file: 0, line: last, vars: {} },
      { what: "exit", value: 0 },
    ];
    // While the main thread is on its way, the other one has its turn.
    const options = { chance: [0, 1, 1, 0, 1] };
    const way = Array.from(
      { length: 40 },
      (): Event => ({ what: "step", file: 0, line: 1, vars: {} }),
    );
    const write = (name: string, mainLast: number, otherLast: number) => {
      writeRun(`${folder}/${name}.ct`, [
        run("main", 1, mainLast, 0),
        run("work", 11, otherLast, otherLast),
      ], options);
      return `${folder}/${name}.ct`;
    };
    const [a, both, other] = [write("a", 3, 13), write("b", 4, 14), write("c", 3, 14)];
    const first = await diff(a, both);
    const { threads } = JSON.parse((await diff(a, both, "--json")).text);
    const [main, work] = threads.map((
      { first_partings: [parting] }: { first_partings: { a: { step: number } }[] },
    ) => parting!.a.step);
    assert.ok(work < main);
    assert.match(first.text, /^parting +after 42 equal steps of thread 0, in main$/m);
    assert.match(first.text, /^thread +1 parts after app\.py:12, in work$/m);
    const chosen = await diff(a, both, "--thread", "1");
    assert.equal(chosen.status, 1);
    assert.match(chosen.text, /^parting +after 2 equal steps of thread 1, in work$/m);
    assert.match(chosen.text, /^thread +0 parts after app\.py:2, in main$/m);
    assert.match(
      (await diff(a, other)).text,
      /^parting +after 2 equal steps of thread 1, in work$/m,
    );
    const same = await diff(a, other, "--thread", "main");
    assert.equal(same.status, 1);
    assert.match(same.text, /^path +the same 43 steps of thread 0 in both$/m);
    assert.match(same.text, /^thread +1 parts after/m);
    await assert.rejects(
      diff(a, other, "--thread", "7"),
      /Cannot select thread '7': the trace has 0 \(main\), 1;/,
    );
  });
});

Deno.test("a parting names the call that decided it, the place of a raise, and how many calls it leaves out", async () => {
  await inTempFolder(async (folder) => {
    const step = (line: number): Event => ({ what: "step", file: 0, line, vars: {} });
    const exit: Event = { what: "exit", value: 0 };
    const raise: Event = { what: "raise", message: "long ".repeat(100) };
    const outer = Array.from({ length: 15 }, (_, n): Event[] => [
      { what: "enter", name: "f" },
      step(n + 1),
    ]);
    const run = (...end: Event[]): Event[] => [
      ...outer.flat(),
      { what: "enter", name: "g" },
      step(20),
      ...end,
      ...outer.map(() => exit),
    ];
    writeRun(`${folder}/a.ct`, [run(exit, step(16))]);
    writeRun(`${folder}/b.ct`, [run(raise, exit, step(17))]);
    const { text } = await diff(`${folder}/a.ct`, `${folder}/b.ct`);
    assert.match(text, /^parting +after 16 equal steps, in g$/m);
    assert.match(text, /^A +16 +app\.py:16 .*in f$/m);
    assert.match(text, /^B +16 +app\.py:20 +raise ValueError: (long )+l?o?n?g?… {2}in g$/m);
    assert.match(text, /^stack +… 4 calls around these$/m);
    assert.equal(text.match(/ f\(\) /g)?.length, 12);
    for (const line of text.split("\n")) assert.ok(line.length < 160, line);
  });
});

Deno.test("a temporary path is no likely cause: it is left out, or nothing explains the parting for sure", async () => {
  await inTempFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/app.py`, "start\nif flag or place:\n");
    const run = (flag: number, place: string, last: number): Event[] => [
      { what: "enter", name: "f" },
      { what: "step", file: 0, line: 1, vars: {} },
      { what: "step", file: 0, line: 2, vars: { place, flag } },
      { what: "step", file: 0, line: last, vars: {} },
      { what: "exit", value: 0 },
    ];
    const write = (name: string, ...rest: Parameters<typeof run>) => {
      writeRun(`${folder}/${name}.ct`, [run(...rest)], { folder });
      return `${folder}/${name}.ct`;
    };
    const a = write("a", 0, "/tmp/x1", 3);
    const both = await diff(a, write("b", 1, "/tmp/x2", 4));
    assert.match(both.text, /^may be +because of this value\n +flag {2}0 \| 1$/m);
    assert.match(both.text, /^values +1 other value that differs before that\n +place /m);
    const alone = await diff(a, write("c", 0, "/tmp/x2", 4));
    assert.match(alone.text, /^may be +nothing recorded explains it for sure; .*\n +place /m);
  });
});

Deno.test("output that differs counts, unless it is ignored: then it is only shown", async () => {
  await inTempFolder(async (folder) => {
    const write = (name: string, text: string) => {
      writeRun(`${folder}/${name}.ct`, [[
        { what: "enter", name: "f" },
        { what: "step", file: 0, line: 1, vars: {} },
        { what: "print", text },
        { what: "exit", value: 0 },
      ]]);
      return `${folder}/${name}.ct`;
    };
    const [a, b] = [write("a", "1 passed in 1.0s\n"), write("b", "2 passed in 1.5s\n")];
    assert.equal((await diff(a, b)).status, 1);
    assert.equal((await diff(a, write("c", "1 passed in 1.5s\n"))).status, 0);
    const { status, text } = await diff(a, b, "--ignore-output");
    assert.equal(status, 0);
    assert.match(
      text,
      /^same +both ran the same 1 step, .*\nstdout +differs from line 1 on\n +A 1 passed/m,
    );
  });
});

Deno.test("sources that have changed are told at the head", async () => {
  await inTempFolder(async (folder) => {
    const traces = ["one", "two"].map((text) => {
      const path = `${folder}/${text}.ct`;
      writeTrace(path, (writer) => {
        const source = writer.pathId("/w/app.py", [3]);
        writer.source(source, new TextEncoder().encode(text));
        writer.step(writer.position(source, 1, 1));
      });
      return path;
    });
    const { status, text } = await diff(...traces);
    assert.equal(status, 0);
    assert.match(text, /^note +1 source has changed: lines are compared by their numbers$/m);
    assert.match(text, /^sources +\/w\/app\.py is not the same$/m);
    assert.doesNotMatch((await diff(traces[0]!, traces[0]!)).text, /^note/m);
  });
});
