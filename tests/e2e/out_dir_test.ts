/** What lies in an output folder, whose it is, and what happens when somebody is at it meanwhile. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openTrace } from "../../src/trace/reader/open_trace.ts";
import { run } from "../support/processes.ts";
import { anyPython } from "../support/pythons.ts";
import { checkTrace } from "../support/read_trace.ts";
import { recorderCommand, withFolder } from "../support/recorder.ts";

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

/** Records Python code from a script, into `out` below the working directory. */
async function record(folder: string, name: string, code: string, options: readonly string[] = []) {
  const python = await anyPython();
  await Deno.writeTextFile(join(folder, name), code);
  const words = ["-o", "out", ...options, python.path, name];
  return await run(["sh", "-c", 'umask 0; exec "$@"', "sh", ...recorderCommand(), ...words], {
    cwd: folder,
  });
}

function idOf(path: string): string {
  using trace = openTrace(path);
  return trace.metadata.recordingId;
}

Deno.test("out-dir: what is in it is for its owner alone, whatever the umask; `..` leads where it says", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(join(folder, "sub"));
    const code = `
import glob, os
for path in glob.glob("out/.recording-*") + glob.glob("out/.recording-*/*"):
    print(oct(os.lstat(path).st_mode & 0o777), "work" if path.count("/") == 1 else os.path.basename(path))
`;
    const options = ["-o", "sub/../none/../out", "--io-capture", "proxies+fd"];
    const { status, stdout, stderr } = await record(folder, "app.py", code, options);
    assert.equal(status, 0, stderr);
    const [folders, files] = [new Set<string>(), new Set<string>()];
    for (const line of stdout.trimEnd().split("\n")) {
      const [mode, name = ""] = line.split(" ");
      (mode === "0o700" ? folders : files).add(name);
      if (mode !== "0o700") assert.equal(mode, "0o600", line);
    }
    assert.deepEqual([...folders].sort(), ["agent", "work"]);
    for (const name of ["ring", "recording.json", "relayed-1"]) assert.ok(files.has(name), stdout);
    const out = join(folder, "out");
    assert.deepEqual(names(out), ["app.ct", "trace_metadata.json"]);
    for (const name of names(out)) {
      assert.equal((Deno.statSync(join(out, name)).mode ?? 0) & 0o777, 0o600, name);
    }
    assert.deepEqual(names(folder), ["app.py", "out", "sub"]);
  }));

Deno.test("out-dir: exchanged for a symbolic link while the program runs, nothing gets out", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(join(folder, "elsewhere"));
    const code = `
import glob, os, time
while not glob.glob("out/.recording-*/calls-chunks"):  # the last file that the trace worker makes
    time.sleep(0.01)
time.sleep(0.2)
os.rename("out", "moved")
os.symlink("elsewhere", "out")
print("ends")
`;
    const options = ["--on-recorder-error", "disable", "--json-errors"];
    const { status, stdout, stderr } = await record(folder, "app.py", code, options);
    assert.equal(stdout, "ends\n");
    assert.equal(status, 10, stderr);
    assert.match(stderr, /^ct-recorder: error ERR_IO: .*did the output folder change/m);
    assert.deepEqual(names(join(folder, "elsewhere")), []);
    assert.ok(names(join(folder, "moved")).every((name) => name.startsWith(".recording-")));
  }));

Deno.test("out-dir: recordings into one folder don't damage each other, and the metadata says whose it is", () =>
  withFolder(async (folder) => {
    const out = join(folder, "out");
    const both = await Promise.all([1, 2].map(() => record(folder, "app.py", "x = 1\n")));
    for (const { status, stderr } of both) assert.equal(status, 0, stderr);
    assert.deepEqual(names(out), ["app.ct", "trace_metadata.json"]);
    const metadata = () => JSON.parse(Deno.readTextFileSync(join(out, "trace_metadata.json")));
    const app = join(out, "app.ct");
    assert.equal(metadata().recording_id, idOf(app));
    const before = Deno.readFileSync(app);
    const { status, stderr } = await record(
      folder,
      "other.py",
      // As another recording does that ends meanwhile.
      'open("out/late.ct", "w").close()\n',
    );
    assert.equal(status, 0);
    assert.match(
      stderr,
      /trace_metadata.json now belongs to other.ct, not to .*: app.ct, late.ct;/,
    );
    assert.deepEqual(names(out), ["app.ct", "late.ct", "other.ct", "trace_metadata.json"]);
    assert.deepEqual(Deno.readFileSync(app), before);
    assert.equal(metadata().trace, "other.ct");
    assert.equal(metadata().recording_id, idOf(join(out, "other.ct")));
    await Promise.all(["app.ct", "other.ct"].map((name) => checkTrace(join(out, name))));
  }));
