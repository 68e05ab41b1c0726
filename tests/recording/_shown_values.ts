/** Has a Python program encode values by the agent's encoder, and reads them back through the transcoder. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ValueTranscoder } from "../../src/recording/value_transcoder.ts";
import { ByteBuffer } from "../../src/trace/byte_buffer.ts";
import { readInt, skip } from "../../src/wire/marshal.ts";
import { run } from "../support/processes.ts";
import type { Python } from "../support/pythons.ts";

const AGENT = fileURLToPath(new URL("../../src/agent/python", import.meta.url));

/** `[type]`, `[type, content]` or `[type, [descriptions]]`; see values_writer.py. */
export type Description = readonly [string, ...unknown[]];

/** Decodes the CBOR of a value record, in the shape that readers demand, into a description. */
class Reading {
  readonly #view: DataView;
  #at = 0;

  constructor(readonly bytes: Uint8Array, readonly types: readonly string[]) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  whole(): Description {
    const description = this.#value(0);
    assert.equal(this.#at, this.bytes.length, "nothing follows the record");
    return description;
  }

  #value(depth: number): Description {
    assert.ok(depth < 64, "readers go 64 levels deep");
    const entries = this.#head(0xa0);
    assert.equal(this.#text(), "kind");
    const kind = this.#text();
    let content: unknown[] = [];
    switch (kind) {
      case "None":
        break;
      case "Bool": {
        this.#key("b");
        const flag = this.bytes[this.#at++];
        this.#key("text");
        content = [this.#text()];
        assert.equal(flag, content[0] === "true" ? 0xf5 : 0xf4);
        break;
      }
      case "Int":
        this.#key("i");
        content = [this.#integer()];
        break;
      case "String":
        this.#key("text");
        content = [this.#text()];
        break;
      case "Raw":
        this.#key("r");
        content = [this.#text()];
        break;
      case "Sequence":
        this.#key("elements");
        content = [this.#values(depth)];
        this.#key("is_slice");
        assert.equal(this.bytes[this.#at++], 0xf4);
        break;
      case "Tuple":
        this.#key("elements");
        content = [this.#values(depth)];
        break;
      case "Struct": {
        this.#key("field_values");
        const values = this.#values(depth);
        this.#key("field_names");
        const names = Array.from({ length: this.#head(0x80) }, () => this.#text());
        assert.equal(names.length, values.length);
        content = [names.map((name, n) => [name, values[n]])];
        break;
      }
      default:
        assert.fail(`a value of kind ${kind}, which not all readers show`);
    }
    this.#key("type_id");
    const type = this.types[this.#head(0x00)];
    assert.ok(type !== undefined);
    const keys: Record<string, number> = { None: 2, Bool: 4, Sequence: 4, Struct: 4 };
    assert.equal(entries, keys[kind] ?? 3);
    return [type, ...content];
  }

  #values(depth: number): Description[] {
    return Array.from({ length: this.#head(0x80) }, () => this.#value(depth + 1));
  }

  #key(name: string): void {
    assert.equal(this.#text(), name);
  }

  #text(): string {
    const length = this.#head(0x60);
    this.#at += length;
    // Not valid UTF-8 is a text that no reader takes.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(this.bytes.subarray(this.#at - length, this.#at));
  }

  #integer(): string {
    const negative = this.bytes[this.#at]! >= 0x20;
    const magnitude = BigInt(this.#argument(negative ? 0x20 : 0));
    return String(negative ? -1n - magnitude : magnitude);
  }

  #head(major: number): number {
    return Number(this.#argument(major));
  }

  #argument(major: number): bigint {
    const initial = this.bytes[this.#at++]!;
    assert.equal(initial & 0xe0, major);
    const info = initial & 0x1f;
    if (info < 24) return BigInt(info);
    const size = 1 << (info - 24);
    let value = 0n;
    for (let n = 0; n < size; n++) value = value << 8n | BigInt(this.#view.getUint8(this.#at++));
    return value;
  }
}

/** The order of a set is not the same from run to run. */
export function sorted(description: unknown): unknown {
  if (!Array.isArray(description)) return description;
  const [type, items, ...rest] = description.map(sorted);
  if ((type === "set" || type === "frozenset") && Array.isArray(items)) {
    return [type, items.toSorted((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)];
  }
  return items === undefined ? [type] : [type, items, ...rest];
}

/** A value that a writer showed. */
export interface ShownValue {
  readonly name: string;
  readonly actual: Description;
  readonly expected: Description | null;
}

/** What the program at `writer` (see values_writer.py) shows. @param packages A folder for PYTHONPATH. */
export async function shownValues(
  python: Python,
  writer: string,
  seed: string,
  packages?: string,
): Promise<{ values: ShownValue[]; ran: unknown }> {
  const { stdout, stderr } = await run(
    [python.path, writer, AGENT, seed],
    packages === undefined ? {} : { env: { PYTHONPATH: packages } },
  );
  assert.equal(stderr, "");
  const types: string[] = ["NoneType"];
  const transcoder = new ValueTranscoder({
    typeId(name) {
      if (!types.includes(name)) types.push(name);
      return types.indexOf(name);
    },
  });
  const values: ShownValue[] = [];
  let ran: unknown;
  const out = new ByteBuffer();
  for (const line of stdout.trimEnd().split("\n")) {
    const [what, first = "", second = "", ...rest] = line.split(" ");
    const hex = what === "D" ? first : second;
    const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
    if (what === "C") ran = JSON.parse(line.slice(2));
    else if (what === "D") {
      const number = skip(bytes, 5, bytes.length);
      transcoder.describe(
        readInt(bytes, number),
        bytes,
        skip(bytes, number, bytes.length),
        bytes.length,
        out,
      );
    } else {
      assert.equal(skip(bytes, 0, bytes.length), bytes.length, first);
      out.clear();
      assert.equal(transcoder.value(bytes, 0, bytes.length, out), bytes.length, first);
      const actual = new Reading(out.bytes.slice(0, out.length), types).whole();
      values.push({ name: first, actual, expected: JSON.parse(rest.join(" ")) });
    }
  }
  return { values, ran };
}
