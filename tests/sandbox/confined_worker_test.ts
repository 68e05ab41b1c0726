import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { attemptsOf } from "./_hostile_main.ts";
import { assertConfined } from "./_playground.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

Deno.test("a confined worker can use its folder and nothing else", async () => {
  await assertConfined(attemptsOf);
});

Deno.test("a Deno that can't confine the worker doesn't run the program", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ct-sandbox-" });
  try {
    // Without deno.json the option that turns worker permissions on is off, as it is for `deno run -A URL`.
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-config", MAIN, "-o", `${folder}/out`, "-c", "print('ran')"],
      env: { NO_COLOR: "1" },
    }).output();
    assert.notEqual(code, 0);
    assert.equal(stdout.length, 0, "the program has run");
    assert.match(new TextDecoder().decode(stderr), /--unstable-worker-options/);
    assert.deepEqual([...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".ct")), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
