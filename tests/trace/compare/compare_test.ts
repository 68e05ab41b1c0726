import assert from "node:assert/strict";
import fc from "fast-check";
import {
  compareTraces,
  didTheSame,
  type TraceComparison,
} from "../../../src/trace/compare/compare_traces.ts";
import { closeUp } from "../../../src/trace/compare/close_up.ts";
import { sharePaths } from "../../../src/trace/compare/paths.ts";
import { openTrace } from "../../../src/trace/reader/open_trace.ts";
import type { TraceValue } from "../../../src/trace/reader/values.ts";
import { canonicalText } from "../../../src/trace/compare/values.ts";
import { inTempFolder, writeTrace } from "../_write_trace.ts";
import { type Event, thread, type Vars, type WriteOptions, writeRun } from "./_model.ts";

const chance = fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 });

/** Compares two runs, each of some threads. */
function compared(
  folder: string,
  [a, b]: readonly [readonly (readonly Event[])[], readonly (readonly Event[])[]],
  [optionsA, optionsB]: readonly [WriteOptions, WriteOptions] = [{}, {}],
  ignores: (name: string) => boolean = () => false,
): TraceComparison {
  const paths = ["a", "b"].map((name) => `${folder}/${name}-${crypto.randomUUID()}.ct`);
  writeRun(paths[0]!, a, optionsA);
  writeRun(paths[1]!, b, optionsB);
  using traceA = openTrace(paths[0]!);
  using traceB = openTrace(paths[1]!);
  const comparison = compareTraces(traceA, traceB, { ignores, damagedSource: assert.fail });
  for (const path of paths) Deno.removeSync(path);
  return comparison;
}

/** What is compared of a step, worked out from the events alone. */
interface Step {
  readonly place: string;
  readonly vars: Vars;
}

function stepsOf(events: readonly Event[]): Step[] {
  const stack: string[] = ["<toplevel>"];
  const steps: Step[] = [];
  let lowest = 0;
  for (const event of events) {
    if (event.what === "enter") stack.push(event.name);
    else if (event.what === "exit") {
      stack.pop();
      lowest = Math.min(lowest, stack.length);
    } else if (event.what === "step") {
      const { file, line, vars } = event;
      steps.push({ place: [stack.length, stack.at(-1), lowest, file, line].join(), vars });
      lowest = stack.length;
    }
  }
  return steps;
}

function firstOther<T>(a: readonly T[], b: readonly T[], same: (one: T, other: T) => boolean) {
  const length = Math.max(a.length, b.length);
  for (let n = 0; n < length; n++) {
    const [one, other] = [a[n], b[n]];
    if (one === undefined || other === undefined || !same(one, other)) return n;
  }
  return null;
}

const inOrder = (vars: Vars) =>
  JSON.stringify(Object.keys(vars).sort().map((name) => [name, [vars[name]].flat().sort()]));

/** One change somewhere: another line, another value, a step less or more, a call more. */
function changed(events: readonly Event[], seed: number, kind: number): Event[] {
  const steps = events.flatMap((event, at) => event.what === "step" ? [at] : []);
  const at = steps[seed % steps.length]!;
  const step = events[at]!;
  assert.ok(step.what === "step");
  const others: Event[][] = [
    [{ ...step, line: step.line + 10 }],
    [{ ...step, vars: { ...step.vars, x: 9 } }],
    [{ ...step, vars: {} }],
    events[at - 1]!.what === "enter" ? [step] : [],
    [step, step],
    [step, { what: "enter", name: "g" }, step, { what: "exit", value: 1 }],
  ];
  return [...events.slice(0, at), ...others[kind % others.length]!, ...events.slice(at + 1)];
}

