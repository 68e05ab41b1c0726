/** What differs from run to run by nature, in texts. */

/**
 * Where an object lies, as `repr` tells it: `<C object at 0x7f…>`, `<weakref at 0x…; to 'C' at 0x…>`. A number that the
 * program wrote itself, be it a checksum, is none. How far back the `<` may be is bounded, as lines are long.
 */
const ADDRESS = /(?<=<[^\n]{1,200} at )0x[0-9a-fA-F]{6,16}(?=>|[,;: ][^\n]{0,200}>)/g;

/** The system's number of a thread: `<Thread(Thread-1 (work), started 140…)>`. */
const THREAD_NUMBER =
  /(?<=<\w{1,100}\([^\n]{1,200}, (?:started|stopped) (?:daemon )?)\d{4,20}(?=\)>)/g;

/** Text with `0x…` in the place of addresses that stand in an object's `repr`, and `…` in that of a thread's number. */
export function withoutAddresses(text: string): string {
  const addressed = text.includes(" at 0x") ? text.replace(ADDRESS, "0x…") : text;
  return addressed.includes(", st") ? addressed.replace(THREAD_NUMBER, "…") : addressed;
}

/** What test runners say of how long it took: `in 0.12s`, `in 65.43s (0:01:05)`. */
const DURATION = /\bin \d+\.\d+s\b(?: \(\d+:\d\d:\d\d\))?/g;
/** The rule around it that fills the line. */
const RULE = /={3,}/g;
/** pytest numbers its temporary folders. */
const PYTEST_FOLDER = /\bpytest-\d+\b/g;

/** A line of output without what test runners write differently each time: durations, and temporary folders' numbers. */
export function withoutDurations(line: string): string {
  const timeless = line.replace(DURATION, "in …s");
  return (timeless === line ? line : timeless.replace(RULE, "===")).replace(
    PYTEST_FOLDER,
    "pytest-…",
  );
}

/**
 * A function that puts `.` in the place of a folder and of what begins the paths in it; a folder beside it whose name
 * only begins the same (`/a/b2` for `/a/b`) stays, and so does one of the same path elsewhere (`/mnt/a/b`).
 */
export function withoutFolder(folder: string): (text: string) => string {
  const path = folder.replace(/\/+$/, "");
  if (path === "") return (text) => text;
  const escaped = path.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  const whole = new RegExp(
    `(?<![\\p{L}\\p{N}_.~-])${escaped}(?![\\p{L}\\p{N}_~+@-]|\\.[\\p{L}\\p{N}_])`,
    "gu",
  );
  return (text) => text.includes(path) ? text.replace(whole, ".") : text;
}
