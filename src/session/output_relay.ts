/**
 * Stands between the program's standard output and error and the recorder's own, and passes every byte on as it comes
 * (adr/0010). A reader that is slow holds the program up as always, and one that is gone is gone for the program too.
 *
 * Works on Linux: elsewhere nothing is relayed.
 */
import { type RelayedOutput, RelayedOutputWriter } from "../recording/relayed_output.ts";
import type { RingFile } from "../wire/ring_file.ts";
import type { AgentRelay } from "./agent_files.ts";
import { EndMarker } from "./end_marker.ts";

/** Bytes taken from a pipe at once: as many as fit into one. */
const CHUNK = 64 << 10;
/** How long nothing must come, where the end of what the program wrote can't be marked; milliseconds. */
const QUIET = 500;
const O_NONBLOCK = 0o4000;
const O_ACCMODE = 3;
const NAMES = ["stdin", "stdout", "stderr"];

/** Which of the program's descriptors are to be relayed. */
export interface RelayPlan extends AgentRelay {
  /** Why others are not, as a sentence. */
  readonly warnings: readonly string[];
}

/** Nothing: relay and trace worker go by memory that they share, which two processes don't. */
export const NO_SHARED_MEMORY: RelayPlan = {
  streams: [],
  join: null,
  warnings: [
    "what native code and child processes write to stdout and stderr is not recorded: that is possible only where Deno " +
    "runs with --unstable-worker-options",
  ],
};

/** What can be relayed without the program noticing more than that it writes into a pipe. Needs read permission for /proc. */
export function relayPlan(): RelayPlan {
  const why = new Map<string, number[]>();
  const streams = [1, 2].filter((descriptor) => {
    const reason = notRelayed(descriptor);
    if (reason !== null) why.set(reason, [...why.get(reason) ?? [], descriptor]);
    return reason === null;
  });
  const warnings = Array.from(why, ([reason, descriptors]) => {
    const names = descriptors.map((n) => NAMES[n]).join(" and ");
    return `what native code and child processes write to ${names} is not recorded: ${reason}`;
  });
  let join: AgentRelay["join"] = null;
  if (streams.length === 2) {
    const [out, error] = streams.map(fileOf);
    if (out?.dev === error?.dev && out?.ino === error?.ino) join = [out?.dev ?? 0, out?.ino ?? 0];
  }
  return { streams, join, warnings };
}

/** Why a descriptor stays the program's own; null when it can be relayed. */
function notRelayed(descriptor: number): string | null {
  if (Deno.build.os !== "linux") return "that is possible on Linux only";
  const stream = descriptor === 1 ? Deno.stdout : Deno.stderr;
  if (stream.isTerminal()) return "a terminal is left to the program";
  try {
    const file = fileOf(descriptor);
    const flags = parseInt(
      Deno.readTextFileSync(`/proc/self/fdinfo/${descriptor}`).match(/^flags:\s*(\d+)/m)?.[1] ?? "",
      8,
    );
    if ((flags & O_ACCMODE) === 0) return "it is not open for writing";
    // What Deno writes there may be lost when the reader is slow.
    if (flags & O_NONBLOCK) return "it does not wait for its reader";
    const discards = file.isCharDevice && file.rdev === Deno.statSync("/dev/null").rdev;
    if (file.isFifo || file.isSocket || file.isFile || discards) return null;
    return "a device is left to the program";
  } catch {
    return "/proc can't be read"; // what it is stays unknown
  }
}

function fileOf(descriptor: number): Deno.FileInfo {
  return Deno.statSync(`/proc/self/fd/${descriptor}`);
}

/** Inodes of the pipes that this process has open. */
function ownPipes(): Set<string> {
  const pipes = new Set<string>();
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    try {
      pipes.add(Deno.readLinkSync(`/proc/self/fd/${name}`));
    } catch {
      // The descriptor by which the folder was read.
    }
  }
  return pipes;
}

/** What a relay needs of the program; a stream where {@link OutputRelay.takes} asked for a pipe. */
export interface RelayedChild {
  readonly pid: number;
  readonly stdout?: ReadableStream<Uint8Array>;
  readonly stderr?: ReadableStream<Uint8Array>;
  unref(): void;
}

/** One recording's relay. */
export class OutputRelay {
  readonly #plan: RelayPlan;
  readonly #writers: readonly RelayedOutputWriter[];
  readonly #pipesBefore = ownPipes();
  readonly #pumps: Pump[] = [];
  #unref = () => {};

  /**
   * Needs read permission for /proc, and read and write permission for `folder`.
   *
   * @param folder The work folder.
   * @param plan Of which at least one stream is relayed.
   * @throws {RecorderError} ERR_IO.
   */
  constructor(folder: string, ring: RingFile, plan: RelayPlan) {
    this.#plan = plan;
    this.#writers = ([1, 2] as const).filter((stream) => this.takes(stream))
      .map((stream) => new RelayedOutputWriter(folder, ring, stream));
  }