Deno.test("a change at any place is found at exactly that place, whatever the ids are", async () => {
  await inTempFolder((folder) => {
    const found = { parted: 0, values: 0 };
    fc.assert(
      fc.property(thread, fc.nat(), fc.nat(5), chance, chance, (events, seed, kind, one, other) => {
        const others = changed(events, seed, kind);
        const both = [{ chance: one }, { chance: other }] as const;
        const { threads: [main] } = compared(folder, [[events], [others]], both);
        const [a, b] = [stepsOf(events), stepsOf(others)];
        const parting = firstOther(a, b, (one, other) => one.place === other.place);
        const value = firstOther(
          a.slice(0, parting ?? undefined),
          b.slice(0, parting ?? undefined),
          (one, other) => inOrder(one.vars) === inOrder(other.vars),
        );
        assert.ok(main !== undefined);
        const [first] = main.partings;
        assert.equal(main.partingCount > 0, parting !== null);
        if (first !== undefined && parting !== null) {
          found.parted++;
          assert.equal(first.equalSteps, parting);
          assert.equal(first.a?.step ?? a.length, parting);
          assert.equal(first.b?.step ?? b.length, parting);
          assert.equal(first.lastA?.step ?? -1, parting - 1);
        } else assert.equal(main.equalSteps, a.length);
        const values = main.values.slice(0, first?.knownValues).filter(({ of }) =>
          of === "variable"
        );
        assert.equal(values[0]?.a.step ?? null, value);
        if (value !== null) found.values++;
      }),
      { numRuns: 40 },
    );
    assert.ok(found.parted > 10 && found.values > 2, JSON.stringify(found));
  });
});

/** Threads that each begin with another call: which is which can't be known otherwise. */
function withBeginnings(threads: readonly (readonly Event[])[]): Event[][] {
  return threads.map((events, number) => [
    { what: "enter", name: `thread ${number}` },
    { what: "step", file: 0, line: 20 + number, vars: {} },
    ...events,
    { what: "exit", value: 0 },
  ]);
}

Deno.test("how threads take turns, ids, folders and the order of sets are no difference", async () => {
  await inTempFolder((folder) => {
    let switches = 0;
    fc.assert(
      fc.property(
        fc.array(thread, { minLength: 1, maxLength: 4 }),
        chance,
        chance,
        (threads, one, other) => {
          const named = withBeginnings(threads);
          const turned = named.map((events) =>
            events.map((event) =>
              event.what === "step" && Array.isArray(event.vars.names)
                ? { ...event, vars: { ...event.vars, names: event.vars.names.toReversed() } }
                : event
            )
          );
          const options = [{ chance: one }, { chance: other, folder: "/else/where" }] as const;
          const comparison = compared(folder, [named, turned], options);
          assert.ok(didTheSame(comparison), JSON.stringify(comparison.threads, null, 1));
          assert.equal(comparison.threads.length, threads.length);
          const steps = comparison.threads.reduce((sum, { equalSteps }) => sum + equalSteps, 0);
          assert.equal(steps, named.reduce((sum, events) => sum + stepsOf(events).length, 0));
          switches += threads.length - 1;
        },
      ),
      { numRuns: 25 },
    );
    assert.ok(switches > 10);
  });
});

Deno.test("a change in one of several threads is found in that one", async () => {
  await inTempFolder((folder) => {
    fc.assert(
      fc.property(
        fc.array(thread, { minLength: 2, maxLength: 3 }),
        fc.nat(),
        chance,
        chance,
        (threads, seed, one, other) => {
          const named = withBeginnings(threads);
          const at = seed % named.length;
          const others = named.map((events, number) =>
            number === at ? changed(events, seed, 0) : events
          );
          const options = [{ chance: one }, { chance: other }] as const;
          const { threads: pairs } = compared(folder, [named, others], options);
          assert.deepEqual(
            pairs.map(({ threadA, partingCount }) => partingCount > 0 ? threadA : -1),
            [
              at,
              ...named.slice(1).map(() => -1),
            ],
          );
        },
      ),
      { numRuns: 15 },
    );
  });
});

