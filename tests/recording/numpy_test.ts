/** Values of numpy and pandas are shown by what they hold, within the bounds, and without code of subclasses. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { installed } from "../support/packages.ts";
import { forEachPython, needsPythons } from "../support/pythons.ts";
import { shownValues } from "./_shown_values.ts";

// They are large packages: other versions of them and of Python are for the long run (CT_ALL_PYTHONS).
const VERSIONS = ["3.13"];
needsPythons(VERSIONS);

const REQUIREMENTS = ["numpy==2.2.6", "pandas==2.3.3"];
const WRITER = fileURLToPath(new URL("numpy_writer.py", import.meta.url));

Deno.test({
  name: "arrays, series and frames are shown by what they hold, without code of their subclasses",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, VERSIONS, async (python) => {
      const { values, ran } = await shownValues(
        python,
        WRITER,
        "0",
        await installed(python, REQUIREMENTS),
      );
      assert.deepEqual(ran, []);
      for (const { name, actual, expected } of values) {
        if (expected !== null) assert.deepEqual(actual, expected, name);
      }
      const shown = (name: string) => JSON.stringify(values.find((v) => v.name === name)!.actual);
      assert.match(shown("wide_frame"), /<… 10 more>/);
      assert.match(shown("enormous"), /<… 980 more>/);
    }),
});
