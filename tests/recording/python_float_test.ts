import assert from "node:assert/strict";
import { pythonFloat } from "../../src/recording/python_float.ts";
import { randomNumbers } from "../random/wire.ts";
import { chanceSeed } from "../support/chance.ts";
import { run } from "../support/processes.ts";
import { anyPython } from "../support/pythons.ts";

Deno.test("special numbers and the borders of the exponent", () => {
  const cases: [number, string][] = [
    [NaN, "nan"],
    [Infinity, "inf"],
    [-Infinity, "-inf"],
    [0, "0.0"],
    [-0, "-0.0"],
    [1, "1.0"],
    [-1.5, "-1.5"],
    [0.1, "0.1"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [-0.000012, "-1.2e-05"],
    [1e15, "1000000000000000.0"],
    [1e16, "1e+16"],
    [9999999999999998, "9999999999999998.0"],
    [123456789012345680, "1.2345678901234568e+17"],
    [1e22, "1e+22"],
    [1e100, "1e+100"],
    [5e-324, "5e-324"],
    [Number.MAX_VALUE, "1.7976931348623157e+308"],
    [2 ** 53, "9007199254740992.0"],
  ];
  for (const [number, text] of cases) assert.equal(pythonFloat(number), text);
});

Deno.test("random doubles look as Python's repr writes them", async () => {
  const seed = chanceSeed();
  const below = randomNumbers(seed);
  const random = () => below(2 ** 32) / 2 ** 32;
  const numbers: number[] = [];
  const bits = new DataView(new ArrayBuffer(8));
  for (let n = 0; n < 20_000; n++) {
    bits.setUint32(0, below(2 ** 32));
    bits.setUint32(4, below(2 ** 32));
    numbers.push(bits.getFloat64(0));
    // Of random bits alone, hardly any would be numbers that programs use.
    numbers.push((random() - 0.5) * 10 ** Math.floor(random() * 40 - 20));
    numbers.push(Math.round(random() * 1e6) / 1000);
  }
  const python = await anyPython();
  const script = "import sys, array\n" +
    "numbers = array.array('d', sys.stdin.buffer.read())\n" +
    "print('\\n'.join(map(repr, numbers)))";
  const stdin = new Uint8Array(new Float64Array(numbers).buffer);
  const { stdout } = await run([python.path, "-c", script], { stdin });
  const lines = stdout.trimEnd().split("\n");
  assert.equal(lines.length, numbers.length);
  numbers.forEach((number, n) => assert.equal(pythonFloat(number), lines[n], `seed ${seed}`));
});
