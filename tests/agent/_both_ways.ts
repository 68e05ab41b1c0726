/** Records a program with the native accelerator and without, and holds the two recordings against each other. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Transcoder } from "../../src/recording/transcoder.ts";
import { openTrace, type TraceReader, type TraceValue } from "../../mod.ts";
import { TraceWriter } from "../../src/trace/trace_writer.ts";
import { readInt, readText, skip, TYPE_TUPLE, u32 } from "../../src/wire/marshal.ts";
import { PACKED_LINE, SITE } from "../../src/wire/protocol.ts";
import { recordsIn } from "../random/wire.ts";
import { accelerator } from "../support/accelerator.ts";
import type { Python } from "../support/pythons.ts";
import { MemoryFile, MemorySpool } from "../trace/_memory_store.ts";
import { attached, type AttachOptions } from "./_attached.ts";

/** What the agent told. */
export interface Told {
  readonly stdout: string;
  /** The trace made of it. */
  readonly trace: Uint8Array<ArrayBuffer>;
  /** The kinds of the packed lines, by the line. */
  readonly packed: ReadonlyMap<number, ReadonlySet<string>>;
}

/** Both recordings of a program. */
export interface BothWays {
  readonly accelerated: Told;
  readonly plain: Told;
}

/**
 * Records `program`, which begins with WARM, both ways. Each reader has to show the same.
 *
 * @param tries How often the recording without may be made, until it is the same: more than once only for programs with sets
 * in the order of addresses, of which a bound cuts off others in each run.
 * @returns Null where this machine has no accelerator for the interpreter.
 */
export async function bothWays(
  python: Python,
  program: string,
  options: AttachOptions = {},
  tries = 1,
): Promise<BothWays | null> {
  const folder = await accelerator(python);
  if (folder === null) return null;
  const accelerated = await told(python, program, { ...options, accelerator: folder });
  for (let left = tries;;) {
    const plain = await told(python, program, options);
    const found = await difference(plain, accelerated);
    if (found === null) return { accelerated, plain };
    if (--left === 0) throw new Error(`told without the accelerator, and with it:\n${found}`);
  }
}

/** What differs, as text; null for nothing. */
async function difference(plain: Told, accelerated: Told): Promise<string | null> {
  if (accelerated.stdout !== plain.stdout) return `${plain.stdout}\n${accelerated.stdout}`;
  // The same bytes mostly; reading all values takes longer than all else.
  if (Buffer.from(plain.trace).equals(accelerated.trace)) return null;
  return firstDifference(await storyOf(plain.trace), await storyOf(accelerated.trace));
}

/** Records `program`, which ends well and says nothing on standard error. */
export async function told(
  python: Python,
  program: string,
  options: AttachOptions = {},
): Promise<Told> {
  const segments: Uint8Array[] = [];
  // Its name is of the same length each time.
  const folder = join(await Deno.realPath(tmpdir()), `ct-told-${crypto.randomUUID()}`);
  await Deno.mkdir(folder);
  const { result, side } = await attached(python, program, {
    ...options,
    folder,
    env: { PYTHONHASHSEED: "0", ...options.env }, // the order of sets
    take: (segment) => segments.push(withoutName(segment, folder)),
  }).finally(() => Deno.remove(folder, { recursive: true }));
  assert.deepEqual([result.stderr, result.status, side.detached], ["", 0, false]);
  const trace = traceOf(segments);
  const forgetful = traceOf(segments, true);
  assert.ok(Buffer.from(forgetful).equals(trace), "what a variable held last is forgotten");
  return { stdout: result.stdout, trace, packed: packedIn(segments) };
}

/** The first line that differs, from a little ahead of where it does. */
function firstDifference(one: readonly string[], other: readonly string[]): string | null {
  for (let n = 0; n < Math.max(one.length, other.length); n++) {
    const left = one[n] ?? "", right = other[n] ?? "";
    if (left === right) continue;
    let at = 0;
    while (left[at] === right[at]) at++;
    const shown = (text: string) =>
      `${text.slice(0, 80)} … ${text.slice(Math.max(at - 200, 0), at + 300)}`;
    return `${shown(left)}\n${shown(right)}`;
  }
  return null;
}

