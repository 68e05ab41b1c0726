/** Recorders that are killed, and what `ct-recorder recover` makes of what they left. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { lockFolder } from "../../src/session/folder_lock.ts";
import { hasLeftBehind } from "../../src/session/left_behind.ts";
import { thisProcess } from "../../src/session/process_identity.ts";
import { recoverRecordings } from "../../src/session/recover.ts";
import { RecorderError } from "../../src/errors/mod.ts";
import { openTrace } from "../../src/trace/reader/open_trace.ts";
import { AGENT_PID, HEADER_SIZE, HEARTBEAT } from "../../src/wire/protocol.ts";
import { withoutPowers } from "../support/powers.ts";
import { run, type RunResult } from "../support/processes.ts";
import { anyPython, EACH_OBSERVER, needsPythons } from "../support/pythons.ts";
import { inspect, recorderCommand, ROOT, withFolder } from "../support/recorder.ts";
import { mountable, onSmallDisk } from "../support/small_disk.ts";
import type { Fault } from "../support/with_faults.ts";
import { assertKillsLoseNothing } from "./_killed.ts";

needsPythons(EACH_OBSERVER);

Deno.test("recover: a recorder killed at any moment loses nothing that the program had done", () =>
  assertKillsLoseNothing(20));

/** Numbers whose records fill more than a ring, and a few. */
const MANY = 1200;
const FEW = 10;

/** Records into `<folder>/out`, under a fault. */
async function recordFaulty(
  folder: string,
  fault: Fault,
  options: {
    count?: number;
    words?: readonly string[];
    whileRunning?: (child: Deno.ChildProcess) => Promise<void>;
  } = {},
): Promise<RunResult> {
  const python = await anyPython();
  await Deno.writeTextFile(
    join(folder, "app.py"),
    `
import os, sys
def square(number):
    text = "%06d" % number * 150
    if number % 50 == 0:
        print(number)
        sys.stdout.flush()
        os.write(1, b"past %d\\n" % number)
    return number * number
for number in range(${options.count ?? FEW}):
    square(number)
raise SystemExit(3)
`,
  );
  const { whileRunning } = options;
  return await run([
    ...faulty(fault),
    "-o",
    join(folder, "out"),
    ...options.words ?? [],
    python.path,
    join(folder, "app.py"),
  ], { cwd: folder, ...(whileRunning === undefined ? {} : { whileRunning }) });
}

function faulty(fault: Fault): string[] {
  const script = join(ROOT, "tests/support/with_faults.ts");
  return [Deno.execPath(), "run", "-A", script, JSON.stringify(fault)];
}

const die = (from: number): Fault => ({ call: "die", from });

/** The one work folder in `<folder>/out`. */
function workDirIn(folder: string): string {
  const names = [...Deno.readDirSync(join(folder, "out"))].map(({ name }) => name)
    .filter((name) => name.startsWith(".recording-"));
  assert.equal(names.length, 1);
  return join(folder, "out", names[0]!);
}

interface Recovery {
  readonly recovered: number;
  /** Codes of those that could not be recovered, or of the error that there was nothing to. */
  readonly codes: readonly string[];
}

async function recover(path: string, outDir: string | null = null): Promise<Recovery> {
  const codes: string[] = [];
  let recovered = 0;
  try {
    for await (const outcome of recoverRecordings(path, { outDir, sandbox: "required" })) {
      if ("error" in outcome) codes.push(outcome.error.code);
      else recovered++;
    }
  } catch (error) {
    assert.ok(error instanceof RecorderError);
    codes.push(error.code);
  }
  return { recovered, codes };
}

const DONE: Recovery = { recovered: 1, codes: [] };
const refused = (code: string): Recovery => ({ recovered: 0, codes: [code] });
const WHOLE = ["app.ct", "trace_metadata.json"];

function parse(path: string): Record<string, unknown> {
  return JSON.parse(Deno.readTextFileSync(path));
}

