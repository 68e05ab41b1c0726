/** What of the agent's files is made ahead: nothing of it is lost on the way. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { PYTHON_AGENT } from "../../src/agent/python_sources.ts";
import { BUILTIN_COMPILED } from "../../src/filter/builtin_compiled.ts";
import { withTables } from "../../src/filter/with_tables.ts";
import {
  agentFilter,
  agentText,
  readText,
  textOf,
  writeText,
} from "../../src/session/agent_parts.ts";
import { marshal, Marshalled } from "../../src/session/marshal.ts";

Deno.test("agent parts: the text is the agent's, the same after it was a file", async () => {
  const text = await agentText();
  assert.deepEqual(text, textOf(PYTHON_AGENT));
  const entry = new TextDecoder().decode(text.entry);
  assert.equal(entry, PYTHON_AGENT["sitecustomize.py"]);
  const read = readText(writeText(text));
  assert.deepEqual([read.entry, read.modules], [text.entry, text.modules]);
});

Deno.test("agent parts: the filter is what it is without having been written before", async () => {
  const config = { before: 1, filter: await agentFilter(BUILTIN_COMPILED), after: [2] };
  assert.deepEqual(marshal(config), marshal({ ...config, filter: withTables(BUILTIN_COMPILED) }));
});

Deno.test("agent parts: whatever was written before goes in as it is", () => {
  const value = fc.jsonValue({ maxDepth: 3 }).map((value) =>
    JSON.parse(JSON.stringify(value, (_, each) => typeof each === "number" ? each | 0 : each))
  );
  fc.assert(
    fc.property(value, value, (one, other) => {
      const written = new Marshalled(marshal(one));
      assert.deepEqual(marshal([written, other, written]), marshal([one, other, one]));
    }),
    { numRuns: 50 },
  );
});
