/** A recorder that takes nothing in any more says so on the disk: one that recovers the recording must not call it whole. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { environmentError } from "../../src/errors/mod.ts";
import {
  serve,
  type WorkerEnd,
  type WorkerMessage,
  type WorkerRequest,
} from "../../src/recording/trace_worker.ts";
import { WORK_FILES } from "../../src/recording/work_files.ts";
import { FILLED, HEADER_SIZE } from "../../src/wire/protocol.ts";
import { withFolder } from "../support/recorder.ts";
import {
  BEGINNING,
  END,
  finish,
  joined,
  line,
  requestFor,
  RETURN,
  ringIn,
  work,
} from "./_ring_folder.ts";

/** Three lines of a module. */
const RECORDS = joined(...BEGINNING, line(1), line(2), line(3), RETURN);

/** What a worker says to a session that sends these, one after another. */
async function answers(...messages: (WorkerRequest | WorkerEnd)[]): Promise<WorkerMessage[]> {
  const said: WorkerMessage[] = [];
  const scope: Parameters<typeof serve>[0] = {
    onmessage: null,
    postMessage: (message) => said.push(message),
  };
  serve(scope);
  for (const data of messages) scope.onmessage?.(new MessageEvent("message", { data }));
  await new Promise((resolve) => setTimeout(resolve));
  return said;
}

Deno.test("an end that is told ahead is taken when all is in; after a failure the session is asked", () =>
  withFolder(async (folder) => {
    ringIn(folder, [HEADER_SIZE, RECORDS]);
    const request = requestFor(folder, folder, false, null);
    const [drained, whole, ...more] = await answers(request, { ...END, unlessFailed: true });
    assert.equal(drained?.type, "drained");
    assert.ok(whole?.type === "finished" && whole.partial === null && whole.counts.steps === 3);
    assert.deepEqual(more, []);
    const broken = join(folder, "broken");
    Deno.mkdirSync(broken);
    ringIn(broken, [HEADER_SIZE, RECORDS], [FILLED, new Uint8Array(8).fill(255)]);
    const failing = requestFor(broken, broken, false, null);
    const [failed, asked, ...others] = await answers(failing, { ...END, unlessFailed: true }, END);
    assert.equal(failed?.type, "failed");
    assert.ok(asked?.type === "finished" && asked.partial?.code === "ERR_CHANNEL_CORRUPT");
    assert.deepEqual(others, []);
    const dead = { ...failing, sourceDir: join(folder, "nowhere") };
    const [gone, ...rest] = await answers(dead, { ...END, unlessFailed: true }, END);
    assert.equal(gone?.type, "broken");
    assert.deepEqual(rest, []);
  }));

Deno.test("a limit that was reached is on the disk before the trace is, and comes back when it is recovered", () =>
  withFolder((folder) => {
    ringIn(folder, [HEADER_SIZE, RECORDS]);
    const limited = work(folder, folder, false, 2);
    // Here the recorder dies. The one that recovers knows of no limit.
    const recovered = finish(work(folder, join(folder, "again"), true));
    limited.abandon();
    assert.equal(recovered.partial?.code, "ERR_TRACE_INCOMPLETE");
    assert.match(recovered.partial.message, /max_steps, 2/);
    assert.deepEqual(recovered.state, { kind: "exited", code: 0 });
    return Promise.resolve();
  }));

Deno.test("a failure that was noted comes back in the same way; a finished trace's metadata is no such note", () =>
  withFolder((folder) => {
    ringIn(folder, [HEADER_SIZE, RECORDS]);
    const error = environmentError("ERR_IO", "the disk is full").toJSON();
    const note = join(folder, WORK_FILES.metadata);
    Deno.writeTextFileSync(note, JSON.stringify({ failed: true, error }));
    const failed = finish(work(folder, join(folder, "failed"), true));
    assert.equal(failed.partial?.code, "ERR_IO");
    assert.deepEqual(failed.state, { kind: "disabled", code: 0 });
    Deno.writeTextFileSync(note, JSON.stringify({ partial: false, counts: {} }));
    const whole = finish(work(folder, join(folder, "whole"), true));
    assert.equal(whole.partial, null);
    assert.equal(whole.counts.steps, 3);
    return Promise.resolve();
  }));
