import assert from "node:assert/strict";
import { RecorderError } from "../../src/errors/mod.ts";
import {
  discardAgent,
  discardOutDir,
  prepareOutDir,
  shownPath,
} from "../../src/session/out_dir.ts";
import { uuidv7 } from "../../src/text/uuid.ts";

const ID = "01930000-0000-7000-8000-000000000000";

async function withFolder(body: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

function code(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof RecorderError, String(error));
    return error.code;
  }
  return "none";
}

Deno.test("a named folder is made with its parents, and unmade", () =>
  withFolder((folder) => {
    const out = prepareOutDir({ out_dir: "a/b/c" }, "app", folder, ID);
    const { dev, ino } = Deno.statSync(`${folder}/a/b/c`);
    const work = Deno.lstatSync(out.workDir);
    assert.deepEqual(out, {
      dir: `${folder}/a/b/c`,
      identity: { dev, ino },
      before: [],
      tracePath: `${folder}/a/b/c/app.ct`,
      metadataPath: `${folder}/a/b/c/trace_metadata.json`,
      workDir: `${folder}/a/b/c/.recording-${ID}`,
      workIdentity: { dev: work.dev, ino: work.ino },
      created: [`${folder}/a`, `${folder}/a/b`, `${folder}/a/b/c`],
    });
    assert.equal((Deno.statSync(out.workDir).mode ?? 0) & 0o777, 0o700);
    Deno.writeTextFileSync(`${out.workDir}/segment`, "x");
    discardOutDir(out);
    assert.deepEqual(names(folder), []);
    discardOutDir(out);
  }));

Deno.test("the agent's files go ahead of the rest, unless the scratch folder is another one by now", () =>
  withFolder((folder) => {
    const out = prepareOutDir({ out_dir: "out" }, "app", folder, ID);
    const agent = `${out.workDir}/agent`;
    const lay = () => {
      Deno.mkdirSync(`${agent}/__pycache__`, { recursive: true });
      Deno.writeTextFileSync(`${agent}/__pycache__/file`, "x");
      Deno.writeTextFileSync(`${out.workDir}/ring`, "x");
    };
    lay();
    discardAgent(out, agent);
    assert.deepEqual(names(out.workDir), ["ring"]);
    discardAgent(out, agent); // nothing is there
    Deno.symlinkSync(folder, agent);
    discardAgent(out, agent);
    assert.deepEqual([names(out.workDir), names(folder)], [["ring"], ["out"]]);
    Deno.renameSync(out.workDir, `${folder}/moved`);
    Deno.mkdirSync(out.workDir);
    lay();
    discardAgent(out, agent);
    assert.deepEqual(names(out.workDir), ["agent", "ring"]);
  }));

Deno.test("what others put into a folder stays", () =>
  withFolder((folder) => {
    const out = prepareOutDir({ out_dir: "a/b" }, "app", folder, ID);
    Deno.writeTextFileSync(`${folder}/a/theirs`, "x");
    discardOutDir(out);
    assert.deepEqual(names(`${folder}/a`), ["theirs"]);
    const there = prepareOutDir({ out_dir: `${folder}/a` }, "app", "/", ID);
    assert.deepEqual(there.created, []);
    discardOutDir(there);
    assert.deepEqual(names(`${folder}/a`), ["theirs"]);
  }));

Deno.test("a scratch folder that has the only name of an older trace stays", () =>
  withFolder((folder) => {
    const out = prepareOutDir({ out_dir: "a" }, "app", folder, ID);
    Deno.writeTextFileSync(`${out.workDir}/replaced-1`, "older");
    discardOutDir(out);
    assert.equal(Deno.readTextFileSync(`${out.workDir}/replaced-1`), "older");
    Deno.removeSync(`${out.workDir}/replaced-1`);
    discardOutDir(out);
    assert.deepEqual(names(folder), []);
  }));

Deno.test("what stands in the place of a scratch folder stays", () =>
  withFolder((folder) => {
    Deno.mkdirSync(`${folder}/theirs`);
    Deno.writeTextFileSync(`${folder}/theirs/recording.json`, "x");
    const swaps: ((place: string) => void)[] = [
      (place) => Deno.symlinkSync(`${folder}/theirs`, place),
      (place) => Deno.renameSync(`${folder}/theirs`, place),
    ];
    for (const swap of swaps) {
      const out = prepareOutDir({ out_dir: "a" }, "app", folder, ID);
      Deno.renameSync(out.workDir, `${folder}/moved`);
      swap(out.workDir);
      discardOutDir(out);
      assert.deepEqual(names(out.workDir), ["recording.json"]);
      Deno.removeSync(out.workDir, { recursive: true });
      Deno.removeSync(`${folder}/moved`);
    }
  }));

