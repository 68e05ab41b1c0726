/** Whether a recording could be written, and read by nobody but its worker. */
import { classifyError, type JsonValue } from "../../errors/mod.ts";
import type { RecorderPolicy } from "../../policy/mod.ts";
import { needsAllPermissions } from "../../sandbox/reserved_folders.ts";
import { tryConfinement } from "../../sandbox/trial.ts";
import { hasLeftBehind } from "../../session/left_behind.ts";
import { discardOutDir, prepareOutDir, shownPath } from "../../session/out_dir.ts";
import { isFolder } from "../../target/is_folder.ts";
import { absolute } from "../../target/posix_path.ts";
import { uuidv7 } from "../../text/uuid.ts";
import { createRing } from "../../wire/ring_file.ts";
import { humanSize } from "../outcome.ts";
import { runQuietly } from "./interpreters.ts";
import { type Finding, note, ok, problem, type Section, warning } from "./section.ts";

/** Bytes below which the disk is nearly full, for recordings. */
const SCANT = 100_000_000;

/** Maps the ring as the agent does. */
const MAP = "import mmap, sys; f = open(sys.argv[1], 'r+b'); " +
  "m = mmap.mmap(f.fileno(), 0); m[200:201] = m[200:201]; m.flush()";

/** The sections on the output folder and on the sandbox. */
export interface Places {
  readonly output: Section;
  readonly sandbox: Section;
}

/**
 * Makes the output folder with its scratch folder as a recording would, tries in there what a recording needs, and
 * removes what was made.
 *
 * Needs permission to read and write there.
 *
 * @param python An interpreter to map the ring with; null for none.
 */
export async function tryPlaces(
  policy: RecorderPolicy,
  cwd: string,
  python: string | null,
): Promise<Places> {
  const wanted = absolute(cwd, policy.out_dir ?? "ct-traces");
  const left = recordingsLeft(wanted, policy.out_dir === null);
  const facts: Record<string, JsonValue> = { folder: wanted, left_behind: left };
  const behind = left.map((folder) =>
    warning(
      `${shownPath(folder, cwd)} holds a recording whose recorder was killed`,
      `ct-recorder recover ${shownPath(folder, cwd)}`,
    )
  );
  let out;
  try {
    out = prepareOutDir(policy, "doctor", cwd, `doctor-${uuidv7()}`);
  } catch (thrown) {
    const { message } = classifyError(thrown);
    const failed = problem(message, "choose another folder with --out-dir");
    return {
      output: {
        name: "output",
        facts: { ...facts, writable: false, free_bytes: null, ring: false },
        findings: [failed, ...behind],
      },
      sandbox: {
        name: "sandbox",
        facts: { confinement: null },
        findings: [note("not tried: there is no folder to try it in")],
      },
    };
  }
  try {
    const free = await freeBytes(out.workDir);
    const ring = await tryRing(`${out.workDir}/ring`, python);
    const findings: Finding[] = [
      ok(`recordings can be written to ${shownPath(wanted, cwd)}`),
      ...ring,
      ofSpace(free),
      ...behind,
    ];
    return {
      output: {
        name: "output",
        facts: {
          ...facts,
          writable: true,
          free_bytes: free,
          ring: ring.every(({ level }) => level !== "problem"),
        },
        findings,
      },
      sandbox: await ofSandbox(policy, out.workDir),
    };
  } finally {
    discardOutDir(out);
  }
}

/** Folders with recordings that were cut off: the output folder, or each numbered one in it. */
function recordingsLeft(folder: string, numbered: boolean): string[] {
  const folders = [folder];
  if (numbered && isFolder(folder)) {
    try {
      folders.push(
        ...[...Deno.readDirSync(folder)].filter(({ isDirectory }) => isDirectory)
          .map(({ name }) => `${folder}/${name}`).sort(),
      );
    } catch {
      // Not to be read: making a folder in it tells.
    }
  }
  return folders.filter(hasLeftBehind);
}

async function tryRing(path: string, python: string | null): Promise<Finding[]> {
  try {
    createRing(path);
  } catch (thrown) {
    const { message } = classifyError(thrown, { failed: "Cannot make the shared memory", path });
    return [problem(message, "make room there, or choose another folder with --out-dir")];
  }
  if (python === null) return [note("shared memory can be made; not mapped, for want of a Python")];
  const said = await runQuietly(python, ["-I", "-S", "-c", MAP, path]);
  if (typeof said === "string") return [ok("shared memory can be made and mapped there")];
  return [
    problem(
      `Python can't map shared memory there: ${said.why}`,
      "choose a folder on another file system with --out-dir",
    ),
  ];
}

/** By `df`, which is on every Unix; null where it can't be asked. */
async function freeBytes(folder: string): Promise<number | null> {
  if (Deno.build.os === "windows") return null;
  const said = await runQuietly("df", ["-Pk", folder]);
  if (typeof said !== "string") return null;
  // Blocks, used, available, capacity, and the rest, which may hold anything.
  const [, kilobytes] = /\s\d+\s+-?\d+\s+(\d+)\s+\d+%\s+\S/.exec(said) ?? [];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}

function ofSpace(free: number | null): Finding {
  if (free === null) return note("how much room there is can't be told here");
  if (free >= SCANT) return ok(`${humanSize(free)} are free there`);
  return warning(
    `only ${humanSize(free)} are free there`,
    "make room, choose another folder with --out-dir, or end recordings early with --max-size",
  );
}

async function ofSandbox(policy: RecorderPolicy, folder: string): Promise<Section> {
  const name = "sandbox";
  const elsewhere = needsAllPermissions(folder) ? "choose another folder with --out-dir" : null;
  try {
    const { confinement, inside, outside } = await tryConfinement(policy.sandbox, folder);
    const facts = { confinement, wrote_inside: inside === null, read_outside: outside === null };
    if (confinement === "none") {
      const missing = "the worker that handles the program's data is not confined";
      const remedy = elsewhere ??
        "run Deno with --unstable-worker-options, or with --allow-run=deno";
      return { name, facts, findings: [warning(missing, remedy)] };
    }
    if (inside === null && outside !== null) {
      const what = confinement === "child-process" ? "process of the worker" : "worker";
      const works = `the ${what} writes in its folder, and was refused to read elsewhere`;
      return { name, facts, findings: [ok(works)] };
    }
    const broken = inside === null
      ? "the worker could read a file outside of its folder"
      : `the worker can't write in its folder: ${inside}`;
    return { name, facts, findings: [problem(broken, "use a Deno that the README names")] };
  } catch (thrown) {
    return {
      name,
      facts: { confinement: null },
      findings: [
        problem(
          classifyError(thrown).message,
          elsewhere ??
            "run Deno with --unstable-worker-options, or record with --sandbox preferred",
        ),
      ],
    };
  }
}
