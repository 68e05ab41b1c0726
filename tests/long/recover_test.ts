/** What tests/e2e/recover_test.ts does with each push, two hundred times. */
import { assertKillsLoseNothing } from "../e2e/_killed.ts";
import { EACH_OBSERVER, needsPythons } from "../support/pythons.ts";

needsPythons(EACH_OBSERVER);

Deno.test("recover: a recorder killed at two hundred moments loses nothing", () =>
  assertKillsLoseNothing(200));
