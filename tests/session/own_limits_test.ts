/** Limits under which Deno would end by a panic are refused by name, and nothing is left behind. */
import assert from "node:assert/strict";
import { type OwnState, shortage } from "../../src/session/own_limits.ts";
import { run } from "../support/processes.ts";
import { anyPython } from "../support/pythons.ts";
import { recorderCommand, withFolder } from "../support/recorder.ts";

const NEEDS = { descriptors: 10, tasks: 3 };

function state(files: number | string, processes: number | string, powers = "0"): OwnState {
  return {
    limits: "Limit                     Soft Limit           Hard Limit           Units     \n" +
      `Max processes             ${processes}               unlimited            processes \n` +
      `Max open files            ${files}                 99999                files     \n`,
    status: () => `Name:\tdeno\nCapEff:\t${powers.padStart(16, "0")}\nCapBnd:\t000001ffffffffff\n`,
    descriptors: () => 20,
    tasks: () => 8,
  };
}

Deno.test("what is too little is named, with what is needed", () => {
  const lacks = (own: OwnState) => {
    const found = shortage(own, NEEDS);
    return found === null ? null : `${found.told}; ${found.remedy}`;
  };
  for (const enough of [state(30, 11), state("unlimited", "unlimited"), state(1024, 4096)]) {
    assert.equal(lacks(enough), null);
  }
  assert.match(lacks(state(29, 11)) ?? "", /only 29 files .* needs 30 .*; ulimit -n 256$/);
  assert.match(lacks(state(1024, 10)) ?? "", /only 10 processes .* needs 11 .*; ulimit -u 256$/);
  // For whom the limit of processes doesn't count.
  for (const powers of ["1ffffffffff", "200000", "1000000"]) {
    assert.equal(lacks(state(1024, 1, powers)), null);
  }
  assert.notEqual(lacks(state(1024, 1, "2")), null);
});

Deno.test({
  name: "too few files that may be open: refused ahead of the program, and nothing is left",
  ignore: Deno.build.os !== "linux", // where the limits can't be known
  fn: () =>
    withFolder(async (folder) => {
      const python = await anyPython();
      const words = [...recorderCommand(), "-o", "out", python.path, "-c", "print('runs')"];
      const command = ["sh", "-c", 'ulimit -n 30; exec "$@"', "sh", ...words];
      const { status, stdout, stderr } = await run(command, { cwd: folder });
      assert.equal(status, 10, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, /^ct-recorder: error ERR_IO: Cannot record: only 30 files /m);
      const look = ["sh", "-c", 'ulimit -n 30; exec "$@"', "sh", ...recorderCommand(), "doctor"];
      const doctor = await run(look, { cwd: folder });
      assert.equal(doctor.status, 10, doctor.stdout);
      assert.match(doctor.stdout, /problem {2}only 30 files may be open.*\n +→ .*ulimit -n 256/);
      // Output that goes through the recorder takes some more.
      const relayed = [
        "-o",
        "out",
        "--io-capture",
        "proxies+fd",
        python.path,
        "-c",
        "print('runs')",
      ];
      const numbers = await Promise.all([31, 38, 42, 46, 64].map(async (limit) => {
        const shell = ["sh", "-c", `ulimit -n ${limit}; exec "$@"`, "sh", ...recorderCommand()];
        const { stdout, stderr } = await run([...shell, ...relayed, String(limit)], {
          cwd: folder,
        });
        assert.ok(stdout === "runs\n" || /Cannot record: only \d+ files /.test(stderr), stderr);
        return stdout;
      }));
      assert.deepEqual([numbers[0], numbers.at(-1)], ["", "runs\n"]);
    }),
});
