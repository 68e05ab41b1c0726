/**
 * A limit on the size of files (`ulimit -f`): the one way to have no room that every machine offers. It holds for the
 * recorder and for the program, which must notice its own alone.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ownDenoCache } from "../support/deno_cache.ts";
import { run, type RunResult } from "../support/processes.ts";
import { anyPython } from "../support/pythons.ts";
import { inspect, recorderCommand, withFolder } from "../support/recorder.ts";

/** Meets the limit itself, in a file and in a child; then runs until the recorder has met it as well, if there is one. */
const PROGRAM = `
import os, signal, subprocess, sys
print(signal.getsignal(signal.SIGXFSZ))
with open("own", "wb", buffering=0) as own:
    size = 0
    try:
        while size < 1 << 24:
            size += own.write(bytes(1 << 16))
    except OSError as error:
        print(size, error.strerror)
print(subprocess.call(["sh", "-c", "head -c 16777216 /dev/zero > child"]), flush=True)
with open("/proc/self/maps") as maps:
    rings = [line.split()[-1] for line in maps if line.rstrip().endswith("/ring")]
def has_stopped():
    with open(rings[0], "rb") as header:
        return header.read(88)[84] == 2
def call(number):
    return os.urandom(6).hex()
for number in range(1000000 if rings else 1000):
    if rings and number % 1000 == 0 and has_stopped():
        break
    call(number)
print("end", flush=True)
if "wait" in sys.argv:
    signal.pause()
sys.exit(3)
`;

/** Deno keeps compiled code for the next run, and dies where that file may not grow (limits.md). */
function recorder(): string[] {
  const [program = "", ...words] = recorderCommand();
  return words[0] === "run" ? [program, "run", "--no-code-cache", ...words.slice(1)] : [program];
}

/** Of the files that lie in a folder. */
function bytesIn(folder: string): number {
  let bytes = 0;
  for (const { name, isFile } of Deno.readDirSync(folder)) {
    if (isFile) bytes += Deno.statSync(join(folder, name)).size;
  }
  return bytes;
}

/** Runs `words` under the limit, in blocks of 512 bytes. */
function limited(
  blocks: number,
  words: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<RunResult> {
  return run(["sh", "-c", `ulimit -f ${blocks}; "$@"; exit $?`, "sh", ...words], { cwd, env });
}

// From little more than the channel to what some thousand calls need.
for (
  const [blocks, policy, keep] of [
    [2400, "abort", true],
    [4800, "disable", false],
  ] as const
) {
  Deno.test(`a file-size limit of ${blocks} blocks: ${policy}${keep ? ", and keep" : ""}`, async () => {
    const python = await anyPython();
    await withFolder(async (folder) => {
      await Deno.writeTextFile(join(folder, "app.py"), PROGRAM);
      const plain = await limited(blocks, [python.path, "app.py"], folder);
      assert.equal(plain.status, 3, plain.stderr);
      assert.match(plain.stdout, /File too large/);
      const words = [
        ...recorder(),
        ...["--json-errors", "--propagate-script-exit", "--on-recorder-error", policy],
        ...(keep ? ["--keep-partial-trace"] : []),
      ];
      // Others write to the shared one at the same time, which makes its databases outgrow the limit.
      const env = { DENO_DIR: await ownDenoCache(folder, ["npm", "gen", "remote"]) };
      // What Deno caches is larger than the limit: it has all it needs when it adds no more.
      for (let size = 0, before = -1; size !== before;) {
        before = size;
        await run([...words, "-o", `warm-${size}`, python.path, "-c", ""], { cwd: folder, env });
        size = bytesIn(env.DENO_DIR);
      }
      const { status, stdout, stderr } = await limited(
        blocks,
        [
          ...words,
          ...["-o", "out", python.path, "app.py"],
          ...(policy === "abort" ? ["wait"] : []),
        ],
        folder,
        env,
      );
      assert.equal(status, policy === "disable" ? 3 : 10, stderr);
      // Ended, it may not come to the last line.
      const ended = policy === "disable" ? plain.stdout : plain.stdout.slice(0, -"end\n".length);
      assert.ok(stdout === plain.stdout || stdout === ended, `${stdout}${stderr}`);
      const lines = stderr.trimEnd().split("\n");
      const said = policy === "disable" ? "warning" : "error";
      const told = lines.filter((line) => line.startsWith(`ct-recorder: ${said} ERR_IO: `));
      assert.equal(told.length, 1, stderr);
      assert.match(
        told[0] ?? "",
        /\(\/.*: the file has grown to the size limit \(see `ulimit -f`\)/,
      );
      const trailer = JSON.parse(lines.at(-1) ?? "");
      assert.deepEqual([trailer.error_code, trailer.context.os_error], ["ERR_IO", "EFBIG"]);
      const { left, metadata } = await inspect(join(folder, "out"), false);
      assert.deepEqual(left, ["app.ct", "trace_metadata.json"], stderr);
      assert.deepEqual([metadata?.["partial"], metadata?.["reason"]], [true, "ERR_IO"]);
    });
  });
}
