import assert from "node:assert/strict";
import fc from "fast-check";
import { InternalError } from "../../src/errors/mod.ts";
import { SessionLifecycle, type SessionState, TRANSITIONS } from "../../src/session/state.ts";

const STATES: readonly SessionState[] = [
  "idle",
  "starting",
  "recording",
  "finishing",
  "finished",
  "failed",
];

/** Written out once more, so that the table can't change without anybody noticing. */
const LEGAL = [
  "idle → starting",
  "idle → finishing",
  "starting → recording",
  "starting → finishing",
  "starting → failed",
  "recording → finishing",
  "recording → failed",
  "finishing → finished",
  "finishing → failed",
];

/** A lifecycle in `state`, by the shortest legal way. */
function lifecycleIn(state: SessionState): SessionLifecycle {
  const ways: readonly (readonly SessionState[])[] = [
    [],
    ["starting"],
    ["starting", "recording"],
    ["finishing"],
    ["finishing", "finished"],
    ["starting", "failed"],
  ];
  const life = new SessionLifecycle();
  for (const next of ways[STATES.indexOf(state)] ?? []) life.to(next);
  assert.equal(life.state, state);
  return life;
}

Deno.test("the legal transitions, and an error for each other one, which changes nothing", () => {
  const legal: string[] = [];
  for (const from of STATES) {
    for (const to of STATES) {
      const life = lifecycleIn(from);
      try {
        life.to(to);
        legal.push(`${from} → ${to}`);
        assert.equal(life.state, to);
      } catch (error) {
        assert.ok(error instanceof InternalError);
        assert.equal(error.message, `A session that is ${from} can't become ${to}; report it`);
        assert.deepEqual(error.context, { from, to });
        assert.equal(life.state, from);
      }
    }
  }
  assert.deepEqual(legal.sort(), [...LEGAL].sort());
});

Deno.test("every way ends, and ends in finished or failed", () => {
  fc.assert(fc.property(fc.array(fc.nat(5), { minLength: 6, maxLength: 6 }), (choices) => {
    const life = new SessionLifecycle();
    for (const choice of choices) {
      const next = TRANSITIONS[life.state];
      if (next.length > 0) life.to(next[choice % next.length] ?? "failed");
    }
    assert.ok(life.isOver);
    assert.ok(life.state === "finished" || life.state === "failed");
  }));
});
