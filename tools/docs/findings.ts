import { FINDING_CODES, type FindingCodeEntry } from "../../src/trace/verify/codes.ts";

/** Sections of the page, each with the code that it begins with. */
const SECTIONS: readonly (readonly [title: string, first: keyof typeof FINDING_CODES])[] = [
  ["The container", "container-cut"],
  ["Numbers, texts and records, wherever they stand", "number-overlong"],
  ["`meta.dat`", "metadata-version"],
  ["Tables: paths, funcs, types, varnames, srcviews, sources", "table-size"],
  ["Streams: steps, values, calls, events", "index-size"],
  ["Steps", "steps-none"],
  ["Ids", "type-id"],
  ["Values", "values-count"],
  ["Calls", "call-range"],
  ["Events", "event-kind"],
  ["`trace_metadata.json`", "beside-unreadable"],
];

/** `design-docs/verify.md`. */
export function findingsPage(): string {
  const rows: [string, FindingCodeEntry][] = Object.entries(FINDING_CODES);
  const starts = SECTIONS.map(([, first]) => rows.findIndex(([code]) => code === first));
  const sections = SECTIONS.map(([title], section) => {
    const lines = rows.slice(starts[section], starts[section + 1]).map(
      ([code, { severity, meaning }]) => `| \`${code}\` | ${severity} | ${meaning} |`,
    );
    return `### ${title}\n\n| code | how bad | |\n|---|---|---|\n${lines.join("\n")}\n`;
  });
  return `<!-- Made by \`deno task docs\` from tools/docs/findings.ts; don't edit. -->
# Checking a trace

\`ct-recorder verify TRACE\` reads a trace from front to back and says what is wrong, where, and how bad. It needs to read
the container and the \`trace_metadata.json\` beside it, writes nothing, and never believes a number before it has looked
whether there is as much: damage leads to findings, not to a crash.

| exit status | |
|---|---|
| 0 | the trace is sound; there may be warnings and notes |
| 1 | there are errors, or worse; with \`--strict\`, or warnings |
| 2, 10 | the command is wrong, there is no such trace; it can't be read, or is no trace of any format (exit-statuses.md) |

| how bad | |
|---|---|
| fatal | The trace can't be opened |
| error | At least one of CodeTracer's readers refuses, misreads or drops something |
| warning | Readers differ: one shows it as meant, another does not |
| note | Unusual, and harmless |

Each finding is a line: how bad, code, place, what. Places are a file of the container, \`header\` or
\`trace_metadata.json\`, with the numbers that apply, all from 0: \`entry\` of the directory, \`chunk\`, \`record\` (a step
record, a call, an event, a record of a table), \`offset\` in bytes: in the file, or in the content of the chunk or record.
Of each code the first ten findings are shown, the rest is counted. \`--json\` gives one document: \`sound\`, \`severities\`,
\`counts\` (null for what could not be counted), \`totals\` by code, and \`findings\` with \`severity\`, \`code\`, \`where\`,
\`message\`.

What can't be read is said once, and not again by everything that depends on it: with the types unreadable, no type's id is
out of range. A code never changes its meaning.

## How

One pass over each stream, chunk by chunk, with nothing made per record; a value that has the bytes of the one before it is
not looked at again. In memory are one byte per block of the container (who owns it), the numbers of the blocks, the paths,
and the calls that are open with their lists of children. bench/results/verify.md has the figures.

## What is not found

- Damage that is a sound trace again: another digit in a value, a step on another line of the same files. The container
  has no checksums. The zstd frames of some recorders have; of these, they are checked.
- The content of files that only some readers use (\`step-map.ns\`, \`linehits.tc\`), and of blocks that belong to no file.
- Whether a column is on the line that a column step goes on with, and whether threads that switch have started.
- What the older formats hold (\`trace.json\`, \`trace.bin\`, containers with an \`events.log\`): they are read once to their
  end, which needs the folder for temporary files, and damage that stops the reader is found.

## What is found

${sections.join("\n")}`;
}