/** A whole trace of app.py stands in the folder, with its own metadata, and nothing else. */
async function assertWhole(outDir: string): Promise<void> {
  const { left, metadata } = await inspect(outDir, false);
  assert.deepEqual(left, WHOLE);
  assert.equal(metadata?.["partial"], false);
  assert.deepEqual(metadata["process_exit_status"], { code: 3, label: null });
  using trace = openTrace(join(outDir, "app.ct"));
  assert.equal(trace.metadata.recordingId, metadata["recording_id"]);
}

Deno.test("recover: it makes the very bytes that the recorder had made", () =>
  withFolder(async (folder) => {
    const go = join(folder, "go");
    const fault: Fault = { call: "wait", path: go };
    let made = new Uint8Array();
    let said: Record<string, unknown> = {};
    await recordFaulty(folder, fault, {
      count: MANY,
      words: ["--io-capture", "proxies+fd"],
      whileRunning: async (child) => {
        while (!exists(`${go}.waiting`)) await new Promise((next) => setTimeout(next, 10));
        assert.equal(await lockFolder(workDirIn(folder), 100), null);
        assert.deepEqual(await recover(workDirIn(folder)), refused("ERR_USAGE"));
        made = await Deno.readFile(join(workDirIn(folder), "trace.ct"));
        said = parse(join(workDirIn(folder), "trace_metadata.json"));
        child.kill("SIGKILL");
      },
    });
    const workDir = workDirIn(folder);
    assert.ok(Deno.statSync(join(workDir, "journal")).size > 0);
    const out = join(folder, "out");
    assert.deepEqual(await recover(out), DONE);
    await assertWhole(out);
    assert.deepEqual(await Deno.readFile(join(out, "app.ct")), made);
    assert.deepEqual(parse(join(out, "trace_metadata.json")), { ...said, recovered: true });
    assert.deepEqual(await recover(out), refused("ERR_TRACE_MISSING"));
  }));

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Records with the recorder killed as the trace is to take its place, and lets `body` have what it left, by copies. */
function withLeft(
  name: string,
  count: number,
  body: (copy: (name: string) => Promise<string>) => Promise<void>,
): void {
  Deno.test(`recover: ${name}`, () =>
    withFolder(async (folder) => {
      await recordFaulty(folder, die(1), { count });
      await body(async (name) => {
        const copied = join(folder, name);
        await Deno.mkdir(copied);
        const { status } = await run(["cp", "-a", join(folder, "out"), copied]);
        assert.equal(status, 0);
        return copied;
      });
    }));
}

withLeft("a recovery that is itself killed, at any step, is done again", FEW, async (copy) => {
  // Ahead of both renames, between them, and ahead and in the midst of the removal of the work folder.
  for (const step of [6, 7, 10, 11]) {
    const folder = await copy(String(step));
    const out = join(folder, "out");
    const { signal, stderr } = await run([...faulty(die(step)), "recover", out]);
    assert.equal(signal, "SIGKILL", `${step}: ${stderr}`);
    assert.equal(exists(join(out, "app.ct")), step > 6);
    Deno.utimeSync(workDirIn(folder), 0, 0);
    assert.deepEqual(await recover(out), DONE, `${step}`);
    await assertWhole(out);
  }
});

