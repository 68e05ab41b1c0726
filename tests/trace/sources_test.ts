import assert from "node:assert/strict";
import fc from "fast-check";
import { RecorderError } from "../../src/errors/mod.ts";
import { ContainerReader } from "../../src/trace/ctfs/container_reader.ts";
import { openTrace } from "../../src/trace/reader/open_trace.ts";
import { inTempFolder, writeTrace } from "./_write_trace.ts";

/** Writes a trace with one path for each text; null: without one. */
function withTexts(path: string, texts: readonly (Uint8Array | null)[], sources = true): void {
  writeTrace(path, (writer) => {
    for (const [number, text] of texts.entries()) {
      const id = writer.pathId(`/w/${number}.py`, [10]);
      if (text !== null) writer.source(id, text);
    }
    writer.step(writer.position(0, 1, 1));
  }, { sources });
}

Deno.test("texts come back byte by byte, each under its path, and only those that were given", async () => {
  await inTempFolder((folder) => {
    let number = 0;
    const text = fc.option(fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      // Compressible, and longer than a block of the container and than zstd's output buffer.
      fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.nat(20_000)).map((
        [piece, times],
      ) => Uint8Array.from({ length: piece.length * times }, (_, at) => piece[at % piece.length]!)),
    ));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 8 }), (texts) => {
        const path = `${folder}/${number++}.ct`;
        withTexts(path, texts);
        using trace = openTrace(path);
        for (const [id, expected] of texts.entries()) {
          assert.deepEqual(trace.source(id), expected);
          assert.deepEqual(trace.source(`/w/${id}.py`), expected);
        }
      }),
      { numRuns: 25 },
    );
  });
});

Deno.test("without a text, or where none are kept, the container has no file more", async () => {
  await inTempFolder((folder) => {
    const text = new Uint8Array([1, 2, 3]);
    withTexts(`${folder}/none.ct`, [null, null]);
    withTexts(`${folder}/off.ct`, [text, text], false);
    withTexts(`${folder}/on.ct`, [text, text]);
    const names = (name: string) => {
      using container = new ContainerReader(`${folder}/${name}.ct`);
      return container.names().filter((file) => file.startsWith("sources"));
    };
    assert.deepEqual(names("on"), ["sources.dat", "sources.off"]);
    for (const name of ["none", "off"]) {
      assert.deepEqual(names(name), []);
      using trace = openTrace(`${folder}/${name}.ct`);
      assert.equal(trace.source(1), null);
    }
  });
});

Deno.test("a path that the trace doesn't have is misuse, a text out of order a fault", async () => {
  await inTempFolder((folder) => {
    withTexts(`${folder}/t.ct`, [null]);
    using trace = openTrace(`${folder}/t.ct`);
    for (const path of [1, -1, 0.5, "/w/1.py"]) {
      assert.throws(
        () => trace.source(path),
        (error) => error instanceof RecorderError && error.code === "ERR_USAGE",
      );
    }
    writeTrace(`${folder}/u.ct`, (writer) => {
      writer.pathId("/w/a.py", []);
      writer.step(writer.position(0, 1, 1));
      writer.source(0, new Uint8Array(1));
      assert.throws(() => writer.source(0, new Uint8Array(1)), /source of path 0/);
    });
  });
});

Deno.test("a damaged text is ERR_TRACE_CORRUPT, or another text: nothing worse", async () => {
  await inTempFolder((folder) => {
    const path = `${folder}/t.ct`;
    const text = new TextEncoder().encode("def f(x):\n    return x\n".repeat(40));
    withTexts(path, [text, text]);
    const whole = Deno.readFileSync(path);
    const at = starts(path);
    let corrupt = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...at),
        fc.nat(80),
        fc.integer({ min: 1, max: 255 }),
        (start, offset, change) => {
          const bytes = whole.slice();
          bytes[start + offset]! ^= change;
          Deno.writeFileSync(path, bytes);
          using trace = openTrace(path);
          try {
            trace.source(0);
            trace.source(1);
          } catch (error) {
            assert.ok(error instanceof RecorderError, String(error));
            assert.equal(error.code, "ERR_TRACE_CORRUPT");
            corrupt++;
          }
        },
      ),
      { numRuns: 80 },
    );
    assert.ok(corrupt > 8, "damage was met");
  });
});

/** Where in the container the blocks of both files begin. */
function starts(path: string): number[] {
  using container = new ContainerReader(path);
  const bytes = Deno.readFileSync(path);
  return ["sources.dat", "sources.off"].map((name) => {
    const content = container.read(container.file(name)!);
    for (let at = 4096; at < bytes.length; at += 4096) {
      if (content.every((byte, index) => bytes[at + index] === byte)) return at;
    }
    throw new Error(`${name} is in no block`);
  });
}
