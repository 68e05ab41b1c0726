/** Small source maps, held against those they are made from by a reader that isn't ours. */
import assert from "node:assert/strict";
import { SourceMap as Reader } from "node:module";
import { fileURLToPath } from "node:url";
import { build, stop } from "esbuild";
import { lineMap, placesIn, type SourceMap } from "../../tools/build/line_map.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

Deno.test("line map: places are left where another line of a source begins", () => {
  const map: SourceMap = {
    version: 3,
    sources: ["a.ts", "b.ts"],
    names: ["x"],
    // Line 1: two places in a line of a.ts, one in the next. Line 2: none. Line 3: one without a source, then b.ts, named,
    // then a.ts again. Line 4: the blanks ahead of it are of the line before.
    mappings: "AAAA,IAAC,IACA;;A,ECgBAA,GDFD;AACA,EACA",
  };
  const text = "word word next\n\nx b  a\n  c";
  const mappings = "AAAA,QACC;;A,ECgBA,GDFD;EAEA";
  assert.deepEqual(lineMap(map, text), { ...map, names: [], mappings });
});

Deno.test("line map: of the recorder's own modules, each line is in the same place as before", async () => {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: ["src/recording/trace_worker_main.ts"],
    bundle: true,
    format: "esm",
    packages: "external",
    sourcemap: "external",
    outdir: ROOT,
    write: false,
  });
  await stop();
  const text = outputFiles.find(({ path }) => path.endsWith(".js"))?.text ?? "";
  const map = JSON.parse(outputFiles.find(({ path }) => path.endsWith(".map"))?.text ?? "");
  const small = lineMap(map, text);
  assert.ok(small.mappings.length < map.mappings.length / 3);
  const [before, after] = [
    new Reader(map),
    new Reader({ file: "", sourceRoot: "", ...small } as never),
  ];
  let compared = 0;
  for (const [line, words] of text.split("\n").entries()) {
    for (let column = words.search(/\S|$/); column < words.length; column++) {
      const expected = place(before, line, column);
      assert.deepEqual(place(after, line, column), expected, `${line + 1}:${column + 1}: ${words}`);
      compared++;
    }
  }
  assert.ok(compared > 100_000);
});

/** The source's line that a place in the bundle comes from. */
function place(map: Reader, line: number, column: number): unknown {
  const found = map.findEntry(line, column);
  return "originalLine" in found ? [found.originalSource, found.originalLine] : null;
}

Deno.test("line map: of each line it is known where it begins", () => {
  // Two lines of a, none of any source, one of b after one of a.
  const map = { version: 3, sources: ["a", "b"], names: [], mappings: "AAEA;ACCA,ADEA;;A,EAAA" };
  assert.deepEqual(placesIn(map), {
    sources: ["a", "b"],
    lines: [0, 3, 1, 4, -1, 0, 0, 6],
  });
});
