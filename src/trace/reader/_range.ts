import { ensureUsage } from "../../errors/mod.ts";
import { shownValue } from "../../text/shown_value.ts";

/**
 * Checks what somebody asks for: from a whole number, to a number.
 *
 * @param path The trace's.
 * @param what In the plural: "steps".
 * @throws {UsageError} ERR_USAGE
 */
export function checkRange(path: string, what: string, from: number, to: number): void {
  ensureUsage(
    Number.isInteger(from) && from >= 0 && typeof to === "number" && !Number.isNaN(to),
    "ERR_USAGE",
    () => `Cannot read ${what} ${shownValue(from)} to ${shownValue(to)}: no such range`,
    { path, from, to },
  );
}
