/** Programs that record themselves, with the module that `ct-recorder python-api` makes. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { baseEnvironment, run, type RunResult } from "./processes.ts";
import type { Python } from "./pythons.ts";
import { inspect, recorderCommand, type Recording, ROOT, withFolder } from "./recorder.ts";

let made: Promise<string> | undefined;

/** A folder with the module in it, for PYTHONPATH; the same for all tests of a file. */
export function moduleFolder(): Promise<string> {
  made ??= (async () => {
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "ct-api-" }));
    globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
    const { status, stdout, stderr } = await run([...recorderCommand(), "python-api", folder]);
    assert.deepEqual([status, stdout], [0, `${folder}\n`], stderr);
    return folder;
  })();
  return made;
}

/** How to run a program that records itself. */
export interface ApiOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Ahead of the program; none by default. */
  readonly options?: readonly string[];
}

/** Writes `text` as `app.py` into `folder`, and runs it there. */
export async function runProgram(
  folder: string,
  python: Python,
  text: string,
  { env = {}, options = [] }: ApiOptions = {},
): Promise<RunResult> {
  await Deno.writeTextFile(join(folder, "app.py"), text);
  return await run([python.path, ...options, "app.py"], {
    cwd: folder,
    env: { PYTHONPATH: await moduleFolder(), ...env },
  });
}

const INTERRUPTED = join(ROOT, "tests/support/interrupted_recordings.py");

/** Runs `interrupted_recordings.py` in `folder`, which it makes. */
export async function checkInterrupted(
  folder: string,
  python: Python,
  words: readonly string[],
): Promise<void> {
  await Deno.mkdir(folder);
  const { status, stdout, stderr } = await run([python.path, INTERRUPTED, ...words], {
    cwd: folder,
    env: { PYTHONPATH: await moduleFolder() },
    longest: 600,
  });
  assert.equal(status, 0, stderr);
  assert.ok(JSON.parse(stdout).length > 1, stdout);
}

/** As {@link runProgram}, without waiting for its end. */
export async function startProgram(
  folder: string,
  python: Python,
  text: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Deno.ChildProcess> {
  await Deno.writeTextFile(join(folder, "app.py"), text);
  return new Deno.Command(python.path, {
    args: ["app.py"],
    cwd: folder,
    clearEnv: true,
    env: { ...baseEnvironment(), PYTHONPATH: await moduleFolder(), ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
}

/** Waits for what a recorder leaves that nobody waits for. */
export async function settled(outDir: string): Promise<Omit<Recording, keyof RunResult>> {
  for (let tries = 0; tries < 3000; tries++) {
    const names = [...Deno.readDirSync(outDir)].map(({ name }) => name);
    if (names.includes("trace_metadata.json") && !names.some((name) => name.startsWith("."))) {
      return await inspect(outDir);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`no trace in ${outDir}`);
}

/** A trace in short: calls (`(name`), ends of calls (`)name`), lines, and what was printed (`"text`). */
export function outlineOf(trace: Recording["trace"]): string {
  assert.ok(trace !== null);
  return trace.events.map(({ kind, function: name, line, text }) =>
    kind === "step"
      ? line
      : kind === "call_entry"
      ? `(${name}`
      : kind === "call_exit"
      ? `)${name}`
      : `"${text?.trimEnd()}`
  ).join(" ");
}

const SAME_STEPS = `
import runpy, sys
def run():
    return runpy.run_path(sys.argv[1], run_name="__main__")
if sys.argv[2:]:
    import codetracer_recorder
    with codetracer_recorder.trace(sys.argv[2]):
        run()
else:
    run()
`;

/** A program is recorded in both ways, by itself and by the command; what is told of it is the same. */
export async function checkSameSteps(python: Python, program: string): Promise<void> {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "app.py"), SAME_STEPS);
    const own = await run([python.path, "app.py", program, "own"], {
      cwd: folder,
      env: { PYTHONPATH: await moduleFolder() },
    });
    assert.equal(own.status, 0, own.stderr);
    const told = await run([...recorderCommand(), "-o", "told", python.path, "app.py", program], {
      cwd: folder,
    });
    assert.equal(told.status, 0, told.stderr);
    assert.equal(own.stdout, told.stdout);
    const of = async (name: string) => {
      const { trace } = await inspect(join(folder, name));
      assert.ok(trace !== null);
      const from = trace.events.findIndex(({ kind, path }) => kind === "step" && path === program);
      const last = trace.events.findLastIndex(({ path }) => path === program);
      return trace.events.slice(from, last + 1).map((event) => [
        event.kind,
        event.function ?? event.text,
        event.line,
        event.vars?.map(({ varname, value }) => [varname, shown(value)]),
        shown(event.return_value),
      ]);
    };
    const [one, other] = [await of("own"), await of("told")];
    assert.ok(one.length > 20);
    assert.deepEqual(one, other);
  });
}

/** Without numbers of types, and addresses and thread idents, which are another run's. */
function shown(value: unknown): string | undefined {
  return JSON.stringify(
    value,
    (key, item) =>
      key.endsWith("type_id") ? undefined : typeof item === "bigint" ? `${item}n` : item,
  )?.replaceAll(/0x[0-9a-f]+|\d{12,}/g, "N");
}
