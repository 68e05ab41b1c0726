/** Recordings whose trace worker is a process of its own. */
import { join } from "node:path";
import { ROOT } from "./recorder.ts";

/** The recorder without this project's option that turns worker permissions on. */
export function byProcess(): string[] {
  return [Deno.execPath(), "run", "-A", "--no-config", join(ROOT, "main.ts")];
}
