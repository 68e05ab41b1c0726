import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ValueTranscoder } from "../../src/recording/value_transcoder.ts";
import { chanceSeed } from "../support/chance.ts";
import { forEachPython, needsPythons, PUSH_VERSIONS } from "../support/pythons.ts";
import { shownValues, sorted } from "./_shown_values.ts";

needsPythons(PUSH_VERSIONS);

const WRITER = fileURLToPath(new URL("values_writer.py", import.meta.url));

Deno.test({
  name: "what a value is said to be is what it is, and looking at it runs none of its code",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    const seed = String(chanceSeed());
    await forEachPython(t, PUSH_VERSIONS, async (python) => {
      const { values, ran } = await shownValues(python, WRITER, seed);
      assert.deepEqual(ran, {});
      assert.ok(values.length > 450, `${values.length} values`);
      for (const { name, actual, expected } of values) {
        if (expected === null) continue;
        // Described texts of the same bytes may differ in how long they are kept, not in what they say.
        assert.deepEqual(sorted(actual), sorted(expected), `${name}, seed ${seed}`);
      }
      const shown = (name: string) => {
        const found = values.filter((value) =>
          value.name === name || value.name.startsWith(`${name}_`)
        );
        assert.ok(found.length > 0, name);
        return JSON.stringify(found[0]!.actual);
      };
      assert.match(shown("long_set"), /<… 10 more>/);
      assert.match(shown("too_many_in_a_dict"), /<… \d+ more>/);
      assert.match(shown("hostile_1"), /^\["HostileInt","5"\]$/);
      assert.match(shown("hostile_2"), /^\["HostileFloat","-0\.0"\]$/);
      // Types and functions are called by their names even when those are of the program's own making.
      const hostile = values.filter(({ name }) => name.startsWith("hostile")).map(({ actual }) =>
        JSON.stringify(actual)
      );
      assert.ok(hostile.includes('["function","<function named>"]'));
      assert.ok(hostile.includes('["method","<bound method named>"]'));
    });
  },
});

Deno.test("types that share a name are told apart", () => {
  const types: string[] = ["NoneType"];
  const transcoder = new ValueTranscoder({ typeId: (name) => types.push(name) - 1 });
  const shown = (...wireNames: string[]) => wireNames.map((name) => types[transcoder.type(name)]);
  assert.deepEqual(shown("a:Node", "b:Node", "a:Node", "c:Node", "?:"), [
    "Node",
    "b.Node",
    "Node",
    "c.Node",
    "?",
  ]);
  // A nested class may be called what another one is called with its module.
  assert.deepEqual(shown("m:d.Node", "d:Node", "n:d.Node"), ["d.Node", "d:Node", "n.d.Node"]);
  assert.deepEqual(shown("x:a:b", "x:a:b", "y:a:b", "y.a:b"), ["a:b", "a:b", "y.a:b", "b"]);
  // Classes of the program's never pass for what the language itself has.
  assert.deepEqual(shown("app:set", "builtins:set", "app:NoneType", "app:int", "builtins:int"), [
    "app.set",
    "set",
    "app.NoneType",
    "app.int",
    "int",
  ]);
  assert.equal(new Set(types).size, types.length, "no name stands there twice");
});
