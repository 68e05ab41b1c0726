/**
 * Secrets under names that say so are nowhere: not in the trace, its metadata, the log at its most talkative, nor in
 * the ring and the other files that exist while the program runs. The same values under harmless names are found.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openTrace, walkTrace } from "../../mod.ts";
import { forEachPython, needsPythons, PUSH_VERSIONS, type Python } from "../support/pythons.ts";
import { record, withFolder } from "../support/recorder.ts";

needsPythons(PUSH_VERSIONS);

const PROGRAM = Deno.readTextFileSync(
  fileURLToPath(new URL("_canary.py.template", import.meta.url)),
);
/** All that the program puts together. */
const SECRETS = Array.from({ length: 26 }, (_, at) => `CANARY${100 + at}`);

/** Where a recording can hold a secret, and which it holds there. */
interface Found {
  readonly byReader: readonly string[];
  readonly byCtAccept: readonly string[];
  readonly inFiles: readonly string[];
  readonly whileRunning: readonly string[];
  readonly said: readonly string[];
}

for (const names of ["secret", "harmless"] as const) {
  Deno.test({
    name: `canary: secrets under ${names} names are ${names === "secret" ? "nowhere" : "found"}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: (t) =>
      forEachPython(t, PUSH_VERSIONS, async (python) => {
        const program = PROGRAM.replace(
          /⟨(\w+)⟩/g,
          (_, name: string) => names === "secret" ? name : harmless(name),
        );
        const found = await withFolder((folder) => recordAndSearch(folder, program, python));
        const all = names === "secret" ? [] : SECRETS;
        assert.deepEqual(found, {
          byReader: all,
          byCtAccept: all,
          inFiles: [],
          whileRunning: all,
          said: [],
        });
      }),
  });
}

/** Another name for each, of which no part looks like a secret. */
function harmless(name: string): string {
  return `fruit_${Array.from(name, (char) => (char.codePointAt(0) ?? 0).toString(36)).join("")}`;
}

async function recordAndSearch(folder: string, program: string, python: Python): Promise<Found> {
  const script = join(folder, "app.py"), copies = join(folder, "copies");
  await Deno.writeTextFile(script, program);
  await Deno.mkdir(copies);
  const log = join(folder, "log");
  const recorded = await record(folder, [
    ...["--log-level", "trace", "--log-file", log, "--value-max-depth", "8"],
    ...[python.path, script, join(folder, "out"), copies],
  ]);
  assert.equal(recorded.status, 0, recorded.stderr);
  assert.equal(recorded.stdout, "counted 67\ncopied 1\n", recorded.stderr);
  const { trace, tracePath } = recorded;
  assert.ok(trace !== null && tracePath !== null);
  // What is shown is there, so the values have been looked at.
  assert.match(JSON.stringify(trace, textOfBigInt), /SHOWN/);
  const running = await textOfFiles(copies);
  assert.match(running, /SHOWN/);
  assert.match(await Deno.readTextFile(log), /"/);
  return {
    byReader: secretsIn(readAll(tracePath)),
    byCtAccept: secretsIn(JSON.stringify(trace, textOfBigInt)),
    // A container is compressed, but not what is short.
    inFiles: secretsIn(await textOfFiles(recorded.outDir) + await Deno.readTextFile(log)),
    whileRunning: secretsIn(running),
    said: secretsIn(recorded.stdout + recorded.stderr),
  };
}

/** All of a trace as JSON, by the product's own reader. */
function readAll(path: string): string {
  using trace = openTrace(path);
  const pieces: unknown[] = [trace.metadata, trace.functions, trace.types, trace.variables];
  for (const item of walkTrace(trace)) {
    if (item.kind === "step") pieces.push(item.step, trace.values(item.step.index));
    if (item.kind === "event") {
      pieces.push(item.event, new TextDecoder().decode(item.event.content));
    }
    if (item.kind === "leave") {
      pieces.push(item.call.arguments, item.call.returnValue, item.call.exception);
    }
  }
  return JSON.stringify(pieces, textOfBigInt);
}

function textOfBigInt(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

async function textOfFiles(folder: string): Promise<string> {
  const texts: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = join(folder, name);
    texts.push(
      isDirectory
        ? await textOfFiles(path)
        : new TextDecoder("latin1").decode(await Deno.readFile(path)),
    );
  }
  return texts.join("\n");
}

function secretsIn(text: string): string[] {
  return [...new Set(text.match(/CANARY1\d\d/g))].sort();
}
