/**
 * Programs recorded by the released recorder as `trace.json` and as `trace.bin`: both are read, and
 * tell what the records of the JSON say when they are simply gone through.
 */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { openTrace, type TraceReader } from "../../src/trace/reader/open_trace.ts";
import { renderValue } from "../../src/trace/reader/render.ts";
import { installed } from "../support/packages.ts";
import { run } from "../support/processes.ts";
import { programsIn } from "../support/programs.ts";
import { emptyEnvironment, forEachPython, needsPythons } from "../support/pythons.ts";
import { PROGRAMS, withFolder } from "../support/recorder.ts";

const PEER = "codetracer-python-recorder==0.3.0";
const SMALL = [
  "arguments",
  "class_bodies",
  "dataclasses_and_enums",
  "generators",
  "raises",
  "unicode_names",
  "operators",
];

needsPythons(["3.12"]);

/** What differs between two runs of a program. */
const placeless = (text: string) => text.replaceAll(/0x[0-9a-f]+|\d{12,}/g, "…");

/** Steps with their values, calls with arguments and results, and output. */
function told(trace: TraceReader): string[] {
  const typeName = (id: number) => trace.typeName(id);
  const shown = (value: Parameters<typeof renderValue>[0]) => renderValue(value, { typeName });
  return [
    ...[...trace.steps()].map(({ index, path, line }) =>
      `${path}:${line} ${
        trace.values(index).map(({ name, value }) => `${name}=${shown(value)}`).join()
      }`
    ),
    ...[...trace.calls()].map((call) =>
      `${trace.functionName(call.functionId)} ${call.parentKey} ${call.entryStep} ${
        call.arguments.map(({ nameId, value }) => `${trace.variableName(nameId)}=${shown(value)}`)
      } ${call.returnValue && shown(call.returnValue)}`
    ),
    ...[...trace.events()].map(({ step, kind, content }) =>
      `${step} ${kind} ${new TextDecoder().decode(content)}`
    ),
  ].map(placeless);
}

/** Lines, names of variables, calls and output, as the records have them. */
function outline(trace: TraceReader): string[] {
  return [
    ...[...trace.steps()].map(({ index, line }) =>
      `${line} ${trace.values(index).map(({ name }) => name)}`
    ),
    ...[...trace.calls()].map((call) =>
      `${trace.functionName(call.functionId)} ${call.parentKey} ${call.entryStep} ${
        call.arguments.map(({ nameId }) => trace.variableName(nameId))
      } ${call.returnValue?.kind}`
    ),
    ...[...trace.events()].map(({ step, content }) =>
      `${step} ${new TextDecoder().decode(content)}`
    ),
  ];
}

/** The same, from the JSON. */
function outlineOfRecords(path: string): string[] {
  const variables: string[] = [], functions: string[] = [], events: string[] = [];
  const steps: { line: number; names: string[] }[] = [];
  const calls: { told: string; returned?: string }[] = [];
  const open: number[] = [];
  for (const record of JSON.parse(Deno.readTextFileSync(path))) {
    const [name, body] = Object.entries<ReturnType<typeof JSON.parse>>(record)[0]!;
    if (name === "VariableName") variables.push(body);
    else if (name === "Function") functions.push(body.name);
    else if (name === "Step") steps.push({ line: body.line, names: [] });
    else if (name === "Value") steps.at(-1)!.names.push(variables[body.variable_id]!);
    else if (name === "Event") events.push(`${steps.length - 1} ${body.content}`);
    else if (name === "Return") calls[open.pop()!]!.returned = body.return_value.kind;
    else if (name === "Call") {
      const names = body.args.map((each: { variable_id: number }) => variables[each.variable_id]);
      const entry = Math.max(steps.length - 1, 0);
      calls.push({ told: `${functions[body.function_id]} ${open.at(-1) ?? -1} ${entry} ${names}` });
      open.push(calls.length - 1);
    }
  }
  return [
    ...steps.map(({ line, names }) => `${line} ${names}`),
    ...calls.map(({ told, returned }) => `${told} ${returned}`),
    ...events,
  ];
}

const programs = [
  ...programsIn("small").filter(({ name }) => SMALL.some((each) => name === `small/${each}.py`)),
  { name: "jsonparse.py", path: join(PROGRAMS, "jsonparse.py"), args: [] },
];

for (const program of programs) {
  Deno.test({
    name: `older formats of the released recorder: ${program.name}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: (t) =>
      forEachPython(t, ["3.12"], async (python) => {
        const interpreter = await emptyEnvironment(python);
        const packages = await installed(python, [PEER]);
        await withFolder(async (folder) => {
          for (const format of ["json", "binary"]) {
            const words = ["--trace-dir", join(folder, format), "--format", format, program.path];
            await run(
              [interpreter, "-m", "codetracer_python_recorder", ...words, ...program.args],
              {
                cwd: folder,
                longest: 300,
                env: { PYTHONPATH: `${packages}:${dirname(program.path)}` },
              },
            );
          }
          using json = openTrace(join(folder, "json"));
          assert.deepEqual(outline(json), outlineOfRecords(join(folder, "json/trace.json")));
          using binary = openTrace(join(folder, "binary"));
          assert.deepEqual(told(binary), told(json));
        });
      }),
  });
}
