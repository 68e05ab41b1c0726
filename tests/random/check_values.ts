/** Records programs that hold random values, and holds what two readers show against what the programs print. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { openTrace, type TraceValue } from "../../mod.ts";
import type { TraceEvent, TraceValue as AcceptedValue } from "../support/compare.ts";
import { WARM } from "../support/accelerator.ts";
import { emptyEnvironment, type Python } from "../support/pythons.ts";
import { record, withFolder } from "../support/recorder.ts";
import { SILENT } from "../support/same.ts";
import { type RandomValue, randomValues } from "./values.ts";

const SHAPES = fileURLToPath(new URL("value_shapes.py", import.meta.url));
/** Values of one program: starting two processes and reading a trace back costs more than they do. */
const PER_PROGRAM = 200;
const BOUNDS = ["--value-max-depth", "20", "--value-max-items", "8", "--value-max-bytes", "250"];

/** Kind of record, type name, and a content where the kind has one. */
type Description = readonly [string, string, ...unknown[]];

/**
 * Checks `programs` programs of 200 values each, the same ones for the same seed; with a folder, by the native accelerator in
 * there.
 */
export async function checkRandomValues(
  python: Python,
  programs: number,
  seed: number,
  accelerator: string | null = null,
): Promise<void> {
  const all = fc.array(randomValues, {
    minLength: PER_PROGRAM,
    maxLength: PER_PROGRAM,
    size: "max",
  });
  for (const values of fc.sample(all, { numRuns: programs, seed })) {
    await checkProgram(python, values, seed, accelerator);
  }
}

async function checkProgram(
  python: Python,
  values: readonly RandomValue[],
  seed: number,
  accelerator: string | null,
): Promise<void> {
  const bodies = values.map((lines) =>
    ["    def value():", ...lines.map((line) => `        ${line}`), "        return v"].join("\n")
  );
  const modules = "array collections datetime decimal fractions functools pathlib re types uuid";
  const program = [
    ...accelerator === null ? [] : [WARM],
    `import ${modules.replaceAll(" ", ", ")}`,
    "from value_shapes import *",
    "from value_shapes import tell, link",
    // All under one name and in a function, so that no step has more to show than it has to.
    "def hold():",
    ...bodies.flatMap((body, number) => [body, `    tell(${number}, value())`]),
    "hold()\n",
  ].join("\n");
  await withFolder(async (folder) => {
    await Deno.copyFile(SHAPES, join(folder, "value_shapes.py"));
    await Deno.writeTextFile(join(folder, "main.py"), program);
    await Deno.writeTextFile(
      join(folder, "filter.toml"),
      '[[scope.rules]]\nselector = "file:value_shapes.py"\nexec = "skip"\n',
    );
    const { trace, tracePath, stdout, stderr, status } = await record(folder, [
      ...SILENT,
      ...BOUNDS,
      ...accelerator === null ? [] : ["--accelerator", accelerator],
      "--trace-filter",
      join(folder, "filter.toml"),
      await emptyEnvironment(python),
      join(folder, "main.py"),
    ], { cwd: folder });
    assert.equal(stderr, "");
    assert.equal(status, 0);
    assert.ok(trace !== null && tracePath !== null);
    const told = stdout.trimEnd().split("\n").map((line, number) => {
      const [said, described] = JSON.parse(line) as [number, Description | null];
      assert.equal(said, number);
      return described;
    });
    assert.equal(told.length, values.length);
    const check = (number: number, by: string, shown: Description | undefined) => {
      const expected = told[number];
      if (expected === null) return;
      try {
        assert.deepEqual(shown, expected);
      } catch (error) {
        const what = error instanceof Error ? error.message : error;
        throw new Error(
          `Python ${python.version}, seed ${seed}, ${by}: ${what}\n\n${bodies[number]}`,
        );
      }
    };
    assert.equal(checkAccepted(trace.events, trace.types, check), values.length);
    assert.equal(checkRead(tracePath, check), values.length);
    const skipped = told.filter((described) => described === null).length;
    assert.ok(skipped < values.length / 4, `${skipped} values were too large`);
  });
}

type Check = (number: number, by: string, shown: Description | undefined) => void;

/** What ct-accept shows of each value: as a variable of the last line, and as what its function returns. */
function checkAccepted(
  events: readonly TraceEvent[],
  types: readonly string[],
  check: Check,
): number {
  const describe = (value: AcceptedValue): Description =>
    description(
      { ...value, r: value.r ?? value.msg, fields: value.field_values, names: value.field_names },
      types[value.type_id]!,
      describe,
    );
  let last: TraceEvent | undefined;
  let number = 0;
  for (const event of events) {
    if (!isValue(event.function ?? "")) continue;
    if (event.kind === "step") last = event;
    if (event.kind !== "call_exit") continue;
    const held = last?.vars?.find(({ varname }) => varname === "v");
    check(number, "ct-accept, variable", held && describe(held.value));
    check(number, "ct-accept, return value", event.return_value && describe(event.return_value));
    number++;
  }
  return number;
}

/** The same by this project's own reader. */
function checkRead(path: string, check: Check): number {
  using trace = openTrace(path);
  const describe = (value: TraceValue): Description => {
    switch (value.kind) {
      case "Int":
      case "Bool":
      case "String":
      case "None":
      case "Sequence":
      case "Tuple":
      case "Raw":
        return description(value, trace.typeName(value.typeId), describe);
      case "Struct":
        return description(
          { kind: value.kind, fields: value.fieldValues, names: value.fieldNames ?? [] },
          trace.typeName(value.typeId),
          describe,
        );
      default:
        throw new Error(`a value of kind ${value.kind}`);
    }
  };
  let number = 0;
  for (const call of trace.calls()) {
    if (!isValue(trace.functionName(call.functionId))) continue;
    const held = trace.values(call.exitStep).find((variable) => variable.name === "v");
    check(number, "our reader", held && describe(held.value));
    number++;
  }
  return number;
}

/** Whether a function makes a value; its lambdas don't. */
function isValue(name: string): boolean {
  return /(^|\.)value$/.test(name);
}

interface Parts<Value> {
  readonly kind: string;
  readonly i?: number | bigint;
  readonly text?: string;
  readonly r?: string | undefined;
  readonly elements?: readonly Value[];
  readonly fields?: readonly Value[] | undefined;
  readonly names?: readonly string[] | undefined;
}

function description<Value>(
  { kind, i, text, r, elements, fields, names }: Parts<Value>,
  type: string,
  describe: (value: Value) => Description,
): Description {
  if (fields !== undefined) {
    return [kind, type, fields.map((field, at) => [names?.[at], describe(field)])];
  }
  if (elements !== undefined) return [kind, type, elements.map(describe)];
  const content = i === undefined ? text ?? r : String(i);
  return content === undefined ? [kind, type] : [kind, type, content];
}
