/**
 * A disk that fails at one write of a recording (tests/support/broken_disk.ts), and what has to come of it: status,
 * message, program, and what is left, by the moment of the fault and by the policy (exit-statuses.md, adr/0008).
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type DiskError, type DiskFault, errorsOf } from "../support/broken_disk.ts";
import { pairwise } from "../support/pairwise.ts";
import { run, type RunResult } from "../support/processes.ts";
import { anyPython } from "../support/pythons.ts";
import { inspect, ROOT, withFolder } from "../support/recorder.ts";
import { type DiskReport, DRAINED, type Fault } from "../support/with_faults.ts";

/**
 * Fills a few segments, prints, and ends at once, after a rest, or when it is ended. It rests behind each line that it
 * prints, so that a busy recorder takes these up one by one.
 */
const PROGRAM = `
import sys, time
print("begin", flush=True)
def double(number):
    return 2 * number
for number in range(2500):
    double(number)
    if number % 500 == 0:
        print(number, flush=True)
        time.sleep(0.05)
if sys.argv[1] != "go":
    time.sleep(0.5 if sys.argv[1] == "rest" else 30)
open("ended", "w").close()
print("end")
`;
const OUTPUT = "begin\n0\n500\n1000\n1500\n2000\nend\n";

const OLDER = { "app.ct": "an older trace", "trace_metadata.json": "and what belongs to it" };

const REASONS: Readonly<Record<DiskError, RegExp>> = {
  EIO: /the device reported an input\/output error/,
  EACCES: /permission denied/,
  ENOSPC: /no space left on the device/,
  EROFS: /the file system is read-only/,
};

/** When it happens: what it leads to differs. */
type Phase =
  /** Before the program has been started. */
  | "start"
  /** While it runs. */
  | "running"
  /** When it has ended, and its last records are taken in. */
  | "last"
  /** While the trace is being finished. */
  | "late"
  /** Nothing that a trace needs. */
  | "harmless";

/** An operation, and what it means when it fails. */
export interface Operation {
  readonly name: string;
  readonly phase: Phase;
  /** Whether room for finishing has been laid out by then: for as little as there is at that time, any will do. */
  readonly reserved: boolean;
}

/** One recording on such a disk. */
export interface DiskCase extends Omit<DiskFault, "at"> {
  readonly operation: Operation;
  readonly onError: "abort" | "disable";
  readonly keep: boolean;
  /** Whether a trace of that name stands there. */
  readonly older: boolean;
}

interface Performed extends RunResult {
  readonly report: DiskReport;
}

async function perform(
  folder: string,
  fault: DiskFault | null,
  options: readonly string[],
  how: "go" | "rest" | "wait",
): Promise<Performed> {
  const python = await anyPython();
  const report = join(folder, "report");
  await Deno.writeTextFile(join(folder, "app.py"), PROGRAM);
  const result = await run([
    Deno.execPath(),
    "run",
    "-A",
    join(ROOT, "tests/support/with_faults.ts"),
    JSON.stringify({ call: "disk", fault, report } satisfies Fault),
    "--json-errors",
    "--io-capture",
    "proxies+fd",
    "--log-file",
    join(folder, "log"),
    "--log-level",
    "info",
    ...options,
    "-o",
    "out",
    python.path,
    "app.py",
    how,
  ], { cwd: folder });
  return { ...result, report: JSON.parse(await Deno.readTextFile(report)) };
}

const HARMLESS = /^session (write end\.json|write log|sync out) /;
/** Made before the worker starts; the writes to them come later. */
const AT_START = /^session (make|write (ring 0|agent\/|recording\.json))/;

/** All that a recording asks of the disk, from a run in which nothing fails. */
export function operations(): Promise<Operation[]> {
  return withFolder(async (folder) => {
    const { status, stderr, report } = await perform(folder, null, [], "rest");
    assert.equal(status, 0, stderr);
    const end = report.operations.findIndex((name) => name.startsWith("session write end.json"));
    assert.ok(end > 0);
    const drained = report.operations.indexOf(DRAINED);
    assert.ok(drained > end);
    const reserved = report.operations.indexOf("worker reserve trace.ct 0");
    return report.operations.filter((name) => name !== DRAINED).map((name, at): Operation => {
      const phase = HARMLESS.test(name)
        ? "harmless"
        : AT_START.test(name)
        ? "start"
        : at < end
        ? "running"
        : at < drained
        ? "last"
        : "late";
      return { name, phase, reserved: at > reserved };
    });
  });
}

interface Expected {
  readonly status: number;
  readonly said: "error" | "warning" | null;
  readonly program: "never ran" | "ended" | "was ended";
  readonly trace: "none" | "partial" | "whole";
}

/**
 * Where the writer is between two records when it hears of it, so that it can finish what it has. The first write to the
 * ring is its leave to begin: there is nothing yet.
 */
const BETWEEN_RECORDS = /^(worker (reserve|write (journal|ring(?! 0$))) |session write )/;
/** What holds nothing that isn't elsewhere: it is done without. */
const DISPENSABLE = /^worker write calls-chunks /;
/** What takes less room where it finds none. */
const SHRINKS = /^worker write journal /;

