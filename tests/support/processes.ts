/** Runs a command to its end and keeps everything it said. */

/** How and where to run. */
export interface RunOptions {
  readonly cwd?: string;
  /** Set on top of {@link baseEnvironment}; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Bytes or text for standard input; without it, standard input is empty. */
  readonly stdin?: Uint8Array | string;
  /** Seconds after which it is taken to hang, instead of {@link LONGEST_RUN}. */
  readonly longest?: number;
  /** Sends signals while it runs, or whatever else needs the child. */
  readonly whileRunning?: (child: Deno.ChildProcess) => Promise<void>;
}

/** What came of it. */
export interface RunResult {
  /** Exit status as a shell gives it: 128 + n for signal n. */
  readonly status: number;
  readonly signal: string | null;
  /** As text where it is UTF-8; other bytes as \xNN, so that a difference can be read. */
  readonly stdout: string;
  readonly stderr: string;
}

/** A run that takes longer hangs; the slowest one takes seconds, and many of them at once on a slow machine some more. */
const LONGEST_RUN = 180;

/**
 * The environment of every run: small and the same everywhere, with nothing that changes how Python
 * behaves unless a test says so.
 */
export function baseEnvironment(): Record<string, string> {
  const kept: Record<string, string> = {};
  // DENO_* and XDG_* so that `deno run` finds its cache, the rest so that programs start at all.
  for (const [name, value] of Object.entries(Deno.env.toObject())) {
    if (/^(PATH|HOME|TMPDIR|USER|LOGNAME|SHELL)$|^(DENO|XDG)_/.test(name)) kept[name] = value;
  }
  // Hash order is no part of what is compared, and differs from process to process.
  return { ...kept, LANG: "C.UTF-8", PYTHONHASHSEED: "0", PYTHONDONTWRITEBYTECODE: "1" };
}

/** Runs `command` to its end. */
export async function run(
  command: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const env: Record<string, string> = baseEnvironment();
  for (const [name, value] of Object.entries(options.env ?? {})) {
    if (value === undefined) delete env[name];
    else env[name] = value;
  }
  const [program, ...args] = command;
  const child = new Deno.Command(program!, {
    args,
    clearEnv: true,
    env,
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    // A group of its own, so that whatever is left of it can be ended together.
    detached: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  }).spawn();
  const longest = options.longest ?? LONGEST_RUN;
  let alarm: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    alarm = setTimeout(() => {
      Deno.kill(-child.pid, "SIGKILL");
      reject(new Error(`still running after ${longest} s: ${command.join(" ")}`));
    }, longest * 1000);
  });
  try {
    const feeding = options.stdin === undefined ? undefined : feed(child, options.stdin);
    const acting = options.whileRunning?.(child);
    const output = await Promise.race([child.output(), tooLong]);
    await feeding;
    await acting;
    return {
      status: output.code,
      signal: output.signal,
      stdout: readable(output.stdout),
      stderr: readable(output.stderr),
    };
  } finally {
    clearTimeout(alarm);
  }
}

async function feed(child: Deno.ChildProcess, input: Uint8Array | string): Promise<void> {
  const writer = child.stdin.getWriter();
  try {
    await writer.write(typeof input === "string" ? new TextEncoder().encode(input) : input);
    await writer.close();
  } catch (error) {
    // A program need not read its input.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function readable(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return Array.from(
      bytes,
      (byte) => byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`,
    ).join("");
  }
}
