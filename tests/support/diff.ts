/** Shows how two texts differ, line by line, in a form that fits a terminal. */

const SHOWN_LINES = 60;
const LONGEST_LINE = 300;

/** Fails with a diff unless the texts are equal. */
export function assertSameText(what: string, expected: string, actual: string): void {
  if (expected !== actual) {
    throw new Error(`${what} differs (- expected, + actual):\n${diff(expected, actual)}`);
  }
}

/** The lines that differ, with a little of what surrounds them. */
export function diff(expected: string, actual: string): string {
  const left = expected.split("\n"), right = actual.split("\n");
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start++;
  let end = 0;
  while (
    end < left.length - start && end < right.length - start &&
    left[left.length - 1 - end] === right[right.length - 1 - end]
  ) end++;
  const lines = [
    ...left.slice(Math.max(0, start - 3), start).map((line) => `  ${line}`),
    ...left.slice(start, left.length - end).map((line) => `- ${line}`),
    ...right.slice(start, right.length - end).map((line) => `+ ${line}`),
    ...left.slice(left.length - end, left.length - end + 3).map((line) => `  ${line}`),
  ].map((line) => line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line);
  if (lines.length > SHOWN_LINES) {
    return [...lines.slice(0, SHOWN_LINES), `  … ${lines.length - SHOWN_LINES} lines more`].join(
      "\n",
    );
  }
  return lines.join("\n");
}
