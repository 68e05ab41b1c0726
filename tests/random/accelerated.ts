/** Programs that show random values at lines of functions, once the accelerator is loaded. */
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { WARM } from "../support/accelerator.ts";
import { randomValues } from "./values.ts";

const SHAPES = Deno.readTextFileSync(fileURLToPath(new URL("value_shapes.py", import.meta.url)));
const MODULES =
  "array, collections, datetime, decimal, fractions, functools, pathlib, re, types, uuid";

/** Each value is shown alone, beside a number, and beside the value ahead of it; as a local, a global and a return. */
const SHOWS = `
last = None

def show(v):
    first = v
    return v

def beside(v, before, number):
    also = number
    return before

def as_global(number):
    held = last
    return number

def show_all(makers):
    global last
    before = None
    for number, value in enumerate(makers):
        v = value()
        for turn in range(2):
            show(v)
            beside(v, before, number)
            last = v
            as_global(number)
        before = v
`;

/** The same at lines of a module, where names come and go, and of a class. */
const SHOWS_IN_MODULE = `
before = None
for number, value in enumerate(hold()):
    v = value()
    for turn in range(2):
        held = v; also = number
        del held
    class Shows:
        inside = v
        number = 1
    del Shows
    globals()["name%d" % number] = before
    before = v
`;

function programOf(values: readonly (readonly string[])[], shows: string, end: readonly string[]) {
  return [
    WARM,
    SHAPES.slice(SHAPES.indexOf("import array")),
    `import ${MODULES}`,
    "def hold():",
    "    makers = []",
    ...values.flatMap((lines) => [
      "    def value():",
      ...lines.map((line) => `        ${line}`),
      "        return v",
      "    makers.append(value)",
    ]),
    "    return makers",
    shows,
    ...end,
  ].join("\n");
}

const soMany = (count: number) =>
  fc.array(randomValues, { minLength: count, maxLength: count, size: "max" });

/** So many values in one program. */
export function randomValueProgram(count: number): fc.Arbitrary<string> {
  return soMany(count).map((values) => programOf(values, SHOWS, ["show_all(hold())\n"]));
}

/** So many values in a module's own lines. */
export function randomModuleProgram(count: number): fc.Arbitrary<string> {
  return soMany(count).map((values) => programOf(values, SHOWS_IN_MODULE, []));
}