const step = (line: number, vars: Vars = {}): Event => ({ what: "step", file: 0, line, vars });
const enter = (name: string): Event => ({ what: "enter", name });
const exit = (value = 0): Event => ({ what: "exit", value });

Deno.test("the copy of a step at the start of a chunk is none, wherever it stands", async () => {
  await inTempFolder((folder) => {
    // Chunks have 4,096 steps; in one of the traces the other thread has its turn at the end of the first.
    const long = Array.from({ length: 4090 }, (_, n) => step(n % 7 + 1));
    const main = [enter("<__main__>"), ...long, ...long, exit()];
    const other = [enter("f"), step(9), step(10), step(11), exit()];
    for (let steps = 4094; steps <= 4097; steps++) {
      // What the writer draws: 15 ids, then for each step but the first whether the thread goes on (1) or which is next.
      const turns = [...Array(15 + steps - 1).fill(1), 0, 1, 1, 0, 0, 1, 0, 0, 1];
      const { threads } = compared(folder, [[main, other], [main, other]], [
        { chance: turns },
        { chance: [1] },
      ]);
      assert.deepEqual(
        threads.map(({ equalSteps, partingCount, values }) => [
          equalSteps,
          partingCount,
          values.length,
        ]),
        [[8180, 0, 0], [3, 0, 0]],
      );
    }
  });
});

Deno.test("after a parting it goes on where both do the same again, nearby or behind the call", async () => {
  await inTempFolder((folder) => {
    const run = (...middle: Event[]) =>
      [
        [enter("f"), step(1), ...middle, step(8), step(9), exit(), step(20), exit()],
      ] as const;
    const whole = (middle: Event[]) => [[enter("<__main__>"), step(1), ...run(...middle)[0]]];
    // A branch in one call, with a call of its own.
    const branch = compared(folder, [
      whole([step(2), enter("g"), step(3), exit()]),
      whole([step(4)]),
    ]);
    assert.deepEqual(
      branch.threads.map(({ partingCount, equalSteps }) => [partingCount, equalSteps]),
      [[1, 5]],
    );
    // Two branches, one after the other.
    const twice = compared(folder, [
      whole([step(2), step(5), step(6), step(2)]),
      whole([step(3), step(5), step(6), step(3)]),
    ]);
    assert.equal(twice.threads[0]?.partingCount, 2);
    // Too many other steps for a look ahead: the caller goes on.
    const far = (line: number) => Array.from({ length: 300 }, (_, n) => step(line + n % 2));
    const behind = compared(folder, [
      [[enter("<__main__>"), step(1), enter("f"), ...far(2), exit(), step(20), exit()]],
      [[enter("<__main__>"), step(1), enter("f"), ...far(4), exit(), step(20), exit()]],
    ]);
    const [thread] = behind.threads;
    assert.deepEqual([thread?.partingCount, thread?.equalSteps], [1, 2]);
  });
});

Deno.test("values: the first difference of each, what calls returned, and what is passed over", async () => {
  await inTempFolder((folder) => {
    const run = (x: number): Event[] => [
      enter("<__main__>"),
      step(1),
      step(2, { x }),
      enter("f"),
      step(3, { y: x }),
      exit(x),
      step(4, { x, z: 1 }),
      exit(),
    ];
    const { threads: [thread] } = compared(folder, [[run(1)], [run(2)]]);
    assert.equal(thread?.partingCount, 0);
    assert.equal(thread?.differentSteps, 3);
    assert.deepEqual(
      thread?.values.map(({ of, name, functionName, valueA, valueB, a, setA, calledA, count }) => [
        [of, name, functionName, valueA, valueB, count],
        [a.step, setA?.line ?? null, calledA?.line ?? null],
      ]),
      [
        [["variable", "x", "<__main__>", "1", "2", 2], [1, 1, null]],
        [["variable", "y", "f", "1", "2", 1], [2, null, 2]],
        [["result", "f", "f", "1", "2", 1], [2, null, null]],
      ],
    );
    const ignores = (name: string) => name === "x";
    const ignored = compared(folder, [[run(1)], [run(2)]], undefined, ignores);
    assert.deepEqual(ignored.threads[0]?.values.map(({ name }) => name), ["y", "f"]);
    const less = compared(folder, [
      [[enter("f"), step(1, { x: 1 }), exit()]],
      [[enter("f"), step(1, { y: 1 }), exit()]],
    ]);
    assert.deepEqual(
      less.threads[0]?.values.map(({ name, valueA, valueB }) => [name, valueA, valueB]),
      [
        ["x", "1", null],
        ["y", null, "1"],
      ],
    );
  });
});

