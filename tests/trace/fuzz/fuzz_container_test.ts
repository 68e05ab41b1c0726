import assert from "node:assert/strict";
import { corpus, tryInputs } from "./_fuzz.ts";

const INPUTS = 5_000;

Deno.test(`${INPUTS} damaged traces: read, or refused as corrupt and found to be`, () => {
  let read = 0;
  let sound = 0;
  tryInputs(corpus(), 0, INPUTS, (_, { isRead, verification }) => {
    if (isRead) read++;
    if (verification?.worst === null) sound++;
  });
  // Were nearly all refused at the door, or none of them, nothing would have been tried.
  assert.ok(read > INPUTS / 20 && read < INPUTS / 2, `${read} could be read`);
  assert.ok(sound > INPUTS / 100 && sound < INPUTS / 4, `${sound} were sound`);
});