Deno.test("the root of all folders, for whoever may write there", () => {
  let out;
  try {
    out = prepareOutDir({ out_dir: "/" }, "app", "/", ID);
  } catch (error) {
    return assert.equal((error as RecorderError).code, "ERR_TRACE_DIR_CREATE_FAILED");
  }
  discardOutDir(out);
  assert.deepEqual(
    [out.dir, out.tracePath, out.metadataPath, out.workDir],
    ["/", "/app.ct", "/trace_metadata.json", `/.recording-${ID}`],
  );
});

Deno.test("without a name: one above the highest number there is", () =>
  withFolder((folder) => {
    const next = () => prepareOutDir({ out_dir: null }, "app", folder, uuidv7()).dir;
    assert.equal(next(), `${folder}/ct-traces/app-1`);
    assert.equal(next(), `${folder}/ct-traces/app-2`);
    for (const name of ["app-7", "app-x", "app-08", "app-3-9", "app-2b", "apple-90"]) {
      Deno.mkdirSync(`${folder}/ct-traces/${name}`);
    }
    Deno.writeTextFileSync(`${folder}/ct-traces/app-8`, "a file takes its number too");
    assert.equal(next(), `${folder}/ct-traces/app-9`);
    assert.equal(
      prepareOutDir({ out_dir: null }, "app-3", folder, ID).dir,
      `${folder}/ct-traces/app-3-10`,
    );
  }));

Deno.test("recordings that start at once get a folder each", () =>
  withFolder(async (folder) => {
    const script = `
      import { prepareOutDir } from "${new URL("../../src/session/out_dir.ts", import.meta.url)}";
      for (let i = 0; i < 20; i++) {
        console.log(prepareOutDir({ out_dir: null }, "app", Deno.cwd(), String(i)).dir);
      }`;
    const outputs = await Promise.all(
      Array.from({ length: 4 }, () =>
        new Deno.Command(Deno.execPath(), { args: ["eval", script], cwd: folder }).output()),
    );
    const dirs = outputs.flatMap(({ stdout }) =>
      new TextDecoder().decode(stdout).trim().split("\n")
    );
    assert.equal(new Set(dirs).size, 80);
    assert.equal(names(`${folder}/ct-traces`).length, 80);
  }));

Deno.test("what is in the way, and what can't be made", () =>
  withFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/file`, "x");
    Deno.symlinkSync("nowhere", `${folder}/dangling`);
    Deno.mkdirSync(`${folder}/real`);
    Deno.symlinkSync("real", `${folder}/link`);
    const prepare = (dir: string) => () => prepareOutDir({ out_dir: dir }, "app", folder, ID);
    assert.equal(code(prepare("file")), "ERR_TRACE_DIR_CONFLICT");
    assert.equal(code(prepare("file/below")), "ERR_TRACE_DIR_CREATE_FAILED");
    for (const below of ["", "/below", "/a/b"]) {
      assert.equal(code(prepare(`dangling${below}`)), "ERR_TRACE_DIR_CREATE_FAILED");
      assert.throws(prepare(`dangling${below}`), (error: Error) => {
        assert.match(error.message, new RegExp(`${folder}/dangling: .* link to nowhere, and`));
        assert.match(error.message, /--out-dir/);
        return true;
      });
    }
    assert.equal(code(prepare(`new/${"x".repeat(300)}`)), "ERR_TRACE_DIR_CREATE_FAILED");
    // Where that leads to later must not matter.
    assert.equal(prepare("link")().dir, `${folder}/real`);
    if (Deno.build.os === "linux") {
      assert.equal(code(prepare("/proc/nope")), "ERR_TRACE_DIR_CREATE_FAILED");
    }
    // What was made on the way to the failure is gone.
    assert.deepEqual(names(folder), ["dangling", "file", "link", "real"]);
    Deno.writeTextFileSync(`${folder}/ct-traces`, "x");
    assert.equal(
      code(() => prepareOutDir({ out_dir: null }, "app", folder, ID)),
      "ERR_TRACE_DIR_CONFLICT",
    );
  }));

Deno.test("paths are shown as a person in the folder would write them", () => {
  assert.equal(shownPath("/a/b/c", "/a"), "b/c");
  assert.equal(shownPath("/ab/c", "/a"), "/ab/c");
  assert.equal(shownPath("/ab/c", "/"), "ab/c");
});

Deno.test("UUIDv7: time first, then version and variant", () => {
  const time = 0x0193_1234_5678;
  const id = uuidv7(time);
  assert.match(id, /^01931234-5678-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.match(uuidv7(0), /^00000000-0000-7/);
  assert.match(uuidv7(2 ** 48 - 1), /^ffffffff-ffff-7/);
  const many = new Set(Array.from({ length: 1000 }, () => uuidv7(time)));
  assert.equal(many.size, 1000);
  // All random bits do vary.
  const bits = [...many].map((text) => BigInt(`0x${text.replaceAll("-", "")}`));
  const all = bits.reduce((a, b) => a | b, 0n) ^ bits.reduce((a, b) => a & b);
  assert.equal(all, 0x0fff_3fff_ffff_ffff_ffffn);
});
