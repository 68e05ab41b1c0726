/** The environment that the program gets is that of the recorder, without what Deno has put into it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { givenEnvironment } from "../../src/session/environment.ts";
import { run } from "../support/processes.ts";
import { anyPython } from "../support/pythons.ts";
import { recorderCommand, withFolder } from "../support/recorder.ts";

const MARK = { DENO_NODE_SHIM_ACTIVE: "1" };
const CACHE = "/home/me/.cache/deno/node_compat_bin";

Deno.test("what Deno puts ahead of PATH goes, what was there stays", () => {
  const after = (environment: Record<string, string>, initial: string | null) =>
    givenEnvironment(environment, initial);
  const changed = { A: "1", ...MARK, PATH: `${CACHE}:/bin:/usr/bin` };
  assert.deepEqual(after(changed, "A=1\0PATH=/bin:/usr/bin\0"), { A: "1", PATH: "/bin:/usr/bin" });
  assert.deepEqual(after(changed, null), { A: "1", PATH: "/bin:/usr/bin" });
  // By a Deno further up.
  assert.deepEqual(after(changed, "A=1\0DENO_NODE_SHIM_ACTIVE=1\0PATH=/bin\0"), changed);
  // No PATH, and one that is empty.
  assert.deepEqual(after({ ...MARK, PATH: CACHE }, ""), {});
  assert.deepEqual(after({ ...MARK, PATH: `${CACHE}:` }, "PATH=\0"), { PATH: "" });
  for (const own of [{ ...MARK, PATH: "/bin" }, { PATH: `${CACHE}:/bin` }, { ...MARK }, {}]) {
    assert.deepEqual(after(own, ""), own);
  }
});

Deno.test("variables are in the order in which the process got them", () => {
  const order = (environment: Record<string, string>, initial: string | null) =>
    Object.keys(givenEnvironment(environment, initial));
  assert.deepEqual(order({ A: "1", B: "x=y", C: "" }, "C=\0A=1\0B=x=y\0"), ["C", "A", "B"]);
  // Set meanwhile, gone meanwhile, twice, without a value, with a name that begins so.
  assert.deepEqual(
    order({ NEW: "1", A: "1", "=C": "2", B: "1" }, "B=1\0GONE=1\0=C=2\0A=1\0B=2\0bare\0"),
    ["B", "=C", "A", "NEW"],
  );
  assert.deepEqual(
    order({ ...MARK, A: "1", PATH: `${CACHE}:/bin` }, "PATH=/bin\0A=1\0"),
    ["PATH", "A"],
  );
  assert.deepEqual(order({ B: "1", A: "1" }, null), ["B", "A"]);
});

Deno.test("a program finds no node where there is none, and no PATH where there was none", () =>
  withFolder(async (folder) => {
    const python = await anyPython();
    const code = "import os\n" +
      "print({n: v for n, v in os.environ.items() if n == 'PATH' or n.startswith('DENO_NODE')})";
    const nodeless = join(folder, "bin");
    await Deno.mkdir(nodeless);
    for (const PATH of [nodeless, undefined]) {
      const words = [python.path, "-c", code];
      const plain = await run(words, { env: { PATH } });
      const recorded = await run(
        [...recorderCommand(), "-q", "-o", join(folder, "out"), ...words],
        { env: { PATH } },
      );
      assert.equal(recorded.status, 0, recorded.stderr);
      assert.equal(recorded.stdout, plain.stdout);
    }
  }));
