/** Recorders that are killed, and what `ct-recorder recover` makes of what they left. */
import { assertKillsLoseNothing } from "./_killed.ts";
import { EACH_OBSERVER, needsPythons } from "../support/pythons.ts";

needsPythons(EACH_OBSERVER);

Deno.test("recover: a recorder killed at any moment loses nothing that the program had done", () =>
  assertKillsLoseNothing(20));
