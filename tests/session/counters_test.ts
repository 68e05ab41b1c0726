import assert from "node:assert/strict";
import fc from "fast-check";
import { RecorderError } from "../../src/errors/mod.ts";
import {
  type CounterName,
  Counters,
  type CounterSink,
  type PlainCounter,
  type ReasonedCounter,
} from "../../src/session/counters.ts";

const PLAIN: readonly PlainCounter[] = ["scopes_skipped", "caught_internal_errors"];
const REASONED: readonly ReasonedCounter[] = ["events", "dropped", "redacted", "detach_reasons"];
const NOTHING = {
  events: {},
  dropped: {},
  redacted: {},
  scopes_skipped: 0,
  detach_reasons: {},
  caught_internal_errors: 0,
};

type Increment =
  | { readonly name: PlainCounter; readonly n: number }
  | { readonly name: ReasonedCounter; readonly n: number; readonly reason: string };

const amount = fc.nat({ max: 1_000_000 });
// The last ones are what an object used as a dictionary gets wrong.
const reason = fc.oneof(
  fc.string(),
  fc.constantFrom("steps", "ERR_IO", "__proto__", "constructor", "toString"),
);
const increment: fc.Arbitrary<Increment> = fc.oneof(
  fc.record({ name: fc.constantFrom(...PLAIN), n: amount }, { noNullPrototype: true }),
  fc.record({ name: fc.constantFrom(...REASONED), n: amount, reason }, { noNullPrototype: true }),
);

function addTo(counters: Counters, increment: Increment): void {
  if ("reason" in increment) {
    counters.add(increment.name, increment.n, { reason: increment.reason });
  } else counters.add(increment.name, increment.n);
}

/** Sum by sum from the increments themselves; a plain counter as if its reason were null. */
function total(increments: readonly Increment[], name: CounterName, reason: string | null): number {
  return increments
    .filter((one) => one.name === name && ("reason" in one ? one.reason : null) === reason)
    .reduce((sum, { n }) => sum + n, 0);
}

Deno.test("a new recording has counted nothing, and says so for every counter", () => {
  assert.deepEqual(new Counters().snapshot(), NOTHING);
});

Deno.test("counters are the sums of what was added, and the sink hears of each addition", () => {
  fc.assert(fc.property(fc.array(increment), (increments) => {
    const heard: Increment[] = [];
    const sink: CounterSink = {
      count: (name, n, attributes) => void heard.push({ name, n, ...attributes } as Increment),
    };
    const counters = new Counters(sink);
    for (const one of increments) addTo(counters, one);
    const snapshot = counters.snapshot();
    for (const name of PLAIN) assert.equal(snapshot[name], total(increments, name, null));
    for (const name of REASONED) {
      const reasons = new Set(
        increments.flatMap((one) => one.name === name && "reason" in one ? [one.reason] : []),
      );
      assert.deepEqual(new Set(Object.keys(snapshot[name])), reasons);
      for (const reason of reasons) {
        assert.equal(snapshot[name][reason], total(increments, name, reason));
      }
    }
    assert.deepEqual(heard, increments.filter(({ n }) => n > 0));
    // deepStrictEqual compares prototypes; a reason "__proto__" would have changed one.
    assert.deepEqual(JSON.parse(JSON.stringify(snapshot)), snapshot);
  }));
});

Deno.test("a snapshot is of its moment and can't be changed", () => {
  const counters = new Counters();
  counters.add("events", 5, { reason: "steps" });
  const snapshot = counters.snapshot();
  counters.add("events", 1, { reason: "steps" });
  counters.add("scopes_skipped");
  assert.deepEqual(snapshot, { ...NOTHING, events: { steps: 5 } });
  assert.ok(Object.isFrozen(snapshot) && Object.values(snapshot).every(Object.isFrozen));
});

Deno.test("a sink that throws is counted once, and not called again", () => {
  let calls = 0;
  const counters = new Counters({
    count() {
      calls++;
      throw new Error("broken");
    },
  });
  counters.add("events", 2, { reason: "calls" });
  counters.add("events", 2, { reason: "calls" });
  assert.equal(calls, 1);
  assert.deepEqual(counters.snapshot(), {
    ...NOTHING,
    events: { calls: 4 },
    caught_internal_errors: 1,
  });
});

Deno.test("a sink that rejects is counted once, and kills nothing", async () => {
  const sink = { count: () => Promise.reject(new Error("broken")) };
  const counters = new Counters(sink);
  counters.add("scopes_skipped", 2);
  counters.add("scopes_skipped", 3);
  // An unhandled rejection would fail this test.
  await new Promise((resolve) => setTimeout(resolve, 0));
  counters.add("scopes_skipped", 4);
  assert.deepEqual(counters.snapshot(), {
    ...NOTHING,
    scopes_skipped: 9,
    caught_internal_errors: 1,
  });
});

Deno.test("only whole numbers can be counted, and nothing overflows", () => {
  const counters = new Counters();
  for (const n of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
    assert.throws(() => counters.add("scopes_skipped", n), (error) => {
      assert.ok(error instanceof RecorderError);
      assert.equal(error.code, "ERR_UNKNOWN");
      return true;
    });
  }
  assert.deepEqual(counters.snapshot(), NOTHING);
  for (let times = 0; times < 3; times++) {
    counters.add("scopes_skipped", Number.MAX_SAFE_INTEGER);
  }
  assert.equal(counters.snapshot().scopes_skipped, Number.MAX_SAFE_INTEGER);
});
