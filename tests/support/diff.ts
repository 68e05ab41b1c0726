/** Shows how two texts differ, line by line, in a form that fits a terminal. */

const SHOWN_LINES = 60;
const CONTEXT = 2;
const MOST_CELLS = 4_000_000;
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
    ...left.slice(Math.max(0, start - CONTEXT), start).map((line) => `  ${line}`),
    ...middle(left.slice(start, left.length - end), right.slice(start, right.length - end)),
    ...left.slice(left.length - end, left.length - end + CONTEXT).map((line) => `  ${line}`),
  ].map((line) => line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line);
  if (lines.length > SHOWN_LINES) {
    return [...lines.slice(0, SHOWN_LINES), `  … ${lines.length - SHOWN_LINES} lines more`].join(
      "\n",
    );
  }
  return lines.join("\n");
}

/** What lies between the first and the last difference: by longest common subsequence where that is affordable. */
function middle(left: readonly string[], right: readonly string[]): string[] {
  if (left.length * right.length > MOST_CELLS) {
    return [...left.map((line) => `- ${line}`), ...right.map((line) => `+ ${line}`)];
  }
  // common[i][j]: the length of what left from i on and right from j on have in common.
  const width = right.length + 1;
  const common = new Uint32Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      common[i * width + j] = left[i] === right[j]
        ? common[(i + 1) * width + j + 1]! + 1
        : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
    }
  }
  const lines: string[] = [];
  let i = 0, j = 0, same: string[] = [];
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && left[i] === right[j]) {
      same.push(`  ${left[i++]}`);
      j++;
      continue;
    }
    lines.push(...shortened(same));
    same = [];
    const fromLeft = j >= right.length ||
      (i < left.length && common[(i + 1) * width + j]! >= common[i * width + j + 1]!);
    lines.push(fromLeft ? `- ${left[i++]}` : `+ ${right[j++]}`);
  }
  return [...lines, ...shortened(same)];
}

function shortened(same: readonly string[]): readonly string[] {
  if (same.length <= 2 * CONTEXT + 1) return same;
  return [
    ...same.slice(0, CONTEXT),
    `  … ${same.length - 2 * CONTEXT} lines alike`,
    ...same.slice(-CONTEXT),
  ];
}
