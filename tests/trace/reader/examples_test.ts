/**
 * The examples of the reader's documentation, run as they are but for the names of package and trace. Those of mod.ts
 * are run by `tests/session/examples_test.ts`.
 */
import assert from "node:assert/strict";
import { goldenPath } from "./_golden.ts";

const ROOT = new URL("../../../", import.meta.url);

for (const source of ["src/trace/reader/open_trace.ts"]) {
  const text = Deno.readTextFileSync(new URL(source, ROOT));
  const examples = [...text.matchAll(/@example (.*)\n \* ```ts ignore\n([^]*?) \* ```/g)]
    .filter(([, , code]) => code!.includes("openTrace("));
  Deno.test(`${source} has examples`, () => assert.ok(examples.length > 0));
  for (const [, title, commented] of examples) {
    Deno.test(`example of ${source}: ${title}`, async () => {
      const code = commented!.replaceAll(/^ \* ?/gm, "")
        .replace('"@codetracer/recorder"', JSON.stringify(new URL("mod.ts", ROOT).href))
        .replace(/openTrace\("[^"]*"\)/, `openTrace(${JSON.stringify(goldenPath("flow", ".ct"))})`);
      const file = Deno.makeTempFileSync({ suffix: ".ts" });
      const log = console.log;
      const said: unknown[] = [];
      console.log = (...words) => said.push(words.join(" "));
      try {
        Deno.writeTextFileSync(file, `${code}\nexport {};\n`);
        await import(`file://${file}`);
        if (code.includes("console.log")) assert.ok(said.length > 0);
      } finally {
        console.log = log;
        Deno.removeSync(file);
      }
    });
  }
}