withLeft("it refuses, and leaves everything as it is", FEW, async (copy) => {
  const folder = await copy("copy");
  const [out, workDir] = [join(folder, "out"), workDirIn(folder)];
  const description = join(workDir, "recording.json");
  const written = Deno.readTextFileSync(description);
  const change = (changes: Record<string, unknown>) =>
    Deno.writeTextFileSync(description, JSON.stringify({ ...JSON.parse(written), ...changes }));
  const names = () => [...Deno.readDirSync(workDir)].map(({ name }) => name).sort();
  const before = names();

  change({ recorder: thisProcess() });
  assert.deepEqual(await recover(out), refused("ERR_TRACE_MISSING"), "a recorder at work");
  await assert.rejects(
    recoverRecordings(out, { outDir: null, sandbox: "required" }).next(),
    new RegExp(`a recorder is at work there \\(process ${Deno.pid}\\)`),
  );
  assert.deepEqual(await recover(workDir), refused("ERR_USAGE"), "a recorder at work, named");
  // One of another machine or container, which shows signs of life.
  change({ recorder: { pid: 1, started: "elsewhere 1" } });
  let beats = 0;
  const timer = setInterval(() => {
    using ring = Deno.openSync(join(workDir, "ring"), { write: true });
    ring.seekSync(HEARTBEAT, Deno.SeekMode.Start);
    ring.writeSync(Uint8Array.of(++beats));
  }, 50);
  assert.deepEqual(await recover(out), refused("ERR_USAGE"), "a recorder elsewhere");
  clearInterval(timer);
  // What the program may have put there.
  for (const traceName of ["../app.ct", "app", "/tmp/app.ct", ".."]) {
    change({ traceName });
    assert.deepEqual(await recover(out), refused("ERR_TRACE_CORRUPT"), traceName);
  }
  const { trace } = JSON.parse(written);
  const short = { ...trace, filters: [{ path: "a", sha256: [1, 2] }] };
  for (
    const changes of [
      { trace: {} },
      { trace: short },
      { version: 9 },
      { limits: null },
      { limits: { steps: "x", bytes: null } },
      { relayed: 1 },
      { metadata: null },
    ]
  ) {
    change(changes);
    assert.deepEqual(await recover(out), refused("ERR_TRACE_CORRUPT"), JSON.stringify(changes));
  }
  Deno.writeTextFileSync(description, '{"version":1,');
  assert.deepEqual(await recover(out), refused("ERR_TRACE_MISSING"), "perhaps just begun");
  assert.deepEqual(await recover(workDir), refused("ERR_USAGE"), "perhaps just begun, named");
  Deno.writeTextFileSync(description, written);
  Deno.writeTextFileSync(join(folder, "secret"), "secret");
  Deno.symlinkSync(join(folder, "secret"), join(workDir, "trace.ct.link"));
  assert.deepEqual(await recover(out), refused("ERR_TRACE_CORRUPT"), "a symbolic link");
  Deno.removeSync(join(workDir, "trace.ct.link"));
  {
    using _held = await lockFolder(workDir, 5000);
    assert.deepEqual(await recover(out), refused("ERR_USAGE"), "another recovery");
  }
  for (const other of ["no trace", ""]) {
    Deno.writeTextFileSync(join(out, "app.ct"), other);
    assert.deepEqual(await recover(out), refused("ERR_TRACE_DIR_CONFLICT"), "another trace");
    assert.equal(Deno.readTextFileSync(join(out, "app.ct")), other);
    Deno.removeSync(join(out, "app.ct"));
  }
  Deno.renameSync(workDir, join(folder, "moved"));
  Deno.symlinkSync(join(folder, "moved"), workDir);
  assert.deepEqual(await recover(out), refused("ERR_TRACE_MISSING"), "a folder that is a link");
  Deno.removeSync(workDir);
  assert.deepEqual(await recover(out), refused("ERR_TRACE_MISSING"), "an empty folder");
  assert.deepEqual(await recover(join(out, "none")), refused("ERR_TRACE_MISSING"), "no folder");
  Deno.renameSync(join(folder, "moved"), workDir);

  Deno.chmodSync(workDir, 0);
  const command = [...await withoutPowers(), ...recorderCommand(), "recover", out];
  const { status, stderr } = await run(command);
  Deno.chmodSync(workDir, 0o700);
  assert.equal(status, 10);
  assert.match(stderr, /^ct-recorder: error ERR_IO: .*permission/);

  assert.deepEqual(names(), before);
  assert.deepEqual([...Deno.readDirSync(out)].map(({ name }) => name), [
    workDir.slice(out.length + 1),
  ]);
  // And after all that it is recovered, elsewhere, into folders that are not there yet.
  const elsewhere = join(folder, "new", "folder");
  assert.deepEqual(await recover(out, elsewhere), DONE);
  await assertWhole(elsewhere);
  assert.deepEqual([...Deno.readDirSync(out)], []);
});

