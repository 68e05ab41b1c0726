/**
 * The exit status of the real command, and what the trace says of the program: how it ended × whether the recorder failed,
 * and when × what the policy says × where the policy stands. What is expected is written out in
 * tools/docs/exit_statuses.ts, which the documentation is made from.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DISABLED_LABEL, DISABLED_ROOT, EXIT_ROWS } from "../../tools/docs/exit_statuses.ts";
import type { CaseOf } from "../support/pairwise.ts";
import { pooledAll } from "../support/pool.ts";
import { run, type RunResult } from "../support/processes.ts";
import { PUSH_VERSIONS, type Python, pythons } from "../support/pythons.ts";
import { inspect, PROGRAMS, recorderCommand, withFolder } from "../support/recorder.ts";

const ENDS = join(PROGRAMS, "probes/ends.py");

interface Failure {
  readonly code: string;
  readonly status: number;
  readonly phase: "start" | "running" | "finish";
}

/** Caused for real, by what stands in the folder or by the program itself. */
const FAILURES: Readonly<Record<string, Failure | null>> = {
  none: null,
  conflict: { code: "ERR_TRACE_DIR_CONFLICT", status: 2, phase: "start" },
  uncreatable: { code: "ERR_TRACE_DIR_CREATE_FAILED", status: 10, phase: "start" },
  garbage: { code: "ERR_CHANNEL_CORRUPT", status: 20, phase: "running" },
  limit: { code: "ERR_IO", status: 10, phase: "running" },
  gone: { code: "ERR_IO", status: 10, phase: "finish" },
};

export const AXES = {
  end: EXIT_ROWS.map(({ id }) => id),
  failure: Object.keys(FAILURES),
  onError: ["abort", "disable"],
  propagate: [true, false],
  keep: [true, false],
  /** Where the policy stands; `no-flag` are flags that beat variables which say the opposite. */
  from: ["flag", "no-flag", "variable", "file"],
  python: PUSH_VERSIONS,
} as const;

export type Case = CaseOf<typeof AXES>;

function settingsOf({ onError, propagate, keep }: Case): Record<string, string | boolean> {
  return {
    on_recorder_error: onError,
    propagate_script_exit: propagate,
    keep_partial_trace: keep,
    json_errors: true,
  };
}

function flagsOf(settings: Record<string, string | boolean>): string[] {
  return Object.entries(settings).flatMap(([key, value]) => {
    const name = key.replaceAll("_", "-");
    if (typeof value === "string") return [`--${name}`, value];
    return [value ? `--${name}` : `--no-${name}`];
  });
}

function variablesOf(settings: Record<string, string | boolean>, opposite = false) {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => {
      const said = typeof value === "boolean"
        ? String(value !== opposite)
        : opposite
        ? (value === "abort" ? "disable" : "abort")
        : value;
      return [`CODETRACER_${key.toUpperCase()}`, said];
    }),
  );
}

async function perform(one: Case, python: Python, folder: string): Promise<RunResult> {
  const settings = settingsOf(one);
  let flags: string[] = [];
  let env: Record<string, string> = {};
  if (one.from === "flag") flags = flagsOf(settings);
  if (one.from === "no-flag") {
    flags = flagsOf(settings);
    env = variablesOf(settings, true);
  }
  if (one.from === "variable") env = variablesOf(settings);
  await Deno.copyFile(ENDS, join(folder, "ends.py"));
  if (one.from === "file") {
    await Deno.mkdir(join(folder, ".codetracer"));
    const text = Object.entries(settings).map(([key, value]) =>
      `${key} = ${JSON.stringify(value)}`
    );
    await Deno.writeTextFile(join(folder, ".codetracer/recorder.toml"), text.join("\n"));
  }
  await Deno.writeTextFile(join(folder, "file"), "");
  const out = one.failure === "conflict"
    ? "file"
    : one.failure === "uncreatable"
    ? "file/out"
    : "out";
  const program = ["ends.py", one.failure, one.end, ...(one.onError === "abort" ? ["ended"] : [])];
  const words = ["-o", out, ...flags, python.path, ...program];
  return await run([...recorderCommand(), ...words], { cwd: folder, env });
}

async function check(one: Case, python: Python, folder: string): Promise<void> {
  const { status, stderr, stdout } = await perform(one, python, folder);
  const failure = FAILURES[one.failure] ?? null;
  const row = EXIT_ROWS.find(({ id }) => id === one.end);
  assert.ok(row);
  const ran = await Deno.stat(join(folder, "ran")).then(() => true, () => false);
  const { trace, metadata, left } = await inspect(join(folder, "out"));
  const lines = stderr.trimEnd().split("\n");
  const passes = failure === null || (failure.phase === "running" && one.onError === "disable");

  assert.equal(stdout, "");
  assert.equal(ran, failure?.phase !== "start");
  assert.equal(status, passes ? (one.propagate ? row.propagated : 0) : failure?.status);
  const warned = lines.filter((line) => line.includes("--propagate-script-exit"));
  assert.equal(warned.length, passes && !one.propagate && row.propagated !== 0 ? 1 : 0);
  if (warned[0] !== undefined) assert.match(warned[0], new RegExp(`\\b${row.propagated}\\b`));

  if (failure !== null) {
    const said = passes ? "warning" : "error";
    assert.equal(
      lines.filter((line) => line.startsWith(`ct-recorder: ${said} ${failure.code}: `)).length,
      1,
    );
    const trailer = JSON.parse(lines.at(-1) ?? "");
    assert.equal(trailer.error_code, failure.code);
    assert.equal(trailer.trace_id === null, failure.phase === "start");
  }

  const kept = passes || (failure?.phase === "running" && one.keep);
  if (!kept) {
    assert.deepEqual(left, []);
    return;
  }
  assert.deepEqual(left, ["ends.ct", "trace_metadata.json"]);
  const root = trace?.events.at(-1);
  assert.equal(root?.kind, "call_exit");
  assert.equal(root?.function, "<toplevel>");
  const ended = failure !== null && one.onError === "abort";
  const expected = failure === null
    ? { root: row.root, code: row.code, label: row.label }
    // SIGTERM by the recorder.
    : { root: DISABLED_ROOT, code: ended ? 143 : row.code, label: DISABLED_LABEL };
  assert.equal(root?.return_value?.r ?? root?.return_value?.i, expected.root);
  const raised = root?.exception?.msg ?? "";
  if (failure !== null) assert.ok(raised.startsWith(`${failure.code}: `), raised);
  else assert.equal(raised !== "", row.raises, raised);
  assert.deepEqual(metadata?.["process_exit_status"], {
    code: expected.code,
    label: expected.label,
  });
  assert.equal(metadata?.["partial"], failure !== null);
  assert.equal(metadata?.["reason"], failure?.code);
}

/** Tries all cases, and says what is wrong with each that is not as it should be. */
export async function problemsOf(cases: readonly Case[]): Promise<string[]> {
  const found = await pythons();
  const problems: string[] = [];
  await pooledAll(cases, async (one) => {
    const python = found.get(one.python);
    assert.ok(python);
    try {
      await withFolder((folder) => check(one, python, folder));
    } catch (error) {
      problems.push(`${JSON.stringify(one)}: ${error instanceof Error ? error.message : error}`);
    }
  });
  return problems;
}
