import type { AgentSide } from "./ring_file.ts";

/** Where the trace worker takes segments from: the ring of a running program, or what is left of a recording. */
export interface RingSource extends Disposable {
  /** Segments given back so far, which is also the number of the next one to read. */
  readonly freed: number;
  agentSide(): AgentSide;
  /** How many segments wait to be read. */
  waiting(): number;
  /** The bytes of the next segment, valid until the next call; full or not. */
  nextSegment(): Uint8Array;
  /** The segment that was read is not needed any more. @param used Bytes of it that may be other than zero. */
  giveBack(used: number): void;
  /** Shows the agent that the recorder lives. */
  beat(): void;
  /** Lets the program begin. */
  listen(): void;
  /** Tells the agent what the recorder does; see RECORDER_STOPPED. */
  setState(state: number): void;
}