withLeft(
  "it removes nothing that holds records, nor anything of somebody else's",
  FEW,
  async (copy) => {
    const folder = await copy("copy");
    const [out, workDir] = [join(folder, "out"), workDirIn(folder)];
    const description = join(workDir, "recording.json");
    const text = Deno.readTextFileSync(description);
    const ring = Deno.readFileSync(join(workDir, "ring"));
    const names = () => [...Deno.readDirSync(workDir)].map(({ name }) => name).sort();
    const before = names();
    const refuses = async (code: string) => {
      Deno.utimeSync(workDir, 0, 0);
      assert.deepEqual(await recover(out), refused(code));
      assert.deepEqual(names(), before);
    };
    Deno.writeTextFileSync(description, text.slice(0, 200));
    await refuses("ERR_TRACE_CORRUPT");
    // What lies in none of the recorder's folders is not found at all.
    const notes = [".recording-studio", ".recording-0190b7a4-4c00-7000-8000-000000000000"];
    for (const name of notes) {
      await Deno.mkdir(join(folder, "notes", name), { recursive: true });
      Deno.writeTextFileSync(join(folder, "notes", name, "song.txt"), "precious");
      Deno.utimeSync(join(folder, "notes", name), 0, 0);
      assert.deepEqual(await recover(join(folder, "notes")), refused("ERR_TRACE_MISSING"));
      assert.deepEqual(await recover(join(folder, "notes", name)), refused("ERR_TRACE_MISSING"));
    }
    // Records are enough to recover from, though no agent says that it wrote them.
    const unsigned = ring.slice();
    unsigned.fill(0, AGENT_PID, AGENT_PID + 4);
    Deno.writeTextFileSync(description, text);
    Deno.writeFileSync(join(workDir, "ring"), unsigned);
    assert.deepEqual(await recover(out), DONE);
    await assertWhole(out);

    // With one, and without an agent, the program may still be loading that: for a minute.
    const begun = workDirIn(await copy("begun"));
    Deno.removeSync(join(begun, "journal"));
    Deno.mkdirSync(join(begun, "agent")); // gone only since the program has ended
    Deno.writeFileSync(join(begun, "ring"), unsigned.fill(0, HEADER_SIZE));
    const now = new Date();
    Deno.utimeSync(join(begun, "recording.json"), now, now);
    assert.deepEqual(await recover(begun), refused("ERR_USAGE"));
    assert.ok(exists(join(begun, "agent")));
    Deno.utimeSync(join(begun, "recording.json"), 0, 0);
    assert.deepEqual(await recover(begun), DONE);
    assert.ok(!exists(begun));

    // Without a description there is no program; once it is old, there will be none.
    const old = workDirIn(await copy("old"));
    for (const name of ["recording.json", "journal"]) Deno.removeSync(join(old, name));
    Deno.writeFileSync(join(old, "ring"), ring.fill(0, HEADER_SIZE));
    Deno.writeTextFileSync(join(old, "song.txt"), "precious");
    Deno.utimeSync(old, 0, 0);
    assert.deepEqual(await recover(old), DONE);
    assert.deepEqual([...Deno.readDirSync(old)].map(({ name }) => name), ["song.txt"]);
    assert.deepEqual(await recover(old), refused("ERR_TRACE_MISSING"));
  },
);

