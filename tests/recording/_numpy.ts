/** Values of numpy and pandas are shown by what they hold, within the bounds, and without code of subclasses. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { installed } from "../support/packages.ts";
import type { Python } from "../support/pythons.ts";
import { shownValues } from "./_shown_values.ts";

const WRITER = fileURLToPath(new URL("numpy_writer.py", import.meta.url));

/** Checks all that numpy_writer.py shows, with these versions of the packages. */
export async function checkNumpy(python: Python, requirements: readonly string[]): Promise<void> {
  const packages = await installed(python, requirements);
  const { values, ran } = await shownValues(python, WRITER, "0", packages);
  assert.deepEqual(ran, []);
  for (const { name, actual, expected } of values) {
    if (expected !== null) assert.deepEqual(actual, expected, name);
  }
  const shown = (name: string) => JSON.stringify(values.find((v) => v.name === name)?.actual);
  assert.match(shown("wide_frame"), /<… 10 more>/);
  assert.match(shown("enormous"), /<… 980 more>/);
}
