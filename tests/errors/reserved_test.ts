/** What the source says about codes, on both sides of the ring. */
import assert from "node:assert/strict";
import { ERROR_CODES, isErrorCode } from "../../src/errors/mod.ts";

const ROOT = new URL("../../", import.meta.url);
const TABLE = "src/errors/codes.ts";

/** Every file that can raise an error, by its path below the project's folder. */
function sources(): Map<string, string> {
  const found = new Map<string, string>();
  const look = (folder: string) => {
    for (const entry of Deno.readDirSync(new URL(folder, ROOT))) {
      const path = `${folder}${entry.name}`;
      if (entry.isDirectory) look(`${path}/`);
      else if (/\.(?:ts|py)$/.test(path)) {
        found.set(path, Deno.readTextFileSync(new URL(path, ROOT)));
      }
    }
  };
  look("src/");
  for (const path of ["main.ts", "mod.ts"]) {
    found.set(path, Deno.readTextFileSync(new URL(path, ROOT)));
  }
  return found;
}

/** The codes that a text names, whole or in part. */
function codesIn(text: string): string[] {
  return text.match(/\bERR_\w*/g) ?? [];
}

Deno.test("what looks for codes finds them", () => {
  assert.deepEqual(codesIn('x("ERR_IO"), `ERR_${y}`, "ERR_A"+b; MY_ERR_C'), [
    "ERR_IO",
    "ERR_",
    "ERR_A",
  ]);
  const files = sources();
  assert.ok(files.has(TABLE) && files.has("src/agent/python/_ct_guard.py"));
});

Deno.test("a reserved code stands in the table and nowhere else, so nothing raises it", () => {
  const reserved = Object.entries(ERROR_CODES).filter(([, { reserved }]) => reserved);
  assert.ok(reserved.length > 0);
  for (const [path, text] of sources()) {
    if (path === TABLE) continue;
    for (const [code] of reserved) assert.ok(!text.includes(code), `${path} mentions ${code}`);
  }
});

Deno.test("a code that is not reserved stands somewhere beside the table", () => {
  const used = new Set(
    [...sources()].filter(([path]) => path !== TABLE).flatMap(([, text]) => codesIn(text)),
  );
  const raisable = Object.entries(ERROR_CODES).filter(([, { reserved }]) => !reserved);
  for (const [code] of raisable) assert.ok(used.has(code), code);
});

Deno.test("codes are written out, so that a search finds who raises one", () => {
  // `explain` takes the prefix off and puts it on again, to name codes and not to raise them.
  for (const [path, text] of sources()) {
    if (path === "src/cli/explain.ts") continue;
    for (const code of codesIn(text)) assert.ok(isErrorCode(code), `${path}: ${code}`);
  }
});
