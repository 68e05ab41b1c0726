import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Containers made by the released Python recorder, with the JSON that CodeTracer's printer gave. */
const SHARED = Deno.env.get("CT_SHARED") ??
  fileURLToPath(new URL("../../../../shared", import.meta.url));

export const GOLDEN_NAMES = ["flow", "shapes"] as const;

/** Path of a golden file; a missing one fails the test, as nothing would be tested without it. */
export function goldenPath(name: string, suffix: string): string {
  const path = join(SHARED, "golden", name, `${name}${suffix}`);
  try {
    Deno.statSync(path);
  } catch (cause) {
    throw new Error(`The golden file ${path} is missing; set CT_SHARED to the shared folder`, {
      cause,
    });
  }
  return path;
}

/** A golden JSON file, parsed. */
export function goldenJson(name: string, suffix: string): Record<string, unknown> {
  return JSON.parse(Deno.readTextFileSync(goldenPath(name, suffix)));
}
