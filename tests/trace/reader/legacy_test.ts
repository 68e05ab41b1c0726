import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { openTrace, type TraceReader } from "../../../src/trace/reader/open_trace.ts";
import { renderValue } from "../../../src/trace/reader/render.ts";
import { FORMS, type Stored } from "./_legacy_records.ts";

/** What a trace says, as texts. */
function told(trace: TraceReader): unknown {
  const typeName = (id: number) => trace.typeName(id);
  return {
    steps: [...trace.steps()].map((step) => ({
      at: `${step.kind} ${step.path}:${step.line}`,
      call: trace.callAt(step.index)?.key ?? null,
      values: trace.values(step.index)
        .map(({ name, value }) => `${name}=${renderValue(value, { typeName })}`),
    })),
    calls: [...trace.calls()].map((call) => ({
      name: trace.functionName(call.functionId),
      parent: call.parentKey,
      steps: [call.entryStep, call.exitStep],
      arguments: call.arguments.map(({ nameId, value }) =>
        `${trace.variableName(nameId)}=${renderValue(value, { typeName })}`
      ),
      returned: call.returnValue === null ? null : renderValue(call.returnValue, { typeName }),
      children: [...call.children()],
    })),
    events: [...trace.events()].map((event) =>
      `${event.step} ${event.kind} ${event.metadata} ${new TextDecoder().decode(event.content)}`
    ),
  };
}

