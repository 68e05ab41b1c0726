import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import * as protocol from "../../src/wire/protocol.ts";
import { forEachPython, needsPythons, PUSH_VERSIONS } from "../support/pythons.ts";
import { run } from "../support/processes.ts";

needsPythons(PUSH_VERSIONS);

const AGENT = fileURLToPath(new URL("../../src/agent/python", import.meta.url));

/** Prints the whole numbers that each module of the agent calls by a name in capitals. */
const NUMBERS = `
import sys, json
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
names = ["_ct_ring", "_ct_values", "_ct_code", "_ct_gate", "_ct_guard", "_ct_output", "_ct_relay", "_ct_start",
         "_ct_exceptions", "_ct_threads", "_ct_kept", "_ct_objects", "_ct_packed", "_ct_settrace"]
if sys.version_info >= (3, 12):
    names[-1] = "_ct_monitoring"
found = {}
for name in names:
    module = __import__(name)
    found[name] = {key: value for key, value in vars(module).items() if key.isupper() and type(value) is int}
import _ct_relay, _ct_ring
found["relayed"] = _ct_relay.RELAYED
found["magic"] = list(_ct_ring.MAGIC)
print(json.dumps(found))
`;

/** Names by the module of the agent that has them. The agent calls the state field just STATE. */
const RING = [
  "FREED",
  "HEARTBEAT",
  "RECORDER_PID",
  "RECORDER_STATE",
  "PROGRESS_SHOWN",
  "FILLED",
  "AGENT_PID",
  "PYTHON_VERSION",
  "CHILDREN",
  "SCOPES_SKIPPED",
  "EXECS_BEGUN",
  "EXECS_FAILED",
  "ACTIVATED",
  "HEADER_USED",
  "RECORDER_STARTS",
  "RECORDER_LISTENS",
  "RECORDER_STOPPED",
];
const MARKED_VALUES = [
  "MORE",
  "LONG_TEXT",
  "LONG_BYTES",
  "STRUCT",
  "RAW",
  "SEQUENCE",
  "MAPPING",
  "TOO_DEEP",
  "CYCLE",
  "EXCEPTION",
  "BIG_INT",
  "TYPED",
  "HIDDEN",
  "WITHOUT",
  "AS_KEPT",
];
const PACKED = [
  "PACKED_LINE",
  "PACKED_RETURN",
  "PACKED_YIELD",
  "PACKED_RETURN_NONE",
  "PACKED_YIELD_NONE",
];
const FRAME_RECORDS = ["CALL", "RESUME", "RETURN", "YIELD", "UNWIND", "THROW"];

Deno.test({
  name: "agent and recorder mean the same by each number",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    const ours: Readonly<Record<string, unknown>> = { ...protocol };
    await forEachPython(t, PUSH_VERSIONS, async (python) => {
      const { stdout, stderr } = await run([python.path, "-I", "-c", NUMBERS, AGENT]);
      assert.equal(stderr, "");
      const theirs: Record<string, Record<string, number>> = JSON.parse(stdout);
      const compare = (module: string, names: readonly string[]) => {
        for (const name of names) {
          assert.equal(typeof ours[name], "number", name);
          assert.equal(theirs[module]?.[name], ours[name], `${name} of ${module}`);
        }
      };
      assert.deepEqual(theirs.magic, [...protocol.RING_MAGIC]);
      compare("_ct_ring", RING);
      assert.equal(theirs._ct_ring?.STATE, protocol.AGENT_STATE);
      assert.equal(theirs._ct_ring?.STATE_ATTACHED, protocol.AGENT_ATTACHED);
      assert.equal(theirs._ct_ring?.STATE_DETACHED, protocol.AGENT_DETACHED);
      compare("_ct_values", ["DESCRIBED", ...MARKED_VALUES, "LIST", "TUPLE", "DICT"]);
      compare("_ct_kept", ["KEPT", "SPLICED"]);
      compare("_ct_objects", ["KEPT", "VALUE"]);
      const slots = (module: string) =>
        (theirs[module]?.MOST_THREADS ?? NaN) * (theirs[module]?.SLOTS ?? NaN);
      assert.equal(theirs._ct_objects?.FIRST_SLOT, slots("_ct_kept"));
      assert.equal(slots("_ct_kept") + slots("_ct_objects"), protocol.KEPT_SLOTS);
      compare("_ct_code", ["CODE", "PATH", "SOURCE", "LAYOUT"]);
      compare("_ct_packed", ["SITE", ...PACKED]);
      compare("_ct_gate", ["WINDOW"]);
      compare("_ct_guard", ["FAILED"]);
      compare("_ct_output", ["OUTPUT", "UNCAUGHT"]);
      compare("_ct_exceptions", ["RAISE", "CATCH"]);
      compare("_ct_threads", ["THREAD_BEGUN", "THREAD_ENDED"]);
      compare("_ct_start", ["HELLO"]);
      compare("_ct_relay", ["WRITING", "WRITTEN"]);
      assert.deepEqual(theirs.relayed, protocol.RELAYED);
      const observer = python.minor >= 12 ? "_ct_monitoring" : "_ct_settrace";
      compare(observer, [...FRAME_RECORDS, "CONFLICT"]);
    });
  },
});

Deno.test("no two kinds share a number", () => {
  const kinds = [
    ...["CODE", "PATH", "SOURCE", "LAYOUT", ...FRAME_RECORDS, "OUTPUT", "DESCRIBED", "WINDOW"],
    ...[
      "CONFLICT",
      "FAILED",
      "THREAD_BEGUN",
      "THREAD_ENDED",
      "UNCAUGHT",
      "WRITING",
      "WRITTEN",
      "HELLO",
      "RAISE",
      "CATCH",
      "KEPT",
      "SPLICED",
      "SITE",
    ],
  ];
  const numbers = kinds.map((name) => (protocol as unknown as Record<string, number>)[name]);
  assert.equal(new Set(numbers).size, kinds.length);
  assert.ok(numbers.every((number) => number! < 0), "0 and up are lines, by their layout");
});

Deno.test("the ring's parts lie at page boundaries", () => {
  // The coarsest page size in use, 64 KiB; a mapping's offset has to be a multiple of it.
  assert.equal(protocol.HEADER_SIZE % (64 << 10), 0);
  assert.equal(protocol.SEGMENT_SIZE % (64 << 10), 0);
});
