/**
 * What other recorders of Python get wrong, each as a test of its own: small programs whose steps, calls, values and
 * events are known, recorded on each Python and read back by ct-accept alone. (Raise, catch and thread records have
 * tests of their own.)
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { acceptEvents, type Json, type JsonObject } from "../support/ct_accept.ts";
import { run } from "../support/processes.ts";
import {
  emptyEnvironment,
  forEachPython,
  needsPythons,
  PUSH_VERSIONS,
  type Python,
} from "../support/pythons.ts";
import { recorderCommand, withFolder } from "../support/recorder.ts";
import { SILENT } from "../support/same.ts";

needsPythons(PUSH_VERSIONS);

const MAIN = `import sys
import neighbour
from neighbour import Node as Other


class Node:
    def __init__(self, value):
        self.value = value


class Error(Exception):
    pass


def inner(x):
    y = x + 1
    return y


def outer(a, flag=None):
    both = inner(a) + inner(a + 10)
    return both


def raises(n):
    raise Error("no %d" % n)


def speaks():
    print("before")
    print("to stderr", file=sys.stderr)
    said = 1; print("after")
    return said


def holds():
    cycle = [1]
    cycle.append(cycle)
    plain = (b"\\x00b", {3}, Node(4), 2**70, -0.0)
    pair = (Node(1), Other(2))
    grows = [1]
    grows.append(2)
    return len(grows)


outer(1)
speaks()
try:
    raises(7)
except Error:
    pass
holds()
neighbour.twice(4)
`;

const NEIGHBOUR = `class Node:
    def __init__(self, value):
        self.value = value


def twice(n):
    return n * 2
`;

const KILLED = `import os
kept = [1, 2]
def ends():
    os.kill(os.getpid(), 9)
ends()
`;

/** A trace, read back. */
interface Truth {
  readonly header: JsonObject;
  readonly events: readonly JsonObject[];
  readonly steps: readonly JsonObject[];
  readonly status: number;
  readonly folder: string;
  readonly types: readonly string[];
}

const recordings = new Map<string, Promise<Truth>>();

/** One recording per program and Python, for all the tests that look at it. */
function recorded(python: Python, program: string): Promise<Truth> {
  const key = `${python.version} ${program}`;
  let recording = recordings.get(key);
  if (recording === undefined) {
    recordings.set(key, recording = withFolder((folder) => recordIn(folder, python, program)));
  }
  return recording;
}

async function recordIn(folder: string, python: Python, program: string): Promise<Truth> {
  // Elsewhere than the working directory: what stands beside a script is found all the same.
  const scripts = join(folder, "scripts");
  await Deno.mkdir(scripts);
  await Deno.writeTextFile(join(scripts, "main.py"), program);
  await Deno.writeTextFile(join(scripts, "neighbour.py"), NEIGHBOUR);
  const out = join(folder, "out");
  const { status, stderr } = await run([
    ...recorderCommand(),
    ...SILENT,
    "-o",
    out,
    "--python",
    await emptyEnvironment(python),
    join(scripts, "main.py"),
  ], { cwd: folder });
  const trace = [...Deno.readDirSync(out)].find(({ name }) => name.endsWith(".ct"));
  assert.ok(trace !== undefined, stderr);
  const { header, events } = acceptEvents(join(out, trace.name));
  return {
    header,
    events,
    steps: events.filter((event) => event["kind"] === "step"),
    status,
    folder,
    types: header["types"] as string[],
  };
}

function test(
  name: string,
  check: (truth: Truth, python: Python) => void,
  program = MAIN,
): void {
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: (t) =>
      forEachPython(
        t,
        PUSH_VERSIONS,
        async (python) => check(await recorded(python, program), python),
      ),
  });
}

/** The line of the program that holds this text. */
function lineOf(text: string, program = MAIN): number {
  const line = program.split("\n").findIndex((each) => each.includes(text)) + 1;
  assert.ok(line > 0, text);
  return line;
}

function stepsAt({ steps }: Truth, text: string): JsonObject[] {
  const line = lineOf(text);
  return steps.filter((step) => step["line"] === line && String(step["path"]).endsWith("/main.py"));
}