  /** For the trace worker. */
  get forWorker(): { outputs: RelayedOutput[]; joined: boolean } {
    const outputs = this.#writers.map(({ stream, buffer }) => ({ stream, buffer }));
    return { outputs, joined: this.#plan.join !== null };
  }

  /** Whether the program is to be started with a pipe as this descriptor. */
  takes(descriptor: 1 | 2): boolean {
    const { streams, join } = this.#plan;
    return streams.includes(descriptor) && (descriptor === 1 || join === null);
  }

  /** Begins to relay what `child` writes to the descriptors that {@link takes} names. */
  start(child: RelayedChild): void {
    for (const writer of this.#writers) {
      const pipe = writer.stream === 1 ? child.stdout : child.stderr;
      if (pipe === undefined) continue;
      const to = writer.stream === 1 ? Deno.stdout : Deno.stderr;
      const end = this.#writeEnd(child.pid, writer.stream);
      this.#pumps.push(new Pump(pipe, to, end, (bytes) => writer.add(bytes)));
    }
    this.#unref = () => child.unref();
  }

  /**
   * Settles when all that the program wrote has been passed on and is on its way to the trace worker. What its children
   * write later is passed on for as long as this process lives, which it does not hold up.
   */
  async programEnded(): Promise<void> {
    const marker = new EndMarker();
    await Promise.all(this.#pumps.map((pump) => pump.drain(marker.bytes)));
    this.stopRecording();
    this.#unref();
  }

  /** From here on, what comes is passed on only. May be called twice. */
  stopRecording(): void {
    for (const writer of this.#writers) writer.close();
  }

  /** The program's end of its pipe; null where it can't be had, or the program has put something else there. */
  #writeEnd(pid: number, descriptor: number): Deno.FsFile | null {
    try {
      const path = `/proc/${pid}/fd/${descriptor}`;
      const pipe = Deno.readLinkSync(path);
      // One that the recorder has since it started the program, and so one of those between the two.
      if (this.#pipesBefore.has(pipe) || !ownPipes().has(pipe)) return null;
      const end = Deno.openSync(path, { write: true });
      if (pipe === `pipe:[${end.statSync().ino}]`) return end;
      end.close();
      return null;
    } catch {
      return null; // it has ended already, or is not to be looked into
    }
  }
}

/** Passes on what comes through one pipe. */
class Pump {
  readonly #end: Deno.FsFile | null;
  /** Settles when the mark has come, or nothing comes any more. */
  readonly #drained = Promise.withResolvers<void>();
  #marker: EndMarker | null = null;
  #marked = false;
  #pieces = 0;
  #writing = false;

  constructor(
    from: ReadableStream<Uint8Array>,
    to: typeof Deno.stdout,
    end: Deno.FsFile | null,
    record: (bytes: Uint8Array) => void,
  ) {
    this.#end = end;
    void this.#run(from, to, record).finally(() => this.#drained.resolve());
  }

  async drain(mark: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#end === null) return await this.#quiet();
    this.#marker = new EndMarker(mark);
    try {
      await this.#end.write(mark);
    } catch {
      // Nobody reads the pipe: its reader went away, and ours is closed.
    }
    this.#end.close();
    await this.#drained.promise;
  }

  /** Settles with the pipe's end, or when for a while nothing has come. */
  async #quiet(): Promise<void> {
    let seen = -1;
    const timer = setInterval(() => {
      if (seen === this.#pieces && !this.#writing) this.#drained.resolve();
      seen = this.#pieces;
    }, QUIET);
    await this.#drained.promise;
    clearInterval(timer);
  }

  async #run(
    from: ReadableStream<Uint8Array>,
    to: typeof Deno.stdout,
    record: (bytes: Uint8Array) => void,
  ): Promise<void> {
    const reader = from.getReader({ mode: "byob" });
    try {
      let buffer = new ArrayBuffer(CHUNK);
      for (;;) {
        const { value } = await reader.read(new Uint8Array(buffer));
        if (value === undefined || value.length === 0) break;
        buffer = value.buffer;
        this.#pieces++;
        let own: Uint8Array = value;
        let late: Uint8Array | null = null;
        if (this.#marker !== null) ({ before: own, after: late } = this.#marker.take(value));
        this.#writing = true;
        if (!this.#marked) record(own);
        await writeAll(to, own);
        if (late !== null) {
          this.#marked = true;
          this.#drained.resolve();
          await writeAll(to, late);
        }
        this.#writing = false;
      }
      await writeAll(to, this.#marker?.rest() ?? new Uint8Array(0));
    } catch {
      // Nobody reads what is passed on: the program is to learn it from its own pipe.
      await reader.cancel();
    }
  }
}

async function writeAll(to: typeof Deno.stdout, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await to.write(bytes.subarray(done));
}