function withoutName(segment: Uint8Array, folder: string): Uint8Array {
  const text = Buffer.from(segment).toString("latin1");
  return Uint8Array.from(
    Buffer.from(text.replaceAll(folder, "/".padEnd(folder.length, "p")), "latin1"),
  );
}

/** @param forgetful What variables held at the line before is forgotten ahead of each record. */
function traceOf(segments: readonly Uint8Array[], forgetful = false): Uint8Array<ArrayBuffer> {
  const file = new MemoryFile();
  const metadata = {
    recordingId: "01890a5d-ac96-774b-bcce-b302099a8057",
    program: "p.py",
    args: [],
    workdir: "/p",
    recorder: "test",
  };
  const writer = new TraceWriter(file, new MemorySpool(), metadata);
  const transcoder = new Transcoder(writer, metadata.program);
  if (forgetful) transcoder.mostRemembered = -1;
  for (const [n, segment] of segments.entries()) {
    const isLast = n === segments.length - 1;
    for (let at = 0, next = 0;; at = next) {
      const until = forgetful ? Math.min(at + 1, segment.length) : segment.length;
      next = transcoder.records(segment, at, segment.length, isLast, until);
      if (!forgetful || next === at) break;
    }
  }
  transcoder.finish({ kind: "exited", code: 0 }, null);
  writer.finish();
  return file.bytes;
}

/** All that a reader shows: steps with variables, calls with arguments and how they end, raises and output. */
export async function storyOf(bytes: Uint8Array): Promise<readonly string[]> {
  const path = await Deno.makeTempFile({ suffix: ".ct" });
  try {
    await Deno.writeFile(path, bytes);
    using trace = openTrace(path);
    return [...lines(trace)];
  } finally {
    await Deno.remove(path);
  }
}

function* lines(trace: TraceReader): Generator<string> {
  const named = (key: string, value: unknown) => {
    if (key === "typeId" && typeof value === "number") return trace.typeName(value);
    if (isSet(trace, value)) return value.elements.map(shown).sort(); // by addresses, in part
    return typeof value === "bigint" ? `${value}n` : value;
  };
  const shown = (value: unknown): string => JSON.stringify(value, named);
  for (const step of trace.steps()) {
    const { index, path: _, pathId: __, ...rest } = step;
    const variables = trace.values(index).map(({ name, value }) => `${name}=${shown(value)}`);
    yield `${index} ${shown(rest)} ${variables.join(" ")}`;
  }
  for (const call of trace.calls()) {
    const given = call.arguments.map(({ nameId, value }) =>
      `${trace.variableName(nameId)}=${shown(value)}`
    );
    yield [
      ...[call.key, trace.functionName(call.functionId), call.parentKey],
      ...[call.entryStep, call.exitStep, `(${given.join(", ")})`],
      ...[shown(call.returnValue), shown(call.exception)],
    ].join(" ");
  }
  for (const event of trace.events()) yield shown(event);
}

function isSet(trace: TraceReader, value: unknown): value is TraceValue & { kind: "Sequence" } {
  const { kind, typeId } = Object(value);
  return kind === "Sequence" && /^(frozen)?set$|^Group$/.test(trace.typeName(typeId));
}

function packedIn(segments: readonly Uint8Array[]): Map<number, Set<string>> {
  const sites = new Map<number, { readonly line: number; readonly kinds: string }>();
  const packed = new Map<number, Set<string>>();
  const sizes = new Map<number, number>();
  for (const record of segments.flatMap((segment) => recordsIn(segment, sizes))) {
    if (record[0] === PACKED_LINE) {
      const site = sites.get(u32(record, 1));
      assert.ok(site !== undefined);
      const kinds = packed.get(site.line);
      if (kinds === undefined) packed.set(site.line, new Set([site.kinds]));
      else kinds.add(site.kinds);
    } else if (record[0] === TYPE_TUPLE && readInt(record, 5) === SITE) {
      const places = [5];
      for (let n = 0; n < 4; n++) places.push(skip(record, places.at(-1) ?? 0, record.length));
      const [, number = 0, , line = 0, kinds = 0] = places;
      sites.set(readInt(record, number), {
        line: readInt(record, line),
        kinds: readText(record, kinds),
      });
    }
  }
  return packed;
}
