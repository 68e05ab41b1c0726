/** The calls that one thread of the program is in, as far as the events told. */
import { ByteBuffer } from "../trace/byte_buffer.ts";
import type { Code } from "./code_table.ts";

/** One call, or one stretch of a generator or coroutine between being resumed and suspended. */
export class Frame {
  code!: Code;
  /** Whether the container has it: a call gets there with its first step, or that of a call inside it. */
  entered = false;
  /** Whether it ever was: a call of a thread that is not the current one is seen, but not open. */
  seen = false;
  /** Variable ids and sized values, back to back; kept to write them again when the thread comes back. */
  readonly arguments: ByteBuffer = new ByteBuffer(64);
  argumentCount = 0;
  hasArguments = false;
  /** Index of its latest step record, -1 before the first. */
  lastStep = -1;
  /** The same, where what was raised and caught counts too. */
  lastRecord = -1;
}

/** Frames are used again, level by level, so that a call costs no allocation. */
export class ThreadState {
  readonly #frames: Frame[] = [];
  depth = 0;
  /** Index of the latest step record of this thread, -1 before the first. */
  lastStep = -1;
  started: boolean;
  /** What the program calls it; null where that isn't known. */
  name: string | null = null;
  /** Of its output, by stream. */
  readonly metadata: string[] = [];

  /** @param id Small number: 0 is the main thread, the others count in order of appearance. */
  constructor(readonly id: number) {
    this.started = id === 0;
  }

  push(code: Code): Frame {
    let frame = this.#frames[this.depth];
    if (frame === undefined) frame = this.#frames[this.depth] = new Frame();
    this.depth++;
    frame.code = code;
    frame.entered = frame.seen = false;
    frame.hasArguments = false;
    frame.lastStep = frame.lastRecord = -1;
    return frame;
  }

  /** The frame at `level`, 0 the outermost; it must be below {@link depth}. */
  frame(level: number): Frame {
    // holds: pushing made the frames up to `depth`, and none is ever taken away.
    return this.#frames[level]!;
  }

  /** How many calls, from the outermost on, have had a step. */
  seenDepth(): number {
    let depth = this.depth;
    while (depth > 0 && !this.frame(depth - 1).seen) depth--;
    return depth;
  }

  /** The innermost call that has had one; null when none has. */
  innermostSeen(): Frame | null {
    const depth = this.seenDepth();
    return depth > 0 ? this.frame(depth - 1) : null;
  }

  /** The step that the innermost call is at: what it does now, it does there. -1 before the first. */
  stepInCall(): number {
    for (let level = this.depth - 1; level >= 0; level--) {
      const step = this.frame(level).lastStep;
      if (step >= 0) return step;
    }
    return this.lastStep;
  }

  /** The highest level at which `code` runs, -1 when it doesn't. */
  find(code: Code): number {
    for (let level = this.depth - 1; level >= 0; level--) {
      if (this.frame(level).code === code) return level;
    }
    return -1;
  }
}
