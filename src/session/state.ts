/** Where a session is between its checks and its outcome. */
import { ensureInternal } from "../errors/mod.ts";

/**
 * - `idle`: nothing has been made yet.
 * - `starting`: the output folder is there, and the program is being started; its agent has not attached yet.
 * - `recording`: the agent has attached.
 * - `finishing`: nothing is recorded any more, and the outcome is not known yet. The program may go on for longer.
 * - `finished`: the trace is in its place, or there is none, as decided.
 * - `failed`: the recorder failed, and the policy does not let that pass.
 */
export type SessionState =
  | "idle"
  | "starting"
  | "recording"
  | "finishing"
  | "finished"
  | "failed";

/** The legal transitions, all of them. */
export const TRANSITIONS: Readonly<Record<SessionState, readonly SessionState[]>> = {
  // Straight to the end: `disabled`, a program that runs without a recorder.
  idle: ["starting", "finishing"],
  // To the end without a recording: the program, or the worker, ended before the agent attached.
  starting: ["recording", "finishing", "failed"],
  recording: ["finishing", "failed"],
  finishing: ["finished", "failed"],
  finished: [],
  failed: [],
};

/** One session's way through the states. */
export class SessionLifecycle {
  #state: SessionState = "idle";

  get state(): SessionState {
    return this.#state;
  }

  /** Whether no state follows. */
  get isOver(): boolean {
    return TRANSITIONS[this.#state].length === 0;
  }

  /**
   * Goes on to another state.
   *
   * @throws {InternalError} If it does not follow the present one.
   */
  to(next: SessionState): void {
    const from = this.#state;
    ensureInternal(
      TRANSITIONS[from].includes(next),
      "ERR_UNKNOWN",
      () => `A session that is ${from} can't become ${next}; report it`,
      { from, to: next },
    );
    this.#state = next;
  }
}