Deno.test("how much of each function ran, the biggest difference first; threads of one alone", async () => {
  await inTempFolder((folder) => {
    const call = (name: string, steps: number): Event[] => [
      enter(name),
      ...Array.from({ length: steps }, (_, n) => step(n + 2)),
      exit(),
    ];
    const main = (...calls: Event[][]) => [enter("<__main__>"), step(1), ...calls.flat(), exit()];
    const { functions, onlyA, onlyB, threads } = compared(folder, [
      [main(call("f", 1), call("g", 3)), main(call("f", 2))],
      [main(call("f", 1), call("f", 1), call("g", 7))],
    ]);
    assert.deepEqual(functions.map(({ name, ...counts }) => [name, ...Object.values(counts)]), [
      ["g", 3, 7, 1, 1],
      ["<__main__>", 2, 1, 2, 1],
      ["f", 3, 2, 2, 2],
    ]);
    assert.deepEqual([onlyA, onlyB, threads.length], [[1], [], 1]);
  });
});

Deno.test("values as text: sets in order, no addresses, without what is passed over; long ones up close", async () => {
  await inTempFolder((folder) => {
    writeRun(`${folder}/t.ct`, [[enter("f"), step(1), exit()]]);
    using trace = openTrace(`${folder}/t.ct`);
    const typeId = trace.types.indexOf("set");
    const raw = (r: string): TraceValue => ({ kind: "Raw", r, typeId: 0 });
    const value: TraceValue = {
      kind: "Struct",
      fieldNames: ["_ident", "seen"],
      fieldValues: [raw("7"), {
        kind: "Sequence",
        elements: [raw("<b at 0x7f00aabbccdd>"), raw("<a at 0x7f11aabbccdd>"), raw("0xff")],
        isSlice: false,
        typeId,
      }],
      typeId: trace.types.indexOf("int"),
    };
    assert.equal(
      canonicalText(trace, value),
      "int(_ident=7, seen={0xff, <a at 0x…>, <b at 0x…>})",
    );
    assert.equal(
      canonicalText(trace, value, { ignores: (name) => name === "_ident" }),
      "int(seen={0xff, <a at 0x…>, <b at 0x…>})",
    );
  });
  const long = "x".repeat(500);
  assert.deepEqual(closeUp("a", "b", 8), { valueA: "a", valueB: "b" });
  assert.deepEqual(closeUp(`${long}1234567890`, `${long}abc`, 8), {
    valueA: "…xx123456…",
    valueB: "…xxabc",
  });
  assert.deepEqual(closeUp(null, `1${long}`, 4), { valueA: null, valueB: "1xxx…" });
});

Deno.test("what the system calls a thread is no difference", async () => {
  await inTempFolder((folder) => {
    const types = ["Thread", "Worker", "Account"];
    writeTrace(`${folder}/t.ct`, (writer) => {
      for (const name of types) writer.typeId(name);
      writer.step(writer.position(writer.pathId("/w/app.py", [1]), 1, 1));
    });
    using trace = openTrace(`${folder}/t.ct`);
    const shown = (type: string, ...names: string[]) =>
      canonicalText(trace, {
        kind: "Struct",
        fieldNames: names,
        fieldValues: names.map(() => ({ kind: "Int", i: 1, typeId: 0 })),
        typeId: trace.types.indexOf(type),
      });
    assert.equal(
      shown("Thread", "_ident", "_native_id", "name", "ident", "native_id"),
      "Thread(name=1)",
    );
    assert.equal(shown("Worker", "_daemonic", "_ident"), "Worker(_daemonic=1)");
    assert.equal(shown("Account", "_ident", "ident"), "Account(_ident=1, ident=1)");
  });
});

