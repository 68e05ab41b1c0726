import { environmentError, type RecorderError } from "../../errors/mod.ts";

/** Where in a trace something was being read; goes into the error's message and context. */
export interface Place {
  /** Path of the container. */
  readonly trace: string;
  /** The file inside the container, or "header". */
  readonly file: string;
}

/**
 * The error for content that can't be what it should be.
 *
 * @param place The container and the file in it.
 * @param what What is wrong, as a clause: "the record ends inside a number".
 * @param at Numbers that say where: `{ record: 12 }`, `{ chunk: 3, offset: 40 }`.
 */
export function corrupt(
  place: Place,
  what: string,
  at: Readonly<Record<string, number>> = {},
): RecorderError {
  const where = Object.entries(at).map(([name, number]) => `, ${name} ${number}`).join("");
  return environmentError(
    "ERR_TRACE_CORRUPT",
    `Cannot read the trace (${place.trace}): ${place.file}${where}: ${what}`,
    { path: place.trace, file: place.file, ...at, reason: what },
  );
}
