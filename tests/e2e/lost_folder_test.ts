/** The output folder is deleted, closed or moved while the program runs: the program is the same, an older trace stays. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { pooledAll } from "../support/pool.ts";
import { withoutPowers } from "../support/powers.ts";
import { run } from "../support/processes.ts";
import { anyPython, EACH_OBSERVER, needsPythons, pythons } from "../support/pythons.ts";
import { recorderCommand, withFolder } from "../support/recorder.ts";

needsPythons(EACH_OBSERVER);

/** After the loss it does what the agent has to load more for: exceptions, values of the library's types. */
const PROGRAM = `
import decimal, glob, os, shutil, sys
print("begin", flush=True)
if sys.argv[1] == "deleted":
    shutil.rmtree("out")
elif sys.argv[1] == "emptied":
    shutil.rmtree(glob.glob("out/.recording-*")[0])
else:
    os.chmod("out", 0o500)
def double(number):
    try:
        return decimal.Decimal(number) / (number % 7)
    except ArithmeticError:
        return decimal.Decimal(0)
for number in range(2000):
    value = double(number)
print(value)
sys.exit(3)
`;
const OUTPUT = "begin\n499.75\n";
const OLDER = "an older trace";

const CASES = [
  { loss: "deleted", reason: "ENOENT", policy: "disable", left: null },
  { loss: "emptied", reason: "ENOENT", policy: "disable", left: ["app.ct"] },
  // The folder of the recording is emptied; its name can't be taken out of the other.
  { loss: "closed", reason: "EACCES", policy: "abort", left: [".recording-", "app.ct"] },
] as const;

Deno.test("an output folder that is lost while the program runs", async () => {
  const found = await pythons();
  const all = CASES.flatMap((one, at) => {
    const python = found.get(EACH_OBSERVER[at % EACH_OBSERVER.length] ?? "");
    return python === undefined ? [] : [{ ...one, python }];
  });
  await pooledAll(all, ({ loss, reason, policy, left, python }) =>
    withFolder(async (folder) => {
      const out = join(folder, "out");
      await Deno.writeTextFile(join(folder, "app.py"), PROGRAM);
      await Deno.mkdir(out);
      await Deno.writeTextFile(join(out, "app.ct"), OLDER);
      const { status, stdout, stderr } = await run([
        // Without them root may write into a closed folder; the run fails where they can't be put down.
        ...await withoutPowers(),
        ...recorderCommand(),
        ...["--json-errors", "--on-recorder-error", policy, "-o", "out"],
        ...[python.path, "app.py", loss],
      ], { cwd: folder });
      assert.equal(stdout, OUTPUT, stderr);
      assert.equal(status, 10, stderr);
      const lines = stderr.trimEnd().split("\n");
      assert.equal(
        lines.filter((line) => line.startsWith("ct-recorder: error ERR_IO: ")).length,
        1,
      );
      assert.ok(lines[0]?.includes(out), stderr);
      assert.equal(JSON.parse(lines.at(-1) ?? "").context.os_error, reason, stderr);
      if (left === null) {
        return await assert.rejects(Deno.stat(out), Deno.errors.NotFound);
      }
      await Deno.chmod(out, 0o700);
      const names = [...Deno.readDirSync(out)].map(({ name }) => name.replace(/-.*/, "-")).sort();
      assert.deepEqual(names, left);
      assert.equal(await Deno.readTextFile(join(out, "app.ct")), OLDER);
    }));
});

const MOVER = `
import glob, os, sys
[work] = glob.glob("out/.recording-*")
os.mkdir("theirs")
os.rename(work, "moved")
os.symlink(os.path.abspath("theirs"), work)
sys.exit(3)
`;

Deno.test("a work folder that is moved, with a link to another one in its place: nothing is written there", async () => {
  const python = await anyPython();
  await withFolder(async (folder) => {
    const { status, stderr } = await run([
      ...recorderCommand(),
      ...["-o", "out", python.path, "-c", MOVER],
    ], { cwd: folder });
    assert.equal(status, 20, stderr);
    assert.match(stderr, /error ERR_CHANNEL_CORRUPT: .*\.recording-\S+ is another folder now/);
    assert.deepEqual([...Deno.readDirSync(join(folder, "theirs"))], []);
    const end = JSON.parse(Deno.readTextFileSync(join(folder, "moved/end.json")));
    assert.deepEqual(end.status, { code: 3, signal: null });
  });
});
