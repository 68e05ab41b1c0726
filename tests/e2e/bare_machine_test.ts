/**
 * The compiled program where next to nothing is to be had: no variable but PATH, no home, no network, nothing to write to
 * but the output folder. Part of `deno task test:binary`.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../support/processes.ts";
import { anyPython } from "../support/pythons.ts";
import { inspect, ROOT, withFolder } from "../support/recorder.ts";

const BINARY = Deno.env.get("CT_RECORDER_BINARY") || join(ROOT, "dist/ct-recorder");

/** Whether a command ends well: whether the machine permits it. */
async function works(command: readonly string[]): Promise<boolean> {
  try {
    return (await run(command)).status === 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function missing(what: string): void {
  console.error(`!!! MISSING: ${what}`);
}

/** What is taken away. */
interface Bareness {
  readonly name: string;
  /** What is put in front of a command; null where the machine doesn't permit it. */
  readonly wrap: (out: string) => Promise<string[] | null>;
  /** What a program can't do there; it prints one line for each that it can. */
  readonly denied: string;
}

const HOMELESS = "import os\nif 'HOME' in os.environ: print('home')\n";
const NO_NETWORK = `import socket
try:
    socket.create_connection(('127.0.0.1', PORT), 5).close()
    print('network')
except OSError:
    pass
`;
/** Where a program might leave something; it takes away what it left. */
const READ_ONLY = `import os, sys, tempfile
for folder in (os.path.expanduser('~root'), '/', '/tmp', '/var/tmp', 'ROOT', os.getcwd()):
    path = os.path.join(folder, 'ct-recorder-bare-%d' % os.getpid())
    try:
        open(path, 'w').close()
    except OSError:
        continue
    os.remove(path)
    print('writable', folder)
`;

/** Makes all that is mounted read-only, but for one folder; the kernel's own file systems stay. */
const REMOUNT = `set -e
out=$1
shift
mount --make-rprivate /
mount --bind "$out" "$out"
while read -r _ place _; do
  place=$(printf '%b' "$place")
  case $place in "$out" | /proc | /proc/* | /dev | /dev/* | /sys | /sys/*) continue ;; esac
  mount -o remount,bind,ro "$place" 2>/dev/null || true
done < /proc/self/mounts
cd /
exec "$@"`;

const WAYS: readonly Bareness[] = [
  {
    name: "an empty environment",
    wrap: () => Promise.resolve(["env", "-i", "PATH=/usr/bin:/bin"]),
    denied: HOMELESS,
  },
  {
    name: "no network",
    wrap: () => firstThatWorks([["unshare", "-n"], ["unshare", "-rn"]]),
    denied: NO_NETWORK,
  },
  {
    name: "a read-only file system, no network, an empty environment",
    wrap: async (out) => {
      const unshare = await firstThatWorks([["unshare", "-mn"], ["unshare", "-rmn"]]);
      if (unshare === null || !await works([...unshare, "mount", "--make-rprivate", "/"])) {
        return null;
      }
      return [
        "env",
        "-i",
        "PATH=/usr/bin:/bin",
        ...unshare,
        "bash",
        "-c",
        REMOUNT,
        "bash",
        out,
      ];
    },
    denied: HOMELESS + READ_ONLY + NO_NETWORK,
  },
  {
    name: "a user who may write nowhere, and has no home",
    wrap: async (out) => {
      const user = ["setpriv", "--reuid=64999", "--regid=64999", "--clear-groups"];
      if (!await works([...user, "true"])) return null;
      await Deno.chown(out, 64999, 64999);
      return ["env", "-i", "PATH=/usr/bin:/bin", ...user];
    },
    // Where the folder for temporary files is for everybody, so it is for this user.
    denied: HOMELESS + READ_ONLY.replace("'/tmp', '/var/tmp', ", ""),
  },
];

async function firstThatWorks(commands: readonly string[][]): Promise<string[] | null> {
  for (const command of commands) if (await works([...command, "true"])) return command;
  return null;
}

for (const { name, wrap, denied } of WAYS) {
  Deno.test({
    name: `binary: records with ${name}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () =>
      withFolder(async (folder) => {
        const out = join(folder, "out");
        await Deno.mkdir(out);
        await Deno.chmod(folder, 0o755);
        using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
        const port = String(listener.addr.port);
        const program = denied.replace("PORT", port).replace("ROOT", ROOT) + "print('ran')\n";
        const wrapper = await wrap(out);
        const python = wrapper === null ? null : await reachable(wrapper);
        if (wrapper === null || python === null) {
          return missing(`${name}; the compiled program was not run so`);
        }
        const as = (words: readonly string[]) => run([...wrapper, ...words], { cwd: folder });
        const before = await inTemporaryFolder();
        const result = await as([BINARY, "-o", out, "--python", python, "-c", program]);
        assert.deepEqual([result.status, result.stdout], [0, "ran\n"], result.stderr);
        assert.match(result.stderr, /^ct-recorder: recorded .*\n$/);
        const { left, trace, metadata } = await inspect(out);
        assert.deepEqual(left, ["code.ct", "trace_metadata.json"]);
        assert.ok(trace !== null);
        assert.deepEqual([metadata?.partial, metadata?.sandbox], [false, "worker-permissions"]);
        assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["out"]);
        assert.deepEqual(await inTemporaryFolder(), before);
        const shown = await as([BINARY, "print", "--output", out]);
        assert.match(shown.stdout, /ran/);
        const doctor = await as([BINARY, "doctor", "-o", out, "--python", python]);
        assert.match(doctor.stdout, /A recording would work here\.\n$/);
        for (const { status, stderr } of [shown, doctor]) {
          assert.deepEqual([status, stderr], [0, ""]);
        }
      }),
  });
}

/** An interpreter that can be started there, as the program can: folders may be closed to other users. */
async function reachable(wrapper: readonly string[]): Promise<string | null> {
  if (!await works([...wrapper, BINARY, "--version"])) return null;
  const supported = "import sys; sys.exit(not (3, 8) <= sys.version_info < (3, 15))";
  for (const path of [(await anyPython()).path, "/usr/bin/python3"]) {
    if (await works([...wrapper, path, "-I", "-S", "-c", supported])) return path;
  }
  return null;
}

/** Names that Deno or the recorder might leave in the folder for temporary files. */
async function inTemporaryFolder(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(Deno.env.get("TMPDIR") ?? "/tmp")) {
    if (/deno|recorder|\.recording/i.test(name)) names.push(name);
  }
  return names.sort();
}
