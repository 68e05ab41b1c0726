/** What leaves a program that the agent observes: the bytes of the ring, under filters of several kinds. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  builtinDefault,
  compileChain,
  type CompiledFilter,
  makeChain,
} from "../../src/filter/mod.ts";
import { resolvePolicy } from "../../src/policy/mod.ts";
import { writeAgent } from "../../src/session/agent_files.ts";
import { agentFilter, agentText } from "../../src/session/agent_parts.ts";
import { createRing } from "../../src/wire/ring_file.ts";
import { run } from "../support/processes.ts";
import { forEachPython, needsPythons, PUSH_VERSIONS, type Python } from "../support/pythons.ts";

needsPythons(PUSH_VERSIONS);

const CANARY = fileURLToPath(new URL("canary.py", import.meta.url));

async function chainOf(folder: string, ...texts: string[]): Promise<CompiledFilter> {
  const chain = await makeChain([
    builtinDefault(),
    ...texts.map((text) => ({ origin: "setting" as const, path: "/f.toml", text })),
  ]);
  return compileChain(chain, { projects: [folder] });
}

/** Runs a program under the agent, with nobody who reads, and returns all that it wrote: every value at every step. */
async function written(python: Python, program: string, ...texts: string[]): Promise<string> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    const script = join(folder, "app.py"), ring = join(folder, "ring");
    await Deno.writeTextFile(script, program);
    createRing(ring);
    const agent = join(folder, "agent");
    const { policy } = await resolvePolicy({ flags: new Map(), environment: {} });
    writeAgent(
      {
        folder: agent,
        ring,
        environment: { PYTHONPATH: null },
        descriptorLimit: null,
        isolated: false,
        originalWords: [script],
        activation: null,
        filter: await agentFilter(await chainOf(folder, ...texts)),
        captureOutput: true,
      },
      policy,
      await agentText(),
    );
    const ran = await run([python.path, script], { cwd: folder, env: { PYTHONPATH: agent } });
    assert.deepEqual([ran.status, ran.stderr], [0, ""]);
    return new TextDecoder("latin1").decode(await Deno.readFile(ring));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function underEveryPython(name: string, body: (python: Python) => Promise<void>): void {
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: (t) => forEachPython(t, PUSH_VERSIONS, body),
  });
}

const secretsIn = (bytes: string) => [...new Set(bytes.match(/CANARY\d+/g))].sort();

underEveryPython("no secret of a name that says so leaves the program", async (python) => {
  const program = await Deno.readTextFile(CANARY);
  const bytes = await written(python, program);
  assert.deepEqual(secretsIn(bytes), []);
  assert.match(bytes, /SHOWN/);
  // It means something only if the same program shows them where a filter lets it.
  const all = await written(
    python,
    program,
    '[[scope.rules]]\nselector = "pkg:*"\n' +
      ["local", "global", "arg", "ret", "attr"].map((kind) =>
        `[[scope.rules.value_patterns]]\nselector = "${kind}:*"\naction = "allow"`
      ).join("\n"),
  );
  assert.ok(secretsIn(all).length >= 17, secretsIn(all).join());
});

const SCOPES = `
def skipped(value):
    inner = value + "1"
    return inner

def dropped(value):
    inner = value + "2"
    return inner

def quiet(value):
    inner = value + "3"
    shown = value + "4"
    raise ValueError(value + "5")

class Outer:
    def method(self, value):
        inner = value + "6"
        return inner

FLAG = "".join(["CAN", "ARY7"])
def main():
    start = "".join(["CAN", "ARY"])
    skipped(start), dropped(start), Outer().method(start)
    try:
        quiet(start)
    except ValueError:
        pass
    return FLAG == start

main()
`;

underEveryPython("rules by name, by qualified name and by default", async (python) => {
  const rules = String.raw`
[[scope.rules]]
selector = "obj:app.skipped"
exec = "skip"

[[scope.rules]]
selector = "obj:literal:app.dropped"
value_default = "drop"

[[scope.rules]]
selector = "obj:*.quiet"
value_default = "redact"
[[scope.rules.value_patterns]]
selector = "local:shown"
action = "allow"

[[scope.rules]]
selector = 'obj:regex:.*\.Outer\.method'
exec = "skip"

[[scope.rules]]
selector = "file:*.py"
[[scope.rules.value_patterns]]
selector = "global:FLAG"
action = "drop"
`;
  assert.deepEqual(
    secretsIn(await written(python, SCOPES)),
    [1, 2, 3, 4, 5, 6, 7].map((n) => `CANARY${n}`),
  );
  assert.deepEqual(secretsIn(await written(python, SCOPES, rules)), ["CANARY4"]);
  const only =
    '[scope]\ndefault_exec = "skip"\n[[scope.rules]]\nselector = "obj:app.dropped"\nexec = "trace"';
  assert.deepEqual(secretsIn(await written(python, SCOPES, only)), ["CANARY2"]);
});

const MODULE_COMPREHENSION = `
FRUIT = "".join(["CAN", "ARY1"])
OTHER = "".join(["CAN", "ARY2"])
numbers = [
    len(FRUIT) +
    n +
    len(OTHER)
    for n in range(3)
]
`;

underEveryPython(
  "a module's variables are local and global, in a comprehension too",
  async (python) => {
    const rules = ["local:FRUIT", "global:OTHER"].map((selector) =>
      `[[scope.rules.value_patterns]]\nselector = "${selector}"\naction = "redact"\n`
    ).join("");
    assert.deepEqual(secretsIn(await written(python, MODULE_COMPREHENSION)), [
      "CANARY1",
      "CANARY2",
    ]);
    const hidden = await written(
      python,
      MODULE_COMPREHENSION,
      `[[scope.rules]]\nselector = "file:*.py"\n${rules}`,
    );
    // Until 3.11 a comprehension is a function, where a module's variables are global alone.
    assert.deepEqual(secretsIn(hidden), python.minor < 12 ? ["CANARY1"] : []);
  },
);

const TEXTS = `
for name in ("Hidden", "Shown"):
    exec("""class %s:
    def f(self, value):
        found = value + str(len(self.__class__.__name__))
        return len(found)
def outer(value):
    def inner():
        found = value + str(%d)
        return len(found)
    return inner
%s = outer
""" % (name, len(name) + 10, name.lower()))
start = "".join(["CAN", "ARY"])
numbers = Hidden().f(start), Shown().f(start), hidden(start)(), shown(start)()
`;

underEveryPython("code made from several texts at the same lines is told apart", async (python) => {
  const rule = '[[scope.rules]]\nselector = "obj:*.Hidden.f"\nexec = "skip"';
  const [methods, inner] = [["CANARY5", "CANARY6"], ["CANARY15", "CANARY16"]];
  assert.deepEqual(secretsIn(await written(python, TEXTS)), [...inner, ...methods]);
  assert.deepEqual(secretsIn(await written(python, TEXTS, rule)), [...inner, "CANARY5"]);
  const nested = '[[scope.rules]]\nselector = "obj:*.outer.<locals>.inner"\nexec = "skip"';
  assert.deepEqual(secretsIn(await written(python, TEXTS, nested)), methods);
});
