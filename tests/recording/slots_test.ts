/** Attributes in slots are shown as what they are, however they are read, and whatever becomes of them and of their classes. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { chanceSeed } from "../support/chance.ts";
import { run } from "../support/processes.ts";
import { forEachPython, needsPythons, PUSH_VERSIONS } from "../support/pythons.ts";

needsPythons(PUSH_VERSIONS);

const WRITER = fileURLToPath(new URL("slots_writer.py", import.meta.url));
const AGENT = fileURLToPath(new URL("../../src/agent/python", import.meta.url));

Deno.test({
  name: "slots are shown alike, read at once or one by one, sent in full or referred to",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, PUSH_VERSIONS, async (python) => {
      const seed = chanceSeed();
      for (const [reads, threads] of [[1, 1], [0, 1], [1, 4]] as const) {
        const words = [python.path, WRITER, AGENT, `${seed}`, "600", `${threads}`, `${reads}`];
        const { stdout, stderr, status } = await run(words);
        assert.equal(stderr, "", `seed ${seed}`);
        assert.equal(status, 0, `seed ${seed}: ${stdout}`);
        const [looks, referred, ran] = stdout.split(" ").map(Number);
        assert.equal(looks, threads === 1 ? 1200 : 0);
        assert.equal(referred! > 0, reads === 1 && threads === 1, stdout); // holds: three numbers
        assert.equal(ran, 0, "code of a class ran");
      }
    }),
});