/** Reads the records in one of their forms. */
function read<T>(form: string, records: readonly Stored[], look: (trace: TraceReader) => T): T {
  const folder = Deno.makeTempDirSync();
  try {
    using trace = openTrace(FORMS[form]!(records, folder));
    return look(trace);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

// -- what the released recorder writes

const APP = fileURLToPath(new URL("./legacy/", import.meta.url));

Deno.test("the released recorder's trace.json and trace.bin tell the same", () => {
  using json = openTrace(`${APP}json`);
  using binary = openTrace(`${APP}binary`);
  // Two runs of the program: its objects were elsewhere.
  const placeless = (trace: TraceReader) =>
    JSON.stringify(told(trace), null, 1).replaceAll(/0x[0-9a-f]+/g, "0x");
  assert.equal(placeless(json), placeless(binary));
  assert.deepEqual(json.metadata, binary.metadata);
  assert.deepEqual(json.counts, binary.counts);
  for (const table of ["paths", "functions", "types", "variables"] as const) {
    assert.deepEqual(json[table], binary[table]);
  }
});

Deno.test("the released recorder's traces tell what the program did", () => {
  using trace = openTrace(`${APP}json/trace.json`);
  assert.equal(trace.path, `${APP}json/trace.json`);
  const { program, args, workdir, recorder, recordedAt, filters } = trace.metadata;
  assert.deepEqual([program, args, workdir, recorder, recordedAt, filters?.length], [
    "/app/app.py",
    [],
    "/app",
    "codetracer_python_recorder 0.3.0",
    null,
    2,
  ]);
  assert.equal(trace.metadata.flags.columnAwareSteps, false);
  const typeName = (id: number) => trace.typeName(id);
  const calls = [...trace.calls()].map((call) => {
    const returned = call.returnValue === null ? "-" : renderValue(call.returnValue, { typeName });
    const name = trace.functionName(call.functionId).replace("main.<locals>.", "");
    const lines = [call.entryStep, call.exitStep].map((step) => trace.step(step).line);
    return `${"  ".repeat(call.depth)}${name} ${lines.join("-")} ${returned}`;
  });
  // The first step of a call is the one on its `def` that this recorder writes ahead of it.
  assert.deepEqual(calls, [
    "<toplevel> 1-13 0",
    "  <__main__> 1-13 None",
    "    main 1-13 [-9223372036854775808, 2.5]",
    "      Point 4-5 None",
    "      Point.__init__ 5-6 None",
    "      scale 8-10 nothing",
    "      Point.__init__ 5-6 None",
    "      scale 8-11 (3626777458843887524118528, 'km')",
    "      numbers 13-14 -9223372036854775808",
    "      numbers 13-15 2.5",
    "      numbers 13-13 None",
  ]);
  const scale = [...trace.calls()].filter((call) => call.depth === 3)[4]!;
  const shown = scale.arguments.slice(1).map(({ nameId, value }) =>
    `${trace.variableName(nameId)}=${renderValue(value, { typeName })}`
  );
  assert.deepEqual(shown, ["by=3", "unit='km'", "rest=(4,)", "more={'z': {'a': [1, None, True]}}"]);
  const last = [...trace.steps()].findLast((step) => step.line === 25)!;
  const text = trace.values(last.index).find((variable) => variable.name === "text");
  assert.equal(text && renderValue(text.value, { typeName }), "'ünothing'");
  const output = [...trace.events()].map((event) => new TextDecoder().decode(event.content));
  assert.deepEqual(output.join(""), "(3626777458843887524118528, 'km') ünothing\ndone\n");
});

// -- any records, in every form

interface Call {
  readonly name: number;
  readonly line: number;
  readonly args: readonly number[];
  readonly body: readonly (Line | Call)[];
  readonly returned: number;
}

interface Line {
  readonly line: number;
  readonly values: readonly number[];
  readonly output: string | null;
}

const line: fc.Arbitrary<Line> = fc.record({
  line: fc.integer({ min: 1, max: 200_000 }),
  values: fc.array(fc.nat(20), { maxLength: 3 }),
  output: fc.option(fc.string({ maxLength: 5, unit: "grapheme" })),
});
const call: fc.Arbitrary<Call> = fc.letrec<{ call: Call }>((tie) => ({
  call: fc.record({
    name: fc.nat(2),
    line: fc.integer({ min: 1, max: 99 }),
    args: fc.array(fc.nat(20), { maxLength: 2 }),
    body: fc.array(fc.oneof({ depthSize: "small" }, line, tie("call")), { maxLength: 6 }),
    returned: fc.nat(20),
  }),
})).call;

/** Values of every kind, and how they are shown. */
const INT = { kind: "Int", i: 5, type_id: 1 };
const VALUES: readonly (readonly [value: Record<string, unknown>, shown: string])[] = [
  [INT, "5"],
  [{ kind: "Int", i: -(2n ** 63n), type_id: 1 }, "-9223372036854775808"],
  [{ kind: "Int", i: 2 ** 53 - 1, type_id: 1 }, "9007199254740991"],
  [{ kind: "Int", i: -24, type_id: 1 }, "-24"],
  [{ kind: "Float", f: "0.1", type_id: 1 }, "0.1"],
  [{ kind: "Float", f: "-inf", type_id: 1 }, "-inf"],
  [{ kind: "Float", f: "NaN", type_id: 1 }, "nan"],
  [{ kind: "Bool", b: true, type_id: 1 }, "True"],
  [{ kind: "String", text: '„ü\n"🎉', type_id: 1 }, "'„ü\\n\"🎉'"],
  [{ kind: "String", text: "x".repeat(300), type_id: 1 }, `'${"x".repeat(300)}'`],
  [{ kind: "Sequence", elements: [INT, INT], is_slice: false, type_id: 2 }, "[5, 5]"],
  [{ kind: "Tuple", elements: [INT], type_id: 3 }, "(5,)"],
  [{ kind: "Struct", field_values: [INT, INT], type_id: 4 }, "Point(x=5, y=5)"],
  [{ kind: "Variant", discriminator: "Some", contents: INT, type_id: 1 }, "Some(5)"],
  [
    { kind: "Reference", dereferenced: INT, address: 2n ** 64n - 1n, mutable: true, type_id: 1 },
    "5",
  ],
  [{ kind: "Raw", r: "<f>", type_id: 1 }, "<f>"],
  [{ kind: "Error", msg: "bad", type_id: 1 }, "<error: bad>"],
  [{ kind: "None", type_id: 0 }, "None"],
  [{ kind: "Cell", place: -7 }, "<cell -7>"],
  [{ kind: "BigInt", b: "AQAAAAAAAAAA", negative: true, type_id: 1 }, "-18446744073709551616"],
  [{ kind: "Char", c: "ü", type_id: 1 }, "'ü'"],
];

const TABLES: Stored[] = [
  { Path: "/app/app.py" },
  { Path: "/app/lib.py" },
  ...["None", "any", "list", "tuple"].map((name) => ({
    Type: { kind: 0, lang_type: name, specific_info: { kind: "None" } },
  })),
  {
    Type: {
      kind: 6,
      lang_type: "Point",
      specific_info: {
        kind: "Struct",
        fields: [{ name: "x", type_id: 1 }, { name: "y", type_id: 1 }],
      },
    },
  },
  { VariableName: "a" },
  { Variable: "b" },
  { VariableName: "c" },
  ...["f", "g", "<toplevel>"].map((name, id) => ({ Function: { path_id: 1, line: id + 1, name } })),
];

/** The records of a call, and what is to be told about it. */
function written(root: Call): { records: Stored[]; expected: unknown } {
  const records: Stored[] = [...TABLES];
  const steps: { at: string; call: number; values: string[] }[] = [];
  const calls: {
    name: string;
    parent: number;
    steps: [number, number];
    arguments: string[];
    returned: string;
    children: number[];
  }[] = [];
  const events: string[] = [];
  const variables = (numbers: readonly number[]) =>
    numbers.map((value, index) => ({ variable_id: index, value: VALUES[value]![0] }));
  const shown = (numbers: readonly number[]) =>
    numbers.map((value, index) => `${"abc"[index]}=${VALUES[value]![1]}`);
  const add = (call: Call, parent: number) => {
    const key = calls.length;
    calls[parent]?.children.push(key);
    const entry = { Step: { path_id: 1, line: call.line } };
    steps.push({ at: `line /app/lib.py:${call.line}`, call: key, values: [] });
    const enter = { Call: { function_id: call.name, args: variables(call.args) } };
    // The first call comes ahead of all steps, every other one behind its first step.
    records.push(...(parent < 0 ? [enter, entry] : [entry, enter]));
    const told = {
      name: ["f", "g", "<toplevel>"][call.name]!,
      parent,
      steps: [steps.length - 1, 0] as [number, number],
      arguments: shown(call.args),
      returned: VALUES[call.returned]![1],
      children: [],
    };
    calls.push(told);
    for (const item of call.body) {
      if ("body" in item) {
        add(item, key);
        continue;
      }
      records.push({ Step: { path_id: 0, line: item.line } });
      // A step that was not one.
      if (item.line % 5 === 0) {
        records.push("DropLastStep", { Step: { path_id: 0, line: item.line } });
      }
      steps.push({ at: `line /app/app.py:${item.line}`, call: key, values: shown(item.values) });
      for (const variable of variables(item.values)) records.push({ Value: variable });
      records.push({ Asm: ["NOP"] }, { BindVariable: { variable_id: 0, place: 3 } }, {
        Assignment: { to: 0, pass_by: "Value", from: { kind: "Compound", "0": [1] } },
      });
      if (item.output !== null) {
        records.push({ Event: { kind: 0, metadata: "m", content: item.output } });
        events.push(`${steps.length - 1} 0 m ${item.output}`);
      }
    }
    told.steps[1] = steps.length - 1;
    records.push({ Return: { return_value: VALUES[call.returned]![0] } });
  };
  add(root, -1);
  return { records, expected: { steps, calls, events } };
}

for (const form of Object.keys(FORMS)) {
  Deno.test(`any records: ${form}`, () => {
    fc.assert(
      fc.property(call, (root) => {
        const { records, expected } = written(root);
        assert.deepEqual(read(form, records, told), expected);
      }),
      { numRuns: 8 },
    );
  });
}

Deno.test("what is held back is not held in memory for ever, and stays in order", () => {
  const output = (index: number) => ({ Event: { kind: 0, metadata: "", content: `${index}` } });
  const many = Array.from({ length: 11_000 }, (_, index) => output(index));
  const step = { Step: { path_id: 0, line: 7 } };
  const contents = (trace: TraceReader) =>
    [...trace.events()].map((event) => Number(new TextDecoder().decode(event.content)));
  // Ahead of the first step, behind a step, and without any.
  for (const records of [[...many, step], [step, ...many, step], many]) {
    const got = read("trace.json", [...TABLES, ...records], (trace) => ({
      contents: contents(trace),
      lines: [...trace.steps()].map((each) => each.line),
    }));
    assert.deepEqual(got.contents, many.map((_, index) => index));
    const lines = records.filter((record) => record === step).map(() => 7);
    assert.deepEqual(got.lines, records[0] === step ? lines : [1, ...lines]);
  }
});

// -- one kind of record at a time

const NONE = { kind: "None", type_id: 0 };
const step = (line: number): Stored => ({ Step: { path_id: 0, line } });
const enter = (id: number): Stored => ({ Call: { function_id: id, args: [] } });
const leave: Stored = { Return: { return_value: NONE } };

/** Steps with their calls and values, and calls by name with their steps. */
function outline(records: readonly Stored[]): string[] {
  return read("trace.json", [...TABLES, ...records], (trace) => [
    ...[...trace.steps()].map((each) => {
      const values = trace.values(each.index)
        .map(({ name, value }) =>
          ` ${name}=${renderValue(value, { typeName: trace.typeName.bind(trace) })}`
        );
      return `${each.kind} ${each.line} in ${trace.callAt(each.index)?.key}${values.join("")}`;
    }),
    ...[...trace.calls()].map((each) =>
      `${
        trace.functionName(each.functionId)
      } ${each.entryStep}-${each.exitStep} in ${each.parentKey}`
    ),
  ]);
}

Deno.test("a call without a step of its own gets one at its function", () => {
  assert.deepEqual(
    outline([enter(2), step(5), enter(1), enter(0), leave, leave, enter(1), leave]),
    [
      "line 5 in 2",
      "line 2 in 3",
      "<toplevel> 0-1 in -1",
      "g 0-0 in 0",
      "f 0-0 in 1",
      "g 1-1 in 0",
    ],
  );
});

Deno.test("steps outside of all calls get one", () => {
  assert.deepEqual(outline([step(5), step(6), leave, step(7)]), [
    "line 5 in 0",
    "line 6 in 0",
    "line 7 in 1",
    "<toplevel> 0-1 in -1",
    "<toplevel> 2-2 in -1",
  ]);
  // Its id does not get in the way of functions that come later.
  const late = [step(5), { Function: { path_id: 0, line: 9, name: "h" } }, step(6), enter(3)];
  assert.deepEqual(outline(late).slice(2), ["<toplevel> 0-1 in -1", "h 1-1 in 0"]);
});

Deno.test("a step that is taken back takes its values with it, not its calls", () => {
  const value = { Value: { variable_id: 0, value: VALUES[0]![0] } };
  assert.deepEqual(outline([enter(2), step(1), value, "DropLastStep", step(2), value]), [
    "line 2 in 0 a=5",
    "<toplevel> 0-0 in -1",
  ]);
  assert.deepEqual(outline([enter(2), step(1), step(2), enter(0), "DropLastStep", step(3)]), [
    "line 1 in 0",
    "line 3 in 1",
    "<toplevel> 0-1 in -1",
    "f 1-1 in 0",
  ]);
});

Deno.test("threads are told between the steps", () => {
  const records = [
    { ThreadStart: 1 },
    step(1),
    { ThreadSwitch: 2n ** 60n },
    step(2),
    { ThreadExit: 3 },
  ];
  read("events.log of chunks", [...TABLES, ...records], (trace) => {
    assert.deepEqual([...trace.steps()].map(({ kind, threadId }) => [kind, threadId]), [
      ["line", undefined],
      ["threadStart", 1],
      ["threadSwitch", 0],
      ["line", undefined],
      ["threadExit", 3],
    ]);
  });
});

Deno.test("variables whose values are at places", () => {
  const int = (i: number) => ({ kind: "Int", i, type_id: 1 });
  const cell = (place: number) => ({ kind: "Cell", place });
  const sequence = (elements: unknown[]) => ({
    kind: "Sequence",
    elements,
    is_slice: false,
    type_id: 2,
  });
  assert.deepEqual(
    outline([
      enter(2),
      step(1),
      { CellValue: { place: 1, value: int(1) } },
      { CellValue: { place: 2, value: int(2) } },
      { CompoundValue: { place: 3, value: sequence([cell(1), cell(2)]) } },
      { VariableCell: { variable_id: 0, place: 3 } },
      step(2),
      { AssignCell: { place: 1, new_value: int(10) } },
      step(3),
      { AssignCompoundItem: { place: 3, index: 1, item_place: 1 } },
      enter(0),
      { VariableCell: { variable_id: 1, place: 2 } },
      step(4),
      { DropVariable: 1 },
      leave,
      step(5),
      // Another place, one that is nowhere, and one that leads to itself.
      { VariableCell: { variable_id: 0, place: 99 } },
      { CompoundValue: { place: 4, value: sequence([cell(4)]) } },
      step(6),
      { DropVariables: [0, 1] },
    ]).slice(0, 6),
    [
      "line 1 in 0 a=[1, 2]",
      "line 2 in 0 a=[10, 2]",
      "line 3 in 1 b=2",
      "line 4 in 1",
      "line 5 in 0 a=<cell 99>",
      "line 6 in 0",
    ],
  );
  const cycle = outline([
    step(1),
    { CompoundValue: { place: 4, value: sequence([cell(4), cell(4)]) } },
    { VariableCell: { variable_id: 0, place: 4 } },
  ])[0]!;
  assert.ok(cycle.includes("<cell 4>") && cycle.length < 500_000);
});

Deno.test("nothing is left in the folder for temporary files", () => {
  const temporary = Deno.makeTempDirSync();
  const made: string[] = [];
  const original = Deno.makeTempDirSync;
  Deno.makeTempDirSync = (options) => {
    const path = original({ ...options, dir: temporary });
    made.push(path);
    return path;
  };
  try {
    openTrace(`${APP}binary`).close();
    assert.throws(() => openTrace(`${APP}app.txt`));
    const trace = openTrace(`${APP}json`);
    trace.close();
    trace.close();
    assert.equal(made.length, 2);
    assert.deepEqual([...Deno.readDirSync(temporary)], []);
  } finally {
    Deno.makeTempDirSync = original;
    Deno.removeSync(temporary, { recursive: true });
  }
});
