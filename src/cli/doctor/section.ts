/** What the doctor finds. */
import type { JsonValue } from "../../errors/mod.ts";

/** One finding. A recording would fail with a problem; the rest is for knowing. */
export interface Finding {
  readonly level: "ok" | "note" | "warning" | "problem";
  readonly message: string;
  /** What to do about it; null where nothing is to be done. */
  readonly remedy: string | null;
}

/** One part of the report. */
export interface Section {
  readonly name: string;
  /** For programs. */
  readonly facts: Readonly<Record<string, JsonValue>>;
  readonly findings: readonly Finding[];
}

/** Nothing to be done. */
export function ok(message: string): Finding {
  return { level: "ok", message, remedy: null };
}

/** Worth knowing. */
export function note(message: string): Finding {
  return { level: "note", message, remedy: null };
}

/** A recording works, but not as it might be meant. */
export function warning(message: string, remedy: string): Finding {
  return { level: "warning", message, remedy };
}

/** A recording would fail. */
export function problem(message: string, remedy: string): Finding {
  return { level: "problem", message, remedy };
}
