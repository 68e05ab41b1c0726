import assert from "node:assert/strict";
import { closingLine, endingOf, humanSize, keptLine } from "../../src/cli/outcome.ts";
import { usageError } from "../../src/errors/mod.ts";
import { type ProgramStatus, shellStatus, signalName } from "../../src/session/exit_state.ts";
import type { RecordedTrace } from "../../src/session/types.ts";

const TRACE: RecordedTrace = {
  counts: { steps: 1234567, calls: 1, events: 9 },
  bytes: 2_345_678,
  path: "/w/ct-traces/app-1/app.ct",
  unrecordedChildren: 0,
  partial: null,
};

Deno.test("exit statuses by how the program ended", () => {
  const cases: [ProgramStatus, number, number, RegExp | null][] = [
    [{ code: 0, signal: null }, 0, 0, null],
    [{ code: 3, signal: null }, 0, 3, /exited with status 3.*--propagate-script-exit/],
    [{ code: 255, signal: null }, 0, 255, /255/],
    [{ code: null, signal: "SIGTERM" }, 0, 143, /killed by SIGTERM \(status 143\)/],
    [{ code: 137, signal: "SIGKILL" }, 0, 137, /SIGKILL/],
    [{ code: 163, signal: "SIGRTMIN+1" }, 0, 163, /SIGRTMIN/],
    [{ code: null, signal: null }, 0, 0, null],
  ];
  for (const [program, plain, propagated, warning] of cases) {
    const notPassedOn = endingOf(program, { propagate_script_exit: false });
    assert.equal(notPassedOn.status, plain);
    if (warning === null) assert.equal(notPassedOn.warning, null);
    else assert.match(notPassedOn.warning ?? "", warning);
    assert.deepEqual(
      endingOf(program, { propagate_script_exit: true }),
      { status: propagated, warning: null },
    );
  }
});

Deno.test({
  name: "signals have the numbers that the system gives them",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const signals = ["HUP", "INT", "QUIT", "ABRT", "BUS", "USR1", "USR2", "SEGV", "TERM", "SYS"];
    for (const name of signals) {
      const { code, signal } = await new Deno.Command("sh", { args: ["-c", `kill -${name} $$`] })
        .output();
      assert.equal(signal, `SIG${name}`);
      assert.equal(shellStatus({ code: null, signal }), code);
    }
  },
});

Deno.test("every signal has a name that leads back to its number", () => {
  assert.deepEqual([34, 35, 50, 64].map(signalName), [
    "SIGRTMIN",
    "SIGRTMIN+1",
    "SIGRTMIN+16",
    "SIGRTMAX",
  ]);
  for (let number = 1; number <= 64; number++) {
    assert.equal(shellStatus({ code: null, signal: signalName(number) }), 128 + number);
  }
});

Deno.test("the closing line", () => {
  assert.equal(
    closingLine(TRACE, "/w"),
    "recorded 1,234,567 steps, 1 call, 2.3 MB in ct-traces/app-1/app.ct",
  );
  const line = closingLine(
    {
      ...TRACE,
      partial: usageError("ERR_TRACER_INSTALL_CONFLICT", "why"),
      unrecordedChildren: 2,
      bytes: 1,
    },
    "/elsewhere",
  );
  assert.equal(
    line,
    "recorded in part (ERR_TRACER_INSTALL_CONFLICT) 1,234,567 steps, 1 call, 1 byte " +
      "in /w/ct-traces/app-1/app.ct; 2 child processes not recorded",
  );
});

Deno.test("the line for a partial trace that is kept", () => {
  assert.equal(
    keptLine(TRACE, null),
    "kept the partial trace: 1,234,567 steps, 1 call, 2.3 MB in /w/ct-traces/app-1/app.ct",
  );
});

Deno.test("sizes for people", () => {
  const cases: [number, string][] = [
    [0, "0 bytes"],
    [1, "1 byte"],
    [999, "999 bytes"],
    [1000, "1.0 kB"],
    [9_949, "9.9 kB"],
    [9_950, "10 kB"],
    [999_499, "999 kB"],
    [999_500, "1.0 MB"],
    [34_000_000, "34 MB"],
    [5_600_000_000, "5.6 GB"],
    [7e15, "7000 TB"],
  ];
  for (const [bytes, text] of cases) assert.equal(humanSize(bytes), text);
});
