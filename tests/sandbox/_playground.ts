import assert from "node:assert/strict";
import type { Attempts, Playground } from "./_hostile_worker.ts";

/**
 * How Deno says no. Its Node layer and its module loader wrap the same words in errors of their own; older versions
 * of the former say ECONNREFUSED, where something listens that would have taken the connection. A compiled program
 * doesn't find modules on the network at all, and has no Cache API. Text and bytes are imported behind flags. A process
 * of the recorder's takes modules from Deno's cache alone.
 */
const REFUSED =
  /^(NotCapable|PermissionDenied)\b|Requires \w+ access|ECONNREFUSED|Module not found: http:|not a valid module type|CacheStorage is not available|--cached-only is specified/;

/**
 * Lays out a folder that is open to a worker and one that is not, lets `attempts` happen, and checks that none of
 * those that are not allowed succeeded or left anything.
 *
 * @param dropped As in {@link Playground}.
 * @param holes Attempts that are known to succeed though they should not: limits of Deno.
 */
export async function assertConfined(
  attempts: (playground: Playground) => Promise<Attempts>,
  dropped: boolean,
  holes: readonly string[] = [],
): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "ct-sandbox-" }));
  const folder = `${root}/folder`;
  const outside = `${root}/outside`;
  await Deno.mkdir(folder);
  await Deno.mkdir(outside);
  await Deno.writeTextFile(`${outside}/secret`, "secret");
  await Deno.writeTextFile(`${outside}/module.ts`, "export const loaded = true;\n");
  await Deno.writeTextFile(`${outside}/data.json`, "{}");
  if (dropped) await Deno.symlink("../outside", `${folder}/out`);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let connections = 0;
  const accepting = (async () => {
    for await (const connection of listener) {
      connections++;
      connection.close();
    }
  })();
  try {
    const outcome = await attempts({ folder, outside, port: listener.addr.port, dropped });
    const names = Object.keys(outcome);
    const succeeded = names.filter((name) => outcome[name] === null);
    const allowed = names.filter((name) => name.startsWith("allowed: "));
    assert.deepEqual(succeeded, [...allowed, ...holes]);
    // An attempt that failed for another reason than being refused has shown nothing.
    const otherwise = names.filter((name) =>
      outcome[name] !== null && !REFUSED.test(outcome[name]!)
    );
    assert.deepEqual(otherwise.map((name) => `${name}: ${outcome[name]}`), []);
    assert.ok(names.length - allowed.length >= 50, "fewer attempts than there are");

    assert.deepEqual([...Deno.readDirSync(root)].map(({ name }) => name).sort(), [
      "folder",
      "outside",
    ]);
    assert.deepEqual([...Deno.readDirSync(outside)].map(({ name }) => name).sort(), [
      "data.json",
      "module.ts",
      "secret",
    ]);
    assert.equal(await Deno.readTextFile(`${outside}/secret`), "secret");
    assert.equal((await Deno.stat(`${outside}/secret`)).nlink, 1);
    // Nothing but what was there, and the file that was to be moved out.
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(left, dropped ? ["out", "own"] : ["bait"]);
    if (dropped) assert.equal((await Deno.stat(`${folder}/own`)).size, 2);
  } finally {
    listener.close();
    await accepting;
    await Deno.remove(root, { recursive: true });
  }
  assert.equal(connections, 0);
}
