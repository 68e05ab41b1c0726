/** Programs that write over the recorder's own files (tests/programs/probes/garbles.py), and what is to come of it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Python } from "./pythons.ts";
import { PROGRAMS, record, withFolder } from "./recorder.ts";

/** What the recorder says, and when. */
interface Outcome {
  /** Null where it does not matter what was written over. */
  readonly code: "ERR_CHANNEL_CORRUPT" | "ERR_IO" | "ERR_TRACE_INCOMPLETE" | null;
  /**
   * While the program runs, which the policy then decides on; when it has ended, too late for any policy; when it has
   * ended, and there is nothing to finish; or of a trace that is a partial one, by no fault of the recorder.
   */
  readonly when: "running" | "finishing" | "nothing" | "partial" | "never";
}

const CORRUPT: Outcome = { code: "ERR_CHANNEL_CORRUPT", when: "running" };
const REPLACED: Outcome = { code: "ERR_CHANNEL_CORRUPT", when: "finishing" };
const GONE: Outcome = { code: "ERR_IO", when: "finishing" };
const PARTIAL: Outcome = { code: "ERR_TRACE_INCOMPLETE", when: "partial" };
const UNSEEN: Outcome = { code: "ERR_TRACE_INCOMPLETE", when: "nothing" };
const WHOLE: Outcome = { code: null, when: "never" };

/** By the program's first argument. */
export const GARBLED: Readonly<Record<string, Outcome>> = {
  "far ahead": CORRUPT,
  "farthest": CORRUPT,
  "a few ahead": CORRUPT,
  "backwards": CORRUPT,
  "given back": WHOLE,
  "detached": PARTIAL,
  "another state": WHOLE,
  "random header": CORRUPT,
  "random segments": CORRUPT,
  "huge number": CORRUPT,
  "huge text": CORRUPT,
  "cut short": CORRUPT,
  "longer": WHOLE,
  "removed": GONE,
  "moved": REPLACED,
  "ring a pipe": WHOLE,
  "trace a pipe": REPLACED,
  "trace a link": REPLACED,
  "metadata a pipe": REPLACED,
  "report a pipe": UNSEEN,
};

const STATUS = { ERR_CHANNEL_CORRUPT: 20, ERR_TRACE_INCOMPLETE: 20, ERR_IO: 10 } as const;
/** Enough lines for some turns of the ring. */
const LINES = 8000;
/** Says how much of the memory of one process the command had at once, in KiB. */
const MEASURED = "import resource, subprocess, sys\nstatus = subprocess.call(sys.argv[1:])\n" +
  "sys.stderr.write('peak %d\\n' % resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n" +
  "sys.exit(status)\n";
/** Deno alone takes a third of it. */
const MOST_MEMORY = 500 << 10;

/** Records the program, and fails unless it ends as it has to, and the recorder with no more memory than always. */
export async function checkGarbled(
  way: string,
  python: Python,
  policy: "abort" | "disable",
): Promise<void> {
  const { code, when } = GARBLED[way] ?? WHOLE;
  await withFolder(async (folder) => {
    const { status, stdout, stderr, left, metadata } = await record(
      folder,
      [
        "--on-recorder-error",
        policy,
        python.path,
        join(PROGRAMS, "probes/garbles.py"),
        way,
        String(LINES),
      ],
      { wrapper: [python.path, "-c", MEASURED], readBack: false },
    );
    const what = `${way}, ${policy}, Python ${python.version}: ${status}\n${stdout}${stderr}`;
    const [, peak] = /^peak (\d+)$/m.exec(stderr) ?? [];
    assert.ok(Number(peak) < MOST_MEMORY, what);
    const passes = code === null || when === "partial" ||
      (policy === "disable" && when !== "finishing");
    assert.equal(status, passes ? 0 : STATUS[code], what);
    if (code !== null) {
      // Behind what erases a progress line, which a random header may say there is.
      const said = `^(\x1b\\[K)?ct-recorder: ${passes ? "warning" : "error"} ${code}: `;
      assert.match(stderr, new RegExp(said, "m"), what);
    } else assert.doesNotMatch(stderr, /ERR_/, what);
    // Who cuts its own memory short dies of that.
    if (way !== "cut short" && (passes || when !== "running")) {
      assert.match(stdout, /^ended$/m, what);
    }
    const leaves = passes && when !== "nothing";
    // What the program has put in the place of the folder is its own.
    const made = way === "moved" ? left.filter((name) => !name.startsWith(".")) : left;
    assert.deepEqual(made, leaves ? ["garbles.ct", "trace_metadata.json"] : [], what);
    if (leaves) assert.equal(metadata?.["partial"], code !== null, what);
    if (leaves && code !== null) assert.equal(metadata?.["reason"], code, what);
  });
}
