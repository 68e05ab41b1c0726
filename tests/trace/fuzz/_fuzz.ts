import assert from "node:assert/strict";
import { RecorderError } from "../../../src/errors/mod.ts";
import { MemorySource } from "../../../src/trace/ctfs/byte_source.ts";
import { ContainerReader } from "../../../src/trace/ctfs/container_reader.ts";
import { functionNameOf, typeNameOf } from "../../../src/trace/reader/names.ts";
import { openContainer } from "../../../src/trace/reader/open_trace.ts";
import { renderValue } from "../../../src/trace/reader/render.ts";
import { walkTrace } from "../../../src/trace/reader/walk.ts";
import { type Verification, verifySource } from "../../../src/trace/verify/verify_trace.ts";
import { GOLDEN_NAMES, goldenPath } from "../reader/_golden.ts";
import { makeTrace } from "../verify/_traces.ts";
import { damage, Seed } from "./_damage.ts";
import { Random } from "./_random.ts";

/** What is read of one input at most; the seeds have some hundreds of records. */
const MAX_VISITS = 100_000;
/** Bytes outside of the heap that some inputs may lead to; each has 150 kB. */
const MAX_EXTERNAL = 64 * 1024 * 1024;
/** Inputs between two looks at the memory, which take as long as one of them. */
const LOOK_EVERY = 20;

/** Traces of our own writer, and of the released Python recorder. */
export function corpus(): Seed[] {
  const small = [1, 2, 3, 5].map((calls) => new Seed(makeTrace(calls)));
  const golden = GOLDEN_NAMES.map((name) => new Seed(Deno.readFileSync(goldenPath(name, ".ct"))));
  // The small ones more often, as they are read ten times as fast.
  return [...Array<Seed[]>(8).fill(small).flat(), ...golden];
}

/** Those, and others from a folder. */
export function corpusWith(folder: string): Seed[] {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  return [...corpus(), ...names.map((name) => new Seed(Deno.readFileSync(`${folder}/${name}`)))];
}

/** What came of an input. */
export interface Tried {
  readonly bytes: Uint8Array;
  /** Whether the reader read all of it. */
  readonly isRead: boolean;
  /** Null if the input is no container at all. */
  readonly verification: Verification | null;
}

/**
 * Tries damaged traces: reading all of one gives its content or `ERR_TRACE_CORRUPT`, and nothing
 * else; neither that nor checking it takes more than it has; and what can't be read is found.
 *
 * @param first Number of the first input; each number stands for one input, always the same.
 * @param visit Called with each outcome.
 */
export function tryInputs(
  seeds: readonly Seed[],
  first: number,
  count: number,
  visit: (input: number, tried: Tried) => void = () => {},
): void {
  let before = Deno.memoryUsage().external;
  for (let input = first; input < first + count; input++) {
    if (input % LOOK_EVERY === 0) {
      const { external } = Deno.memoryUsage();
      assert.ok(external - before < MAX_EXTERNAL, `inputs before ${input} took ${external} bytes`);
      before = external;
    }
    const bytes = damage(seeds, new Random(input));
    try {
      visit(input, tryOne(bytes));
    } catch (cause) {
      const said = cause instanceof Error ? cause.message : String(cause);
      const kept = Deno.makeTempFileSync({ prefix: "ct-fuzz-", suffix: ".ct" });
      Deno.writeFileSync(kept, bytes);
      throw new Error(`input ${input}, kept as ${kept}: ${said}`, { cause });
    }
  }
}

/** Reads and checks one input. */
export function tryOne(bytes: Uint8Array): Tried {
  const refused = refusal(() => readAll(bytes));
  let verification: Verification | null = null;
  const noContainer = refusal(() => {
    verification = verifySource("t.ct", new MemorySource(bytes));
  });
  const { worst } = verification ?? { worst: "fatal" as const };
  if (refused !== null) {
    assert.ok(worst === "fatal" || worst === "error", `nothing was found, but: ${refused}`);
  }
  if (noContainer !== null) assert.notEqual(refused, null, noContainer);
  return { bytes, isRead: refused === null, verification };
}

/** Why the trace can't be read; null if it can. Throws whatever isn't such a reason. */
function refusal(action: () => void): string | null {
  try {
    action();
    return null;
  } catch (error) {
    if (error instanceof RecorderError && error.code === "ERR_TRACE_CORRUPT") return error.message;
    throw error;
  }
}

/** Everything that a reader offers, from front to back and at random. */
function readAll(bytes: Uint8Array): void {
  using trace = openContainer(new ContainerReader("t.ct", new MemorySource(bytes)));
  let visits = 0;
  const visited = () => assert.ok(++visits < MAX_VISITS, "it does not come to an end");
  const typeName = (id: number) => typeNameOf(trace, id);
  const { stepRecords, calls } = trace.counts;
  trace.countColumnSteps();
  for (const item of walkTrace(trace)) {
    visited();
    if (item.kind === "step") {
      for (const { value } of trace.values(item.step.index)) {
        visited();
        renderValue(value, { typeName, maxLength: 100 });
      }
    } else if (item.kind === "leave") {
      for (const _ of item.call.children()) visited();
      for (const { value } of item.call.arguments) renderValue(value, { typeName, maxLength: 50 });
      item.call.returnValue;
      item.call.exception;
    }
  }
  for (const call of trace.calls()) {
    visited();
    functionNameOf(trace, call.functionId);
  }
  for (const event of trace.events()) {
    visited();
    event.content;
  }
  trace.callAt(stepRecords >> 1);
  if (calls > 0) trace.encodedArguments(calls - 1);
}