interface Shown {
  readonly varname: string;
  readonly value: JsonObject;
}

function variables(step: JsonObject): Shown[] {
  return step["vars"] as unknown as Shown[];
}

/** Names and values as short texts: `a=1`. */
function shown(step: JsonObject): string[] {
  return variables(step).map(({ varname, value }) => `${varname}=${plain(value)}`);
}

function plain(value: Json | undefined): string {
  const { i, b, text, r, elements, field_values: fields } = value as JsonObject;
  const items = elements ?? fields;
  if (Array.isArray(items)) return `[${items.map(plain).join(", ")}]`;
  return String(i ?? b ?? text ?? r ?? (value as JsonObject)["kind"]);
}

function valueAt(truth: Truth, text: string, name: string): JsonObject {
  const step = stepsAt(truth, text)[0]!;
  return variables(step).find(({ varname }) => varname === name)!.value;
}

function calls({ events }: Truth, name: string): JsonObject[] {
  return events.filter((event) =>
    event["kind"] === "call_entry" && String(event["function"]).endsWith(name)
  );
}

function exits({ events }: Truth, name: string): JsonObject[] {
  return events.filter((event) =>
    event["kind"] === "call_exit" && String(event["function"]).endsWith(name)
  );
}

test("a return into the middle of the caller's line makes no step of its own", (truth) => {
  const { steps } = truth;
  const first = steps.findIndex((step) => step["line"] === lineOf("both = inner"));
  const inside = steps.slice(first, first + 6).map((step) => [step["function"], step["line"]]);
  const line = lineOf("y = x + 1");
  assert.deepEqual(inside, [
    ["outer", lineOf("both = inner")],
    ["inner", line],
    ["inner", line + 1],
    ["inner", line],
    ["inner", line + 1],
    ["outer", lineOf("return both")],
  ]);
});

test("the caller's values stand at the caller's lines alone, the callee's at its own", (truth) => {
  for (const step of truth.steps) {
    const names = variables(step).map(({ varname }) => varname);
    if (step["function"] === "inner") assert.ok(names.every((name) => ["x", "y"].includes(name)));
    if (step["function"] === "outer") {
      // `inner` is a function that this code names: it isn't data, and so not among its values.
      assert.ok(names.every((name) => ["a", "flag", "both"].includes(name)), names.join());
    }
  }
  assert.deepEqual(shown(stepsAt(truth, "return both")[0]!), ["a=1", "flag=None", "both=14"]);
});

test("a call's arguments are not variables of the step that makes the call", (truth) => {
  const atCall = stepsAt(truth, "outer(1)");
  assert.equal(atCall.length, 1);
  const names = variables(atCall[0]!).map(({ varname }) => varname);
  assert.ok(!names.includes("a") && !names.includes("x"), names.join());
});

test("arguments have their names, values and types, defaults too", (truth) => {
  const [call] = calls(truth, "outer");
  const args = call!["args"] as unknown as Shown[];
  assert.deepEqual(args.map(({ varname, value }) => `${varname}=${plain(value)}`), [
    "a=1",
    "flag=None",
  ]);
  assert.deepEqual(args.map(({ value }) => truth.types[value["type_id"] as number]), [
    "int",
    "NoneType",
  ]);
  const arguments_ = calls(truth, "inner").map((each) => each["args"] as unknown as Shown[]);
  assert.deepEqual(arguments_.map((each) => plain(each[0]!.value)), ["1", "11"]);
});

test("output belongs to exactly the step that caused it, and stderr is told from stdout", (truth) => {
  const output = truth.events.filter((event) => event["kind"] === "io");
  const line = (event: JsonObject) =>
    truth.steps.find((step) => step["step_index"] === event["step_id"])?.["line"];
  assert.deepEqual(output.map((event) => [event["text"], event["io_kind"], line(event)]), [
    ["before\n", "ioStdout", lineOf('print("before")')],
    ["to stderr\n", "ioStderr", lineOf('print("to stderr"')],
    ["after\n", "ioStdout", lineOf('print("after")')],
  ]);
});

