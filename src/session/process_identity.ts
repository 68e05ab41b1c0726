/** Whether the process that did something is still there: its number alone may be another one's by now. */

/** A process, as it can be found again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it was started, in the clock ticks of its machine, and its namespace; null where the system doesn't tell. */
  readonly started: string | null;
}

/** This process. Needs read permission for /proc. */
export function thisProcess(): ProcessIdentity {
  return { pid: Deno.pid, started: startOf("self") };
}

/** The process that has this number now. Needs read permission for /proc. */
export function processOf(pid: number): ProcessIdentity {
  return { pid, started: startOf(String(pid)) };
}

/**
 * Whether that process runs; null when it can't be known from here, as in another container. Needs read permission for
 * /proc; elsewhere than on Linux run permission for `ps`.
 */
export function runs({ pid, started }: ProcessIdentity): boolean | null {
  if (Deno.build.os !== "linux") return isListed(pid);
  const here = namespace();
  if (started === null || here === null || !started.startsWith(`${here} `)) return null;
  return startOf(String(pid)) === started;
}

function startOf(pid: string): string | null {
  if (Deno.build.os !== "linux") return null;
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // Fields are counted behind the name, which may hold anything: the third is the state, the 22nd the start.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // What has ended may stay listed, where its parent does not look after it.
    return fields[0] === "Z" ? null : `${namespace()} ${fields[19]}`;
  } catch {
    return null; // no such process, or /proc can't be read
  }
}

/** Numbers of processes, and their clock, are those of a namespace of a running system. */
function namespace(): string | null {
  try {
    const boot = Deno.readTextFileSync("/proc/sys/kernel/random/boot_id").trim();
    return `${boot} ${Deno.readLinkSync("/proc/self/ns/pid")}`;
  } catch {
    return null; // /proc can't be read
  }
}

function isListed(pid: number): boolean | null {
  if (Deno.build.os === "windows") return null;
  try {
    return new Deno.Command("ps", { args: ["-p", String(pid)], stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch {
    return null; // no `ps`
  }
}
