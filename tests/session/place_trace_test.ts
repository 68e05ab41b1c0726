/** A finished trace takes its place whole, or not at all. */
import assert from "node:assert/strict";
import { RecorderError } from "../../src/errors/mod.ts";
import { TraceWork } from "../../src/recording/trace_worker.ts";
import type { FinishedTrace } from "../../src/recording/trace_worker.ts";
import { SharedState } from "../../src/recording/shared_state.ts";
import { lockFolder } from "../../src/session/folder_lock.ts";
import { discardOutDir, prepareOutDir } from "../../src/session/out_dir.ts";
import { holdPlace, letGo, placeTrace } from "../../src/session/place_trace.ts";
import type { PreparedOutDir } from "../../src/session/types.ts";
import { uuidv7 } from "../../src/text/uuid.ts";
import { createRing } from "../../src/wire/ring_file.ts";
import { withFolder } from "../support/recorder.ts";

/** An output folder with a finished trace in its work folder. */
function prepared(folder: string, text: string): PreparedOutDir {
  const out = prepareOutDir({ out_dir: "out" }, "app", folder, uuidv7());
  Deno.writeTextFileSync(`${out.workDir}/trace.ct`, text);
  Deno.writeTextFileSync(`${out.workDir}/trace_metadata.json`, `of ${text}`);
  return out;
}

/** What the trace worker would say of the two files. */
function filesOf({ workDir }: PreparedOutDir): FinishedTrace["files"] {
  const identity = (name: string) => {
    const { dev, ino } = Deno.lstatSync(`${workDir}/${name}`);
    return { dev, ino };
  };
  return { trace: identity("trace.ct"), metadata: identity("trace_metadata.json") };
}

async function codeOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    assert.ok(error instanceof RecorderError, String(error));
    return error.code;
  }
  return "none";
}

const read = (path: string) => Deno.readTextFileSync(path);
const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
const WHOLE = ["app.ct", "trace_metadata.json"];

Deno.test("place: a trace and its metadata, in the place of older ones", () =>
  withFolder(async (folder) => {
    for (const text of ["one", "two"]) {
      const out = prepared(folder, text);
      await placeTrace(out, filesOf(out));
      discardOutDir(out);
      assert.deepEqual(names(out.dir), WHOLE);
      assert.deepEqual([read(out.tracePath), read(out.metadataPath)], [text, `of ${text}`]);
    }
  }));

Deno.test("place: the second of two that were recorded at the same time is told of the first", () =>
  withFolder(async (folder) => {
    const first = prepared(folder, "one");
    const second = prepareOutDir({ out_dir: "out" }, "other", folder, uuidv7());
    for (const name of ["trace.ct", "trace_metadata.json"]) {
      Deno.writeTextFileSync(`${second.workDir}/${name}`, "two");
    }
    assert.deepEqual(await placeTrace(first, filesOf(first)), []);
    assert.deepEqual(await placeTrace(second, filesOf(second)), ["app.ct"]);
  }));

Deno.test("place: whoever has the place keeps others waiting until it lets go, whether the trace was placed or not", () =>
  withFolder(async (folder) => {
    for (const succeeds of [true, false]) {
      const out = prepared(folder, "one");
      const files = filesOf(out);
      if (!succeeds) Deno.renameSync(`${out.workDir}/trace.ct`, `${out.workDir}/moved`);
      const place = holdPlace(out);
      assert.equal(
        await codeOf(() => placeTrace(out, files, { place })),
        succeeds ? "none" : "ERR_IO",
      );
      assert.equal(await lockFolder(out.dir, 20), null);
      await letGo(place);
      using held = await lockFolder(out.dir, 5000);
      assert.notEqual(held, null);
      discardOutDir(out);
    }
  }));