test("the first step is the module's first line, once", ({ steps, events }) => {
  assert.deepEqual(steps.slice(0, 2).map((step) => [step["function"], step["line"]]), [
    ["<__main__>", 1],
    ["<__main__>", 2],
  ]);
  assert.deepEqual(steps[0]!["vars"], []);
  const entries = events.filter((event) => event["kind"] === "call_entry").slice(0, 2);
  assert.deepEqual(entries.map((event) => [event["function"], event["entry_step"]]), [
    ["<toplevel>", 0],
    ["<__main__>", 0],
  ]);
});

test("dunders of modules and the builtins are in no step", ({ steps }) => {
  for (const step of steps) {
    for (const { varname } of variables(step)) assert.doesNotMatch(varname, /^__/);
  }
});

test("a call left by an exception has it in the exception field, and no return value", (truth) => {
  const [exit] = exits(truth, "raises");
  assert.deepEqual(exit!["return_value"], { kind: "Void" });
  const exception = exit!["exception"] as JsonObject;
  assert.equal(exception["kind"], "Error");
  assert.equal(exception["msg"], "Error: no 7");
  assert.equal(truth.types[exception["type_id"] as number], "Error");
});

test("the trace names its working directory, its program and its recorder", ({ header, folder }) => {
  const metadata = header["metadata"] as JsonObject;
  assert.equal(metadata["workdir"], folder);
  assert.equal(metadata["program"], join(folder, "scripts/main.py"));
  assert.match(String(metadata["recorder"]), /^ct-recorder \d+\.\d+/);
});

test("steps have the columns that the interpreter knows", (truth, { minor }) => {
  const columns = (text: string) => stepsAt(truth, text).map((step) => step["column"]);
  // Before 3.11 it knows of none.
  if (minor < 11) {
    assert.ok(truth.steps.every((step) => step["column"] === 1));
    return;
  }
  const at = (text: string, within: string) =>
    MAIN.split("\n")[lineOf(text) - 1]!.indexOf(within) + 1;
  assert.deepEqual(columns("both = inner"), [at("both = inner", "inner(a)")]);
  assert.deepEqual(columns("y = x + 1"), Array(2).fill(at("y = x + 1", "x")));
});

test("cycles, bytes, sets, objects and big integers are values, not what their repr says", (truth) => {
  const cycle = valueAt(truth, "plain = (", "cycle");
  assert.equal(cycle["kind"], "Sequence");
  assert.equal(plain(cycle), "[1, <cycle: the enclosing list>]");
  const values = valueAt(truth, "pair = (", "plain");
  assert.equal(plain(values), "[b'\\x00b', [3], [4], 1180591620717411303424, -0.0]");
  const parts = values["elements"] as JsonObject[];
  assert.deepEqual(parts.map((part) => truth.types[part["type_id"] as number]), [
    "bytes",
    "set",
    "Node",
    "int",
    "float",
  ]);
  assert.deepEqual(parts[2]!["field_names"], ["value"]);
});

test("types of one name from two modules are told apart", (truth) => {
  const pair = valueAt(truth, "grows = [1]", "pair")["elements"] as JsonObject[];
  assert.deepEqual(pair.map((part) => truth.types[part["type_id"] as number]), [
    "Node",
    "neighbour.Node",
  ]);
});

test("a value is what it was at its step, whatever becomes of it later", (truth) => {
  assert.equal(plain(valueAt(truth, "grows.append(2)", "grows")), "[1]");
  assert.equal(plain(valueAt(truth, "return len(grows)", "grows")), "[1, 2]");
});

test("what stands beside the script is imported, and its lines are its own", (truth) => {
  const [step] = truth.steps.filter((each) => each["function"] === "twice");
  assert.equal(step!["line"], lineOf("return n * 2", NEIGHBOUR));
  assert.ok(String(step!["path"]).endsWith("/scripts/neighbour.py"));
  assert.equal(truth.status, 0);
});

test("a killed process leaves all that it did", (truth) => {
  assert.equal(truth.status, 137);
  const last = truth.steps.at(-1)!;
  assert.deepEqual([last["function"], last["line"]], ["ends", 4]);
  const [root] = exits(truth, "<toplevel>");
  assert.equal(plain(root!["return_value"]), "<signal SIGKILL>");
}, KILLED);
