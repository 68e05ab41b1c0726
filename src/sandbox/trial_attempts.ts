/** What a confined part of the recorder is asked to do in a trial. */
export interface TrialRequest {
  /** A file to write. */
  readonly inside: string;
  /** A file that is there, and that it must not read. */
  readonly outside: string;
}

/** The name of the error that each attempt ended with; null where it succeeded. */
export interface TrialAttempts {
  readonly inside: string | null;
  readonly outside: string | null;
}

/** Does it. */
export function attempt({ inside, outside }: TrialRequest): TrialAttempts {
  return {
    inside: errorOf(() => Deno.writeFileSync(inside, new Uint8Array(1))),
    outside: errorOf(() => Deno.openSync(outside).close()),
  };
}

function errorOf(attempted: () => void): string | null {
  try {
    attempted();
    return null;
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}
