import { failure } from "./shared.ts";
export { failure };

/** Called in line 6. */
export function lateFailure(): Error {
  return failure();
}

export const isEntry = import.meta.main;
