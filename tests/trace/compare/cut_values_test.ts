import assert from "node:assert/strict";
import { holdsCutValue } from "../../../src/trace/compare/cut_values.ts";

Deno.test("values that were cut are told by what stands in the place of the rest", () => {
  const bytes = (text: string) => new TextEncoder().encode(`before${text}behind`);
  const cut = [
    "<… 44 more>",
    "'xxx'… <3976 more characters>",
    "b'xxx'… <3976 more bytes>",
    "0x7fff… <400 bits>",
    "<list …>",
    "more… and <list …>",
  ];
  for (const text of cut) assert.ok(holdsCutValue(bytes(text)), text);
  for (const text of ["", "and so on…", "<…>", "… 44 more", "<list ...>", "…".repeat(100)]) {
    assert.ok(!holdsCutValue(bytes(text)), text);
  }
});
