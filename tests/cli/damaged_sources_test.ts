import assert from "node:assert/strict";
import { diffCommand } from "../../src/cli/diff.ts";
import { printCommand } from "../../src/cli/print.ts";
import { sourcesCommand } from "../../src/cli/sources.ts";
import { RecorderError } from "../../src/errors/mod.ts";
import { inTempFolder, writeTrace } from "../trace/_write_trace.ts";
import { EditedTrace } from "../trace/verify/_edited_trace.ts";

/** How the texts of a trace are damaged, and how many are. */
const DAMAGES: readonly (readonly [(trace: EditedTrace) => void, number])[] = [
  [(trace) => trace.editFile("sources.dat", (bytes) => bytes[2]! ^= 1), 1],
  [(trace) => trace.files.delete("sources.off"), 2],
];

/** A trace of a step in each of two files, which are not on the disk. */
function written(folder: string, name: string, damage: (trace: EditedTrace) => void): string {
  const path = `${folder}/${name}.ct`;
  writeTrace(path, (writer) => {
    for (const file of ["one", "two"]) {
      const id = writer.pathId(`${folder}/${file}.py`, [9]);
      writer.source(id, new TextEncoder().encode(`${file} = 1\n`));
      writer.step(writer.position(id, 1, 1));
    }
  });
  const trace = new EditedTrace(Deno.readFileSync(path));
  damage(trace);
  Deno.writeFileSync(path, trace.bytes());
  return path;
}

interface Said {
  stdout: string;
  stderr: string;
  /** The code of the error. */
  error: string | null;
}

/** Runs a command and takes what it writes. */
async function said(command: (sink: Said) => unknown): Promise<Said> {
  const all: Said = { stdout: "", stderr: "", error: null };
  const [stdout, stderr] = [Deno.stdout.writeSync, Deno.stderr.writeSync];
  const taking = (name: "stdout" | "stderr") => (bytes: Uint8Array) => {
    all[name] += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  Deno.stdout.writeSync = taking("stdout");
  Deno.stderr.writeSync = taking("stderr");
  try {
    await command(all);
  } catch (error) {
    assert.ok(error instanceof RecorderError, String(error));
    all.error = error.code;
  } finally {
    Deno.stdout.writeSync = stdout;
    Deno.stderr.writeSync = stderr;
  }
  return all;
}

function sinkOf(all: Said) {
  return { write: (text: string) => all.stdout += text, flush: () => {}, colours: false };
}

const WARNING =
  /^ct-recorder: warning ERR_TRACE_CORRUPT: Cannot read the trace \(.*\): sources\..*\n$/;

Deno.test("print goes on where a text is damaged: from the disk, or without; one line says so", async () => {
  await inTempFolder(async (folder) => {
    for (const [damage, damaged] of DAMAGES) {
      const path = written(folder, `p${damaged}`, damage);
      const print = () => said((all) => printCommand([path], sinkOf(all)));
      const alone = await print();
      assert.match(alone.stdout, /^0 +one\.py:1$/m);
      assert.match(alone.stdout, damaged === 1 ? /^1 +two\.py:1 +two = 1$/m : /^1 +two\.py:1$/m);
      assert.match(alone.stderr, WARNING);
      assert.equal(alone.error, null);
      Deno.writeTextFileSync(`${folder}/one.py`, "on_this_disk\n");
      assert.match((await print()).stdout, /^0 +one\.py:1 +on_this_disk$/m);
      Deno.removeSync(`${folder}/one.py`);
    }
  });
});

Deno.test("diff goes on where a text is damaged; one line for each trace says so", async () => {
  await inTempFolder(async (folder) => {
    const sound = written(folder, "s", () => {});
    for (const [damage, damaged] of DAMAGES) {
      const path = written(folder, `d${damaged}`, damage);
      const one = await said(async (all) => {
        assert.equal(await diffCommand([sound, path], sinkOf(all)), 0);
      });
      assert.match(one.stdout, /^same +both ran the same 2 steps/m);
      assert.match(one.stderr, WARNING);
      const both = await said((all) => diffCommand([path, path], sinkOf(all)));
      assert.equal(both.stderr.split("\n").length, 3);
    }
  });
});

Deno.test("sources lists all, marks what is damaged, and ends as trouble does", async () => {
  await inTempFolder(async (folder) => {
    for (const [damage, damaged] of DAMAGES) {
      const path = written(folder, `l${damaged}`, damage);
      const list = await said(() => sourcesCommand([path]));
      assert.match(list.stdout, /^ +- +- +- +damaged +\/.*one\.py$/m);
      const second = damaged === 1
        ? /^ +1 +8 +\w{12} +missing +\/.*two\.py$/m
        : /^ .*damaged +\/.*two\.py$/m;
      assert.match(list.stdout, second);
      assert.equal(list.error, "ERR_TRACE_CORRUPT");
      const json = await said(() => sourcesCommand(["--json", path]));
      const [one, two] = JSON.parse(json.stdout).sources;
      assert.equal(one.kept, false);
      assert.equal(typeof one.damaged, "string");
      assert.equal(two.damaged === undefined, damaged === 1);
      assert.equal(json.error, "ERR_TRACE_CORRUPT");
    }
  });
});