withLeft("from where nothing can be written, to another disk", FEW, async (copy) => {
  const folder = await copy("copy");
  const [out, workDir] = [join(folder, "out"), workDirIn(folder)];
  const before = [...Deno.readDirSync(workDir)].map(({ name }) => name).sort();
  Deno.chmodSync(join(workDir, "ring"), 0o400);
  for (const dir of [workDir, out]) Deno.chmodSync(dir, 0o500);
  const recoverTo = async (elsewhere: string) => {
    const command = [...await withoutPowers(), ...recorderCommand(), "recover", "-o", elsewhere];
    const { status, stderr } = await run([...command, out]);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /warning ERR_IO: Cannot remove what the recording left behind/);
    await assertWhole(elsewhere);
    assert.deepEqual([...Deno.readDirSync(workDir)].map(({ name }) => name).sort(), before);
  };
  try {
    await (mountable ? onSmallDisk("16m", recoverTo) : withFolder(recoverTo));
  } finally {
    for (const dir of [out, workDir]) Deno.chmodSync(dir, 0o700);
  }
});

withLeft("of three at once, one does it, and the others say why not", FEW, async (copy) => {
  const folder = await copy("copy");
  const out = join(folder, "out");
  // What root recovers of another user's stays that user's.
  const owner = Deno.uid() === 0 ? 12345 : Deno.uid();
  if (owner !== Deno.uid()) Deno.chownSync(workDirIn(folder), owner, owner);
  const outcomes = await Promise.all([recover(out), recover(out), recover(out)]);
  assert.equal(outcomes.filter(({ recovered }) => recovered === 1).length, 1);
  const codes = outcomes.flatMap(({ codes }) => codes);
  assert.equal(codes.length, 2);
  const allowed = ["ERR_TRACE_MISSING", "ERR_USAGE"];
  assert.deepEqual(codes.filter((code) => !allowed.includes(code)), []);
  await assertWhole(out);
  const owners = WHOLE.map((name) => Deno.statSync(join(out, name)).uid);
  assert.deepEqual(owners, [owner, owner]);
});

withLeft("a pipe in the place of a file keeps nobody waiting", FEW, async (copy) => {
  const folder = await copy("copy");
  const [out, workDir] = [join(folder, "out"), workDirIn(folder)];
  for (const name of ["recording.json", "end.json", "journal", "ring"]) {
    const path = join(workDir, name);
    Deno.renameSync(path, join(folder, name));
    assert.equal((await run(["mkfifo", path])).status, 0);
    assert.ok(!hasLeftBehind(out) || name !== "recording.json");
    assert.deepEqual(await recover(out), refused("ERR_TRACE_CORRUPT"), name);
    Deno.renameSync(join(folder, name), path);
  }
  Deno.truncateSync(join(workDir, "recording.json"), 17 << 20);
  assert.ok(!hasLeftBehind(out));
  assert.deepEqual(await recover(out), refused("ERR_TRACE_CORRUPT"), "too long");
});

withLeft("of a damaged journal, what is ahead of the damage", MANY, async (copy) => {
  const [reference, damaged] = [await copy("whole"), await copy("damaged")];
  const journal = Deno.readFileSync(join(workDirIn(damaged), "journal"));
  // The highest bit says in which form the first one is.
  const second = 8 + new DataView(journal.buffer).getUint32(0, true) % 2 ** 31;
  journal[second + 30]! ^= 0x55;
  Deno.writeFileSync(join(workDirIn(damaged), "journal"), journal);
  assert.deepEqual(await recover(join(reference, "out")), DONE);
  assert.deepEqual(await recover(join(damaged, "out")), DONE);
  await assertWhole(join(reference, "out"));
  const { metadata } = await inspect(join(damaged, "out"), false);
  assert.equal(metadata?.["partial"], true);
  assert.equal(metadata["reason"], "ERR_TRACE_CORRUPT");
  using whole = openTrace(join(reference, "out", "app.ct"));
  using part = openTrace(join(damaged, "out", "app.ct"));
  const [all, some] = [whole, part].map((trace) => trace.counts.stepRecords);
  assert.ok(some! > 100 && some! < all!);
  for (let step = 0; step < some!; step += 7) {
    assert.deepEqual([part.step(step), part.values(step)], [whole.step(step), whole.values(step)]);
  }
});

