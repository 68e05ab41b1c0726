import assert from "node:assert/strict";
import { printCommand } from "../../src/cli/print.ts";
import { valueToJson } from "../../src/cli/print/json.ts";
import type { TraceValue } from "../../src/trace/reader/values.ts";
import { withWrittenTrace } from "../support/written_trace.ts";
import { goldenPath } from "../trace/reader/_golden.ts";

/** The first cells of the page's tables, with the names in them, by what stands above the first row. */
function documented(): Map<string, Set<string>> {
  const page = Deno.readTextFileSync(new URL("../../design-docs/print-json.md", import.meta.url));
  const tables = new Map<string, Set<string>>();
  let table: Set<string> | null = null;
  for (const line of page.split("\n")) {
    const cells = line.split("|").slice(1, -1).map((cell) => cell.trim());
    if (cells.length === 0) table = null;
    else if (table === null) {
      const head = cells[0]!.replace(/^key of /, "").replaceAll("`", "");
      tables.set(head, table = new Set());
    } else for (const [, name] of cells[0]!.matchAll(/`([^`]+)`/g)) table.add(name!);
  }
  return tables;
}

async function printed(...args: string[]) {
  let text = "";
  await printCommand(args, { write: (part) => text += part, flush: () => {}, colours: false });
  return JSON.parse(text);
}

Deno.test("the page of the JSON has every key that is printed, and no other", async () => {
  const found = new Map<string, Set<string>>();
  const add = (kind: string, keys: Iterable<string>) => {
    const set = found.get(kind) ?? new Set();
    found.set(kind, set);
    for (const key of keys) set.add(key);
  };
  const look = (document: Record<string, Record<string, unknown>>) => {
    add("key", Object.keys(document));
    add("metadata", Object.keys(document.metadata!));
    add("counts", Object.keys(document.counts!));
    for (const event of document.events as unknown as Record<string, unknown>[]) {
      add(String(event.kind), Object.keys(event));
    }
  };
  look(await printed(goldenPath("flow", ".ct"), "--json"));
  await withWrittenTrace([
    { enter: "f" },
    { line: 1, vars: { n: 1 } },
    { raise: "boom" },
    { caught: "ValueError" },
    { thread: "start", id: 1 },
    { line: 2 },
  ], async (path) => {
    const metadata = { partial: true, reason: "ERR_IO", process_exit_status: { code: 1 } };
    const beside = path.replace(/[^/]*$/, "trace_metadata.json");
    Deno.writeTextFileSync(beside, JSON.stringify(metadata));
    look(await printed(path, "--json"));
    look(await printed(path, "--json", "--variables", "n"));
  });
  // Only an exception that leaves a call has one.
  add("call_exit", ["exception"]);

  const tables = documented();
  for (const [kind, keys] of found) {
    assert.deepEqual([...tables.get(kind) ?? []].sort(), [...keys].sort(), kind);
  }
});

Deno.test("the page of the JSON has every kind of value, with its keys", () => {
  const typeId = 1;
  const none: TraceValue = { kind: "None", typeId };
  const values: TraceValue[] = [
    none,
    { kind: "Int", i: 1, typeId },
    { kind: "Float", f: 1, typeId },
    { kind: "Bool", b: true, text: "True", typeId },
    { kind: "String", text: "", typeId },
    { kind: "Char", c: "", typeId },
    { kind: "Raw", r: "", typeId },
    { kind: "Error", msg: "", typeId },
    { kind: "Sequence", elements: [none], isSlice: false, typeId },
    { kind: "Tuple", elements: [], typeId },
    { kind: "Set", members: [], typeId },
    { kind: "Struct", fieldValues: [none], fieldNames: ["a"], typeId },
    { kind: "Variant", discriminator: "", contents: none, typeId },
    { kind: "Reference", dereferenced: none, address: 1, mutable: true, typeId },
    { kind: "BigInt", value: -1n, typeId },
    { kind: "Enum", name: "", ordinal: 1, typeId },
    { kind: "Cell", place: 1 },
    { kind: "ValueRef", refId: 1 },
  ];
  const page = Deno.readTextFileSync(new URL("../../design-docs/print-json.md", import.meta.url));
  for (const value of values) {
    const row = page.split("\n").find((line) => {
      const [, kinds = ""] = line.split("|");
      return kinds.split(",").some((kind) => kind.trim() === `\`${value.kind}\``);
    });
    assert.ok(row !== undefined, value.kind);
    for (const key of Object.keys(JSON.parse(valueToJson(value)))) {
      if (key === "kind" || key === "type_id") continue;
      assert.ok(row.includes(`\`${key}\``), `${value.kind} has ${key}`);
    }
  }
});
