/** Code that is made from text belongs to who made it, whoever calls it first. */
import assert from "node:assert/strict";
import { join } from "node:path";
import {
  emptyEnvironment,
  forEachPython,
  needsPythons,
  PUSH_VERSIONS,
} from "../support/pythons.ts";
import { record, withFolder } from "../support/recorder.ts";
import { windowed } from "./_windowed.ts";

needsPythons(PUSH_VERSIONS);

/** Functions that nothing but Python's library calls, and nothing else before it does. */
const TEXT = `
import asyncio, functools, re, threading
def by_re(match):
    return inner_of_re(match.group())
def inner_of_re(text):
    return text + text
async def by_asyncio():
    await asyncio.sleep(0)
def by_thread():
    pass
class Made:
    @functools.cached_property
    def by_descriptor(self):
        def by_lru():
            return 1
        return functools.lru_cache(maxsize=None)(by_lru)()
re.sub("a", by_re, "ab")
asyncio.run(by_asyncio())
thread = threading.Thread(target=by_thread)
thread.start()
thread.join()
Made().by_descriptor
`;

/** Methods that Python's library makes from text, and the program calls. */
const LIBRARY = `
import collections, dataclasses, typing
Pair = collections.namedtuple("Pair", "a b")
class Typed(typing.NamedTuple):
    a: int
@dataclasses.dataclass(order=True)
class Point:
    x: int
    y: list = dataclasses.field(default_factory=lambda: from_default())
def from_default():
    return []
Pair(1, 2), Typed(3), repr(Point(1)), Point(1) < Point(2)
`;

for (const activation of [null, "app.py"]) {
  Deno.test({
    name: `made code: ${activation ?? "no file"} as the activation file`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: (t) =>
      forEachPython(t, PUSH_VERSIONS, async (python) => {
        const { trace, result } = await windowed({
          ...python,
          path: await emptyEnvironment(python),
        }, {
          activation,
          files: {
            "app.py": `from oracle import note\nnote(True)\nexec(${JSON.stringify(TEXT)})\n` +
              `exec(${JSON.stringify(LIBRARY)}, {"__name__": "text"})\n`,
          },
        });
        assert.equal(result.status, 0, result.stderr);
        const called = new Set(
          trace.events.flatMap(({ kind, function: name }) =>
            kind === "call_entry" && name !== undefined ? name : []
          ),
        );
        for (const name of ["<toplevel>", "<__main__>", "<text>"]) called.delete(name);
        assert.deepEqual(
          [...called].sort(),
          [
            ...["Made", "Made.by_descriptor", "Made.by_descriptor.<locals>.by_lru"],
            ...["Point", "Point.<lambda>", "Typed", "by_asyncio", "by_re", "by_thread"],
            ...["from_default", "inner_of_re"],
            // From 3.14 on annotations are code, which runs when somebody asks for them.
            ...python.minor >= 14 ? ["Point.__annotate__", "Typed.__annotate__"] : [],
          ].sort(),
        );
      }),
  });
}

/**
 * Nothing but reference counts may be needed: a program may have the collection of garbage switched off. The
 * interpreter itself keeps up to 2,000 tuples for later, so many come first.
 */
const GONE = `
import gc, sys
def make(n):
    for i in range(n):
        exec("x = %d" % i, {})
gc.disable()
make(2500)
before = sys.getallocatedblocks()
make(1000)
print((sys.getallocatedblocks() - before) // 500)
`;

Deno.test({
  name: "made code: nothing is kept of code that is gone",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, PUSH_VERSIONS, (python) =>
      withFolder(async (folder) => {
        await Deno.writeTextFile(join(folder, "app.py"), GONE);
        const recorded = await record(folder, ["--quiet", "--python", python.path, "app.py"]);
        assert.equal(recorded.stdout, "0\n");
        const calls = recorded.trace?.events.filter(({ kind }) => kind === "call_entry").length;
        assert.ok((calls ?? 0) > 3500, `${calls} calls`);
      })),
});
