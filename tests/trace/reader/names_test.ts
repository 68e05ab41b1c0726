import assert from "node:assert/strict";
import { functionNameOf, typeNameOf, variableNameOf } from "../../../src/trace/reader/names.ts";

Deno.test("names of what a damaged trace refers to: there is an answer for any id", () => {
  const trace = { functions: ["f"], types: ["int"], variables: ["n"] };
  assert.deepEqual([functionNameOf(trace, 0), typeNameOf(trace, 0), variableNameOf(trace, 0)], [
    "f",
    "int",
    "n",
  ]);
  for (const id of [-1, 1, 2 ** 32]) {
    assert.deepEqual([functionNameOf(trace, id), typeNameOf(trace, id)], ["<unknown>", "<none>"]);
    assert.equal(variableNameOf(trace, id), "<unknown>");
  }
});
