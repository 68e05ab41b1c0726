import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { childAttempts } from "./_hostile_child.ts";
import { ensureConfinable } from "../../src/sandbox/confined_worker.ts";
import { attemptsOf } from "./_hostile_main.ts";
import { assertConfined } from "./_playground.ts";
import { run } from "../support/processes.ts";
import { recorderCommand } from "../support/recorder.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** What Deno lets any code do: design-docs/limits.md. */
const HOLES = ["keep something in the Cache API"];

Deno.test("a confined worker can use its folder and nothing else", async () => {
  await assertConfined(attemptsOf, false, HOLES);
});

Deno.test("a worker that has dropped its permissions can use what is open and nothing else", async () => {
  await assertConfined(attemptsOf, true, HOLES);
});

Deno.test("a process in its place can use its folder and nothing else", async () => {
  await assertConfined(childAttempts, false, HOLES);
});

Deno.test("such a process that has dropped its permissions can use what is open and nothing else", async () => {
  await assertConfined(childAttempts, true, HOLES);
});

/**
 * Records without this project's option that turns worker permissions on, as for `deno run URL`, and without permission to
 * start Deno.
 */
async function recordUnconfined(
  folder: string,
  ...options: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const permissions = ["--allow-env", "--allow-read", "--allow-write", "--allow-run=python3"];
  const words = [
    ...options,
    "--python",
    "python3",
    "-o",
    `${folder}/new/out`,
    "-c",
    "print('ran')",
  ];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...permissions, "--no-config", MAIN, ...words],
    env: { NO_COLOR: "1" },
  }).output();
  const [said, told] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, stdout: said!, stderr: told! };
}

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ct-sandbox-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a Deno that can't confine the worker doesn't run the program, and leaves nothing", async () => {
  await inFolder(async (folder) => {
    const { code, stdout, stderr } = await recordUnconfined(folder, "--json-errors");
    assert.equal(code, 10);
    assert.equal(stdout, "", "the program has run");
    assert.match(
      stderr,
      /^ct-recorder: error ERR_SANDBOX_UNAVAILABLE: .*--unstable-worker-options/,
    );
    const trailer = JSON.parse(stderr.trimEnd().split("\n").at(-1)!);
    assert.equal(trailer.error_code, "ERR_SANDBOX_UNAVAILABLE");
    assert.equal(trailer.trace_id, null);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("where confinement is only preferred, it records without, and says so", async () => {
  await inFolder(async (folder) => {
    const { code, stdout, stderr } = await recordUnconfined(folder, "--sandbox", "preferred");
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "ran\n");
    assert.match(stderr, /^ct-recorder: warning: .*without a sandbox/m);
    const metadata = JSON.parse(await Deno.readTextFile(`${folder}/new/out/trace_metadata.json`));
    assert.equal(metadata.sandbox, "none");
  });
});

Deno.test({
  name: "a folder in which Deno lets no confined worker open anything is refused by name",
  ignore: Deno.build.os !== "linux", // Deno's own list of such folders is longest there
  fn: async () => {
    const shared = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "ct-sandbox-" });
    try {
      const out = `${shared}/new/out`;
      const record = (...options: string[]) =>
        run([
          ...recorderCommand(),
          ...options,
          "--python",
          "python3",
          "-o",
          out,
          "-c",
          "print('ran')",
        ]);
      const refused = await record();
      assert.equal(refused.status, 10);
      assert.equal(refused.stdout, "", "the program has run");
      assert.match(
        refused.stderr,
        /^ct-recorder: error ERR_SANDBOX_UNAVAILABLE: .* in \/dev\/shm\/.*\/new\/out; .*--out-dir.*--sandbox preferred/,
      );
      assert.deepEqual([...Deno.readDirSync(shared)], []);

      const told = await run([...recorderCommand(), "doctor", "--python", "python3", "-o", out]);
      assert.equal(told.status, 10);
      assert.match(told.stdout, /in \/dev\/shm\/.*--out-dir.*\n +→ choose another folder/);

      const recorded = await record("--sandbox", "preferred");
      assert.equal(recorded.status, 0, recorded.stderr);
      assert.match(recorded.stderr, /^ct-recorder: warning: .*without a sandbox/m);
      const metadata = JSON.parse(await Deno.readTextFile(`${out}/trace_metadata.json`));
      assert.equal(metadata.sandbox, "none");
    } finally {
      await Deno.remove(shared, { recursive: true });
    }
  },
});

Deno.test({
  name: "that the recorder may not hand its own permissions on is known before anything is started",
  permissions: { read: true, write: false },
  fn: () => {
    assert.throws(() => ensureConfinable("/nowhere", "worker-permissions"), {
      code: "ERR_SANDBOX_UNAVAILABLE",
      message: /permission to write there.* read and write \/nowhere/,
    });
    ensureConfinable("/nowhere", "none");
    ensureConfinable("/nowhere", "child-process");
  },
});

Deno.test({
  name: "permissions for the folder alone are enough to hand on",
  permissions: { read: ["/some"], write: ["/some/where"] },
  fn: () => ensureConfinable("/some/where/below", "worker-permissions"),
});