Deno.test("place: whoever waited for too long while a trace was finished waits again before it is placed", () =>
  withFolder(async (folder) => {
    const out = prepared(folder, "one");
    const order: string[] = [];
    const held = await lockFolder(out.dir, 5000);
    assert.notEqual(held, null);
    const placing = placeTrace(out, filesOf(out), {
      place: Promise.resolve(null),
      requireFree: () => order.push("placed"),
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    order.push("let go");
    held?.[Symbol.dispose]();
    await placing;
    assert.deepEqual(order, ["let go", "placed"]);
  }));

Deno.test("place: where there is no folder any more, that is told by placing, and letting go tells nothing", () =>
  withFolder(async (folder) => {
    const out = prepared(folder, "one");
    const files = filesOf(out);
    Deno.removeSync(out.dir, { recursive: true });
    const place = holdPlace(out);
    assert.equal(await codeOf(() => placeTrace(out, files, { place })), "ERR_IO");
    await letGo(place);
  }));

Deno.test("place: if the metadata can't take its place, the older trace is back, or none", () =>
  withFolder(async (folder) => {
    for (const older of [null, "older"]) {
      const out = prepared(folder, "newer");
      if (older !== null) Deno.writeTextFileSync(out.tracePath, older);
      const inode = older === null ? null : Deno.statSync(out.tracePath).ino;
      Deno.mkdirSync(`${out.metadataPath}/full`, { recursive: true });
      assert.equal(await codeOf(() => placeTrace(out, filesOf(out))), "ERR_IO");
      discardOutDir(out);
      assert.deepEqual(names(out.dir), older === null ? ["trace_metadata.json"] : WHOLE);
      if (older !== null) {
        assert.equal(read(out.tracePath), older);
        assert.equal(Deno.statSync(out.tracePath).ino, inode);
      }
      Deno.removeSync(out.metadataPath, { recursive: true });
    }
  }));

Deno.test("place: a folder that is another one by now gets nothing", () =>
  withFolder(async (folder) => {
    const swaps: ((dir: string) => void)[] = [
      (dir) => Deno.symlinkSync(`${folder}/elsewhere`, dir),
      (dir) => Deno.symlinkSync(`${folder}/moved`, dir),
      (dir) => Deno.mkdirSync(dir),
      () => {},
    ];
    for (const swap of swaps) {
      Deno.mkdirSync(`${folder}/elsewhere`);
      const out = prepared(folder, "trace");
      const files = filesOf(out);
      Deno.renameSync(out.dir, `${folder}/moved`);
      swap(out.dir);
      assert.equal(await codeOf(() => placeTrace(out, files)), "ERR_IO");
      assert.deepEqual(names(`${folder}/elsewhere`), []);
      assert.ok(!names(`${folder}/moved`).includes("app.ct"));
      for (const name of names(folder)) Deno.removeSync(`${folder}/${name}`, { recursive: true });
    }
  }));

Deno.test("place: what is not the recorder's own is not put there", () =>
  withFolder(async (folder) => {
    for (const name of ["trace.ct", "trace_metadata.json"]) {
      const out = prepared(folder, "trace");
      const files = filesOf(out);
      Deno.removeSync(`${out.workDir}/${name}`);
      Deno.writeTextFileSync(`${out.workDir}/other`, "other");
      Deno.symlinkSync("other", `${out.workDir}/${name}`);
      assert.equal(await codeOf(() => placeTrace(out, files)), "ERR_CHANNEL_CORRUPT");
      discardOutDir(out);
      assert.deepEqual(names(folder), []);
    }
  }));

Deno.test("place: nothing is written through what lies in the work folder, with hard links and without", () =>
  withFolder(async (folder) => {
    const link = Deno.linkSync;
    const noLinks = () => {
      throw Object.assign(new Error("Operation not permitted (os error 1)"), { code: "EPERM" });
    };
    for (const linkSync of [link, noLinks]) {
      for (const fails of [false, true]) {
        Deno.writeTextFileSync(`${folder}/victim`, "victim");
        const out = prepared(folder, "newer");
        Deno.writeTextFileSync(out.tracePath, "older", { mode: 0o640 });
        // The second is where an older trace was kept once.
        for (const name of ["replaced-", "replaced.ct"]) {
          Deno.symlinkSync(`${folder}/victim`, `${out.workDir}/${name}`);
        }
        if (fails) Deno.mkdirSync(`${out.metadataPath}/full`, { recursive: true });
        Deno.linkSync = linkSync;
        try {
          assert.equal(
            await codeOf(() => placeTrace(out, filesOf(out))),
            fails ? "ERR_IO" : "none",
          );
        } finally {
          Deno.linkSync = link;
        }
        assert.equal(read(out.tracePath), fails ? "older" : "newer");
        assert.equal(read(`${folder}/victim`), "victim");
        if (fails) assert.equal((Deno.statSync(out.tracePath).mode ?? 0) & 0o777, 0o640);
        discardOutDir(out);
        assert.deepEqual(names(out.dir), WHOLE);
        Deno.removeSync(out.dir, { recursive: true });
      }
    }
  }));

Deno.test("place: several at once don't mix", () =>
  withFolder(async (folder) => {
    const url = (path: string) => new URL(`../../src/${path}`, import.meta.url).href;
    const script = `
      import { lockFolder } from "${url("session/folder_lock.ts")}";
      import { discardOutDir, prepareOutDir } from "${url("session/out_dir.ts")}";
      import { placeTrace } from "${url("session/place_trace.ts")}";
      for (let n = 0; n < 150; n++) {
        const id = Deno.pid + "-" + n;
        const out = prepareOutDir({ out_dir: "out" }, "app", Deno.cwd(), id);
        Deno.writeTextFileSync(out.workDir + "/trace.ct", id);
        Deno.writeTextFileSync(out.workDir + "/trace_metadata.json", id);
        const [trace, metadata] = ["trace.ct", "trace_metadata.json"].map((name) => Deno.lstatSync(out.workDir + "/" + name));
        await placeTrace(out, { trace, metadata });
        discardOutDir(out);
        using _held = await lockFolder(out.dir, 60000);
        const [placed, beside] = [out.tracePath, out.metadataPath].map((path) => Deno.readTextFileSync(path));
        if (placed !== beside) console.log(placed, beside);
      }`;
    const outputs = await Promise.all(
      [1, 2].map(() =>
        new Deno.Command(Deno.execPath(), { args: ["eval", script], cwd: folder }).output()
      ),
    );
    for (const { success, stdout, stderr } of outputs) {
      assert.equal(new TextDecoder().decode(stdout), "");
      assert.ok(success, new TextDecoder().decode(stderr));
    }
    assert.deepEqual(names(`${folder}/out`), WHOLE);
  }));

Deno.test("place: a lock that is held is waited for, not for ever, and given back", () =>
  withFolder(async (folder) => {
    {
      using first = await lockFolder(folder, 5000);
      assert.notEqual(first, null);
      assert.equal(await lockFolder(folder, 20), null);
    }
    using again = await lockFolder(folder, 5000);
    assert.notEqual(again, null);
  }));

Deno.test("the worker's files: a folder exchanged for a link before they are made is refused", () =>
  withFolder(async (folder) => {
    Deno.mkdirSync(`${folder}/elsewhere`);
    for (const whole of [true, false]) {
      const out = prepareOutDir({ out_dir: "out" }, "app", folder, uuidv7());
      createRing(`${out.workDir}/ring`);
      const exchanged = whole ? out.dir : out.workDir;
      Deno.renameSync(exchanged, `${folder}/elsewhere/moved`);
      Deno.symlinkSync(`${folder}/elsewhere/moved`, exchanged);
      let dropped = false;
      const code = await codeOf(() =>
        new TraceWork({
          sourceDir: out.workDir,
          workDir: out.workDir,
          confined: true,
          recovers: false,
          limits: { steps: null, bytes: null },
          shared: new SharedState().buffer,
          trace: {
            recordingId: uuidv7(),
            program: "p",
            args: [],
            workdir: "/",
            recorder: "test",
            filters: [],
          },
        }, () => dropped = true)
      );
      assert.equal(code, "ERR_TRACE_DIR_CREATE_FAILED");
      assert.ok(!dropped);
      assert.deepEqual(names(out.workDir), ["ring"], "files were made elsewhere");
      Deno.removeSync(exchanged);
      Deno.removeSync(`${folder}/elsewhere/moved`, { recursive: true });
    }
  }));