Deno.test("a killed recorder whose end nobody asks for doesn't hold its program up", () =>
  withFolder(async (folder) => {
    const python = await anyPython();
    const code = `
for number in range(1500):
    text = "%06d" % number * 150
    if number == 10:
        open("runs", "w").close()
open("ended", "w").close()
`;
    // `sleep` stands in the shell's place, and never waits for the shell's child.
    const script = '"$@" >output 2>&1 & echo $! >pid.new; mv pid.new pid; exec sleep 60';
    const command = ["sh", "-c", script, "sh", ...recorderCommand(), "-o", "out", python.path];
    const until = async (name: string) => {
      // The agent gives up after 30 s in any case: that would be too late.
      for (let left = 1500; !exists(join(folder, name)); left--) {
        assert.ok(left > 0, `no ${name} after 15 s`);
        await new Promise((next) => setTimeout(next, 10));
      }
    };
    await run([...command, "-c", code], {
      cwd: folder,
      whileRunning: async (child) => {
        try {
          await until("runs");
          const pid = Number(Deno.readTextFileSync(join(folder, "pid")));
          Deno.kill(pid, "SIGKILL");
          await until("ended");
          assert.match(Deno.readTextFileSync(`/proc/${pid}/status`), /^State:\s*Z/m);
        } finally {
          child.kill("SIGKILL");
        }
      },
    });
  }));

Deno.test("recover: what stands there before, between and behind the renames; the next recording says so", () =>
  withFolder(async (folder) => {
    const out = join(folder, "out");
    const app = join(out, "app.ct");
    await recordFaulty(folder, die(99));
    await assertWhole(out);
    const older = Deno.readFileSync(app);
    // Before, while the worker finishes and when it has: the older one stands, and stays.
    for (const step of [0, 1]) {
      const elsewhere = join(folder, `elsewhere-${step}`);
      await recordFaulty(folder, die(step));
      assert.deepEqual(Deno.readFileSync(app), older);
      assert.deepEqual(await recover(out), refused("ERR_TRACE_DIR_CONFLICT"));
      assert.deepEqual(Deno.readFileSync(app), older);
      assert.deepEqual(await recover(out, elsewhere), DONE);
      await assertWhole(elsewhere);
      await assertWhole(out);
      assert.deepEqual(Deno.readFileSync(app), older);
    }
    // Between: the new one stands, beside the older one's metadata.
    await recordFaulty(folder, die(2));
    const newer = Deno.readFileSync(app);
    assert.notDeepEqual(newer, older);
    assert.deepEqual(await recover(out), DONE);
    await assertWhole(out);
    assert.deepEqual(Deno.readFileSync(app), newer);
    // Behind, with some of what was left removed.
    await recordFaulty(folder, die(3));
    const third = Deno.readFileSync(app);
    for (const name of ["journal", "ring"]) Deno.removeSync(join(workDirIn(folder), name));
    assert.deepEqual(await recover(out, join(folder, "elsewhere")), DONE);
    await assertWhole(out);
    assert.deepEqual(Deno.readFileSync(app), third);
    // The next recording replaces the trace, and says what to do.
    await recordFaulty(folder, die(1));
    const { stderr } = await recordFaulty(folder, die(99));
    assert.match(stderr, /an earlier recording was cut off; ct-recorder recover \S+ makes/);
    const last = Deno.readFileSync(app);
    const again = await run([...recorderCommand(), "recover", out]);
    assert.equal(again.status, 2, again.stderr);
    assert.match(again.stderr, /^ct-recorder: error ERR_TRACE_DIR_CONFLICT: .*--out-dir/);
    assert.deepEqual(Deno.readFileSync(app), last);
    const told = await run([...recorderCommand(), "recover", "-o", join(folder, "third"), out]);
    assert.equal(told.status, 0, told.stderr);
    assert.match(told.stderr, /^ct-recorder: recovered [0-9,]+ steps/m);
    await assertWhole(join(folder, "third"));
    await assertWhole(out);
  }));
