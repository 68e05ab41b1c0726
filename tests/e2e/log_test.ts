/** The log and the counters of real recordings. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../support/processes.ts";
import { anyPython } from "../support/pythons.ts";
import { inspect, recorderCommand, ROOT, withFolder } from "../support/recorder.ts";

// deno-lint-ignore no-explicit-any
type Entry = any;

function entriesOf(text: string): Entry[] {
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

const PROGRAM = `
import json
def double(number):
    return 2 * number
print(json.dumps([double(n) for n in range(3)]))
raise SystemExit(3)
`;

async function recordWith(folder: string, words: readonly string[], program = PROGRAM) {
  const { path } = await anyPython();
  await Deno.writeTextFile(join(folder, "app.py"), program);
  const command = [...recorderCommand(), "-o", "out", ...words, path, "app.py"];
  return await run(command, { cwd: folder });
}

Deno.test("a log file: JSON lines that tell the recording's story and name it", async () => {
  await withFolder(async (folder) => {
    const words = ["--log-file", "log/../run.log", "--log-level", "debug"];
    await Deno.mkdir(join(folder, "log"));
    const { status, stdout } = await recordWith(folder, words);
    assert.deepEqual([status, stdout], [0, "[0, 2, 4]\n"]);
    const entries = entriesOf(await Deno.readTextFile(join(folder, "run.log")));
    const { metadata } = await inspect(join(folder, "out"));
    const id = metadata?.["recording_id"];
    assert.deepEqual(new Set(entries.map((entry) => entry.run_id)), new Set([id]));
    const events = entries.map((entry) => entry.event);
    assert.deepEqual(events, [
      "target.resolved",
      "recording.started",
      "program.ended",
      "recording.finished",
      "exit_status.not_propagated",
    ]);
    assert.deepEqual(entries.map((entry) => entry.trace_id), [null, id, id, id, id]);
    assert.deepEqual(entries[2].context, { code: 3, signal: null });
    const { steps, calls, events: outputs } = metadata?.["counts"] as Record<string, number>;
    const { bytes, state, ...counted } = entries[3].context;
    assert.deepEqual(counted, { steps, calls, events: outputs });
    assert.equal(bytes, (await Deno.stat(join(folder, "out/app.ct"))).size);
    assert.equal(typeof state.kind, "string");
    for (const { timestamp } of entries) {
      assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
    }
    // A second recording goes on in the same file.
    await recordWith(folder, words, "pass");
    assert.ok(entriesOf(await Deno.readTextFile(join(folder, "run.log"))).length > entries.length);
  });
});

Deno.test("a log file that opening would wait for is refused, before the program starts", async () => {
  await withFolder(async (folder) => {
    await new Deno.Command("mkfifo", { args: [join(folder, "fifo")] }).output();
    using _socket = Deno.listen({ transport: "unix", path: join(folder, "socket") });
    for (const name of ["fifo", "socket"]) {
      const { status, stdout, stderr } = await recordWith(folder, ["--log-file", name]);
      assert.deepEqual([status, stdout], [10, ""]);
      assert.match(stderr, /^ct-recorder: error ERR_IO: .*log_file.*no regular file.*\n$/);
      assert.deepEqual((await inspect(join(folder, "out"))).left, []);
    }
    // Pipes that the recorder has already, and devices.
    for (const name of ["/dev/stderr", "/dev/null"]) {
      const words = ["-q", "--log-level", "info", "--log-file", name];
      const { status, stderr } = await recordWith(folder, words, "pass");
      assert.deepEqual([status, stderr.includes('"recording.finished"')], [
        0,
        name !== "/dev/null",
      ]);
    }
  });
});

Deno.test("what a person was told is not repeated in a log on stderr, but stands in a file", async () => {
  await withFolder(async (folder) => {
    const plain = await recordWith(folder, []);
    assert.ok(plain.stderr.split("\n").every((line) => !line.startsWith("{")), plain.stderr);
    const { stderr } = await recordWith(folder, ["--log-level", "info", "-q"]);
    const lines = stderr.trimEnd().split("\n");
    const told = lines.filter((line) => !line.startsWith("{"));
    assert.equal(told.length, 1, stderr);
    assert.match(told[0] ?? "", /exited with status 3/);
    const logged = lines.filter((line) => line.startsWith("{")).map((line) =>
      JSON.parse(line).event
    );
    assert.deepEqual(logged, ["recording.started", "program.ended", "recording.finished"]);
  });
});

Deno.test("errors are in the log with their code; the trailer is still the last line", async () => {
  await withFolder(async (folder) => {
    const words = ["--log-file", "run.log", "--json-errors", "--log-level", "debug"];
    await Deno.writeTextFile(join(folder, "out"), "in the way");
    const { status, stderr } = await recordWith(folder, words);
    assert.equal(status, 2);
    const last = entriesOf(await Deno.readTextFile(join(folder, "run.log"))).at(-1);
    assert.deepEqual([last.event, last.level, last.error_code, last.error_kind], [
      "failure",
      "error",
      "ERR_TRACE_DIR_CONFLICT",
      "Usage",
    ]);
    const trailer = JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "");
    assert.equal(trailer.run_id, last.run_id);
    await Deno.remove(join(folder, "out"));
    // To stderr as well.
    const both = await recordWith(folder, [
      "--json-errors",
      "--log-level",
      "debug",
      "--sandbox",
      "x",
    ]);
    assert.equal(JSON.parse(both.stderr.trimEnd().split("\n").at(-1) ?? "").error_kind, "Usage");
  });
});

Deno.test("a log that can't be opened is an error before the program starts", async () => {
  await withFolder(async (folder) => {
    const program = "open('ran', 'w').close()";
    const words = ["--log-file", "nowhere/run.log", "--json-errors"];
    const { status, stderr } = await recordWith(folder, words, program);
    assert.equal(status, 10);
    assert.match(stderr, /^ct-recorder: error ERR_IO: .*nowhere\/run\.log/);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["app.py"]);
  });
});

Deno.test("counters: in the metadata, and through the sink of an embedding program", async () => {
  await withFolder(async (folder) => {
    const { path } = await anyPython();
    await Deno.writeTextFile(join(folder, "app.py"), PROGRAM);
    await Deno.writeTextFile(
      join(folder, "embed.ts"),
      `import { configurePolicy, startSession } from ${JSON.stringify(join(ROOT, "mod.ts"))};
const told: unknown[] = [];
const policy = await configurePolicy({ settings: { out_dir: "out" } });
const session = await startSession({
  command: [${JSON.stringify(path)}, "app.py"],
  policy,
  counterSink: { count: (...what) => void told.push(what) },
});
const { counters } = await session.finished;
console.error(JSON.stringify({ told, counters }));
`,
    );
    const { status, stderr } = await run(
      [Deno.execPath(), "run", "-A", "--config", join(ROOT, "deno.json"), "embed.ts"],
      { cwd: folder },
    );
    assert.equal(status, 0, stderr);
    const { told, counters } = JSON.parse(stderr);
    const { metadata } = await inspect(join(folder, "out"));
    assert.deepEqual(metadata?.["counters"], counters);
    assert.deepEqual(counters.detach_reasons, {});
    const { steps, calls, events } = metadata?.["counts"] as Record<string, number>;
    assert.deepEqual(counters.events, { steps, calls, output: events });
    // json's own functions, at the least.
    assert.ok(counters.scopes_skipped >= 3, `${counters.scopes_skipped}`);
    const sums = told.filter(([name]: [string]) => name === "events");
    assert.deepEqual(sums, [
      ["events", steps, { reason: "steps" }],
      ["events", calls, { reason: "calls" }],
      ["events", events, { reason: "output" }],
    ]);
  });
});