function expected({ operation, later, error, onError, keep }: DiskCase): Expected {
  const { name, phase, reserved } = operation;
  const failed = { status: 10, said: "error", program: "ended", trace: "none" } as const;
  const whole = { status: 0, said: null, program: "ended", trace: "whole" } as const;
  if (phase === "start") return { ...failed, program: "never ran" };
  if (!later && (DISPENSABLE.test(name) || SHRINKS.test(name) && error === "ENOSPC")) return whole;
  // Where an older trace can't be given a second name, a copy serves as well.
  if (phase === "late") return name.startsWith("session link") && !later ? whole : failed;
  if (phase === "harmless") return whole;
  const finishable = BETWEEN_RECORDS.test(name) && (!later || (error === "ENOSPC" && reserved));
  const trace = finishable && (keep || onError === "disable") ? "partial" : "none";
  return onError === "disable"
    ? { status: 0, said: "warning", program: "ended", trace }
    : { ...failed, program: phase === "running" ? "was ended" : "ended", trace };
}

/** The faults that `operation` can meet, with all that policy and folder have to do with them. */
export function casesOf(operation: Operation): DiskCase[] {
  const { name, phase } = operation;
  return pairwise({
    operation: [operation],
    later: [false, true],
    error: errorsOf(name),
    onError: ["abort", "disable"] as const,
    keep: [false, true],
    older: [false, true],
  }, ({ error, later }) => {
    // It is laid out in full from the start.
    if (/^(worker|session) (write|reserve) ring /.test(name) && phase !== "start") {
      return error !== "ENOSPC";
    }
    // Whether what comes then finds the room that this one leaves is another matter each time.
    if (later && error === "ENOSPC" && /^worker write (calls-chunks|journal [1-9])/.test(name)) {
      return false;
    }
    // What else fails with it is another operation.
    return !(later && phase === "harmless");
  });
}

/** Records, and says whether the fault has come; timing decides how often some files are written. */
export function check(one: DiskCase): Promise<boolean> {
  return withFolder(async (folder) => {
    const { operation, later, error, onError, keep, older } = one;
    const out = join(folder, "out");
    if (older) {
      await Deno.mkdir(out);
      for (const [name, text] of Object.entries(OLDER)) {
        await Deno.writeTextFile(join(out, name), text);
      }
    }
    const wanted = expected(one);
    const options = ["--on-recorder-error", onError, ...(keep ? ["--keep-partial-trace"] : [])];
    const fault = { at: operation.name, later, error };
    const how = wanted.program === "was ended" ? "wait" : "go";
    const { status, stdout, stderr, report } = await perform(folder, fault, options, how);
    const came = report.failed > 0;
    const { said, program, trace } = came
      ? wanted
      : { said: null, program: "ended", trace: "whole" };
    assert.equal(status, came ? wanted.status : 0, stderr);

    const ended = await Deno.stat(join(folder, "ended")).then(() => true, () => false);
    assert.equal(ended, program === "ended", `the program ${program}: ${stderr}`);
    if (program === "ended") assert.equal(stdout, OUTPUT);
    else assert.equal(stdout, OUTPUT.slice(0, stdout.length));
    if (program === "never ran") assert.equal(stdout, "");

    const lines = stderr.trimEnd().split("\n");
    const told = lines.filter((line) => /^ct-recorder: (error|warning) ERR_/.test(line));
    let code: string | undefined;
    if (said === null) {
      assert.deepEqual(told, []);
    } else {
      assert.equal(told.length, 1, stderr);
      code = /session make (out|work) /.test(operation.name)
        ? "ERR_TRACE_DIR_CREATE_FAILED"
        : "ERR_IO";
      assert.ok(told[0]?.startsWith(`ct-recorder: ${said} ${code}: `), stderr);
      assert.ok(told[0]?.includes(folder), `names no file: ${stderr}`);
      assert.match(told[0] ?? "", REASONS[error]);
      const trailer = JSON.parse(lines.at(-1) ?? "");
      assert.deepEqual([trailer.error_code, trailer.context.os_error], [code, error]);
    }

    const left = await read(out);
    if (older && later && operation.name.startsWith("session rename trace_metadata.json")) {
      // Not even what was there can be put back: the message says where it is.
      const kept = told[0]?.match(/the older one is (\/\S+)$/)?.[1] ?? "";
      assert.equal(await Deno.readTextFile(kept), OLDER["app.ct"], stderr);
      assert.equal(left["trace_metadata.json"], OLDER["trace_metadata.json"]);
      return came;
    }
    if (trace === "none") return assert.deepEqual(left, older ? OLDER : {}), came;
    assert.deepEqual(Object.keys(left).sort(), ["app.ct", "trace_metadata.json"], stderr);
    const { metadata } = await inspect(out, false);
    assert.equal(metadata?.["partial"], trace === "partial");
    assert.equal(metadata?.["reason"], code);
    return came;
  });
}

/** What a folder holds, by name; traces as far as text can tell them apart. */
async function read(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  try {
    for (const { name, isFile } of Deno.readDirSync(folder)) {
      found[name] = isFile ? await Deno.readTextFile(join(folder, name)) : "(a folder)";
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found;
}