Deno.test("addresses in what a program shows of objects don't count, its own numbers do", async () => {
  await inTempFolder((folder) => {
    const run = (text: string): Event[] => [
      enter("f"),
      step(1),
      step(2, { text, texts: [text, "z"] }),
      { what: "print", text: `${text}\n` },
      exit(),
    ];
    const same = compared(folder, [
      [run("bad <C at 0x7f00aabbccdd>")],
      [run("bad <C at 0x7f11aabbccdd>")],
    ]);
    assert.ok(didTheSame(same), JSON.stringify(same.threads));
    const { threads: [thread], streams } = compared(folder, [
      [run("0xe8b7be43")],
      [run("0x71beeff9")],
    ]);
    assert.deepEqual(
      thread?.values.map(({ name, valueA, valueB }) => [name, valueA, valueB]),
      [
        ["text", "'0xe8b7be43'", "'0x71beeff9'"],
        ["texts", "{'0xe8b7be43', 'z'}", "{'0x71beeff9', 'z'}"],
      ],
    );
    assert.deepEqual(streams.map(({ stream, line }) => [stream, line]), [["stdout", 1]]);
  });
});

Deno.test("a program's folder is the same wherever it lies, in sets as well; one beside it is another", async () => {
  await inTempFolder((folder) => {
    const run = (...texts: string[]): Event[] => [
      enter("f"),
      step(1),
      step(2, { text: texts[0] ?? "", texts }),
      { what: "print", text: `${texts.join(" ")}\n` },
      exit(),
    ];
    const options = [{ folder: "/a/A" }, { folder: "/z/A2" }] as const;
    // Unfolded, the two sort in another order.
    const same = compared(folder, [
      [run("/a/A/x", "/k")],
      [run("/z/A2/x", "/k")],
    ], options);
    assert.ok(didTheSame(same), JSON.stringify(same.threads));
    const beside = compared(folder, [[run("/a/A2")], [run("/a/A2")]], [
      { folder: "/a/A" },
      { folder: "/a/B" },
    ]);
    assert.ok(didTheSame(beside), JSON.stringify(beside.threads));
    const other = compared(folder, [[run("/a/A2")], [run("/z/A22")]], options);
    assert.deepEqual(other.threads[0]?.values.map(({ name }) => name), ["text", "texts"]);
    assert.equal(other.streams.length, 1);
  });
});

Deno.test("sources are the same by text, by place below the folder, and by how they end", () => {
  const a = {
    workdir: "/home/a/project",
    paths: [
      "/home/a/project/app.py",
      "/home/a/project/lib/tools.py",
      "/venv/lib/site/tools.py",
      "<string>",
      "/opt/x/only.py",
      "/opt/same.py",
    ],
  };
  const b = {
    workdir: "/ci/build/7",
    paths: [
      "/opt/same.py",
      "/ci/venv/site/tools.py",
      "<string>",
      "/ci/build/7/lib/tools.py",
      "/ci/build/7/app.py",
      "/opt/x/other.py",
    ],
  };
  const shared = sharePaths(a, b);
  const partner = (path: string) => {
    const number = shared.a[a.paths.indexOf(path)];
    return b.paths[shared.b.indexOf(number!)] ?? null;
  };
  assert.deepEqual(a.paths.map(partner), [
    "/ci/build/7/app.py",
    "/ci/build/7/lib/tools.py",
    "/ci/venv/site/tools.py",
    "<string>",
    null,
    "/opt/same.py",
  ]);
});
