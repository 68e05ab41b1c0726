import assert from "node:assert/strict";
import fc from "fast-check";
import { chooseSource } from "../../src/cli/sources/choose.ts";
import { extractSources } from "../../src/cli/sources/extract.ts";
import { describeSource } from "../../src/cli/sources/list.ts";
import { safePaths } from "../../src/cli/sources/safe_paths.ts";
import { RecorderError } from "../../src/errors/mod.ts";
import { openTrace } from "../../src/trace/reader/open_trace.ts";
import { inTempFolder, writeTrace } from "../trace/_write_trace.ts";

const encode = (text: string) => new TextEncoder().encode(text);

function withSources(path: string, sources: Readonly<Record<string, string | null>>): void {
  writeTrace(path, (writer) => {
    for (const [name, text] of Object.entries(sources)) {
      const id = writer.pathId(name, [1]);
      if (text !== null) writer.source(id, encode(text));
    }
    writer.step(writer.position(0, 1, 1));
  });
}

/** All files below a folder, by their path below it. */
function filesBelow(folder: string, prefix = ""): Map<string, string> {
  const files = new Map<string, string>();
  for (const entry of Deno.readDirSync(folder)) {
    const [path, name] = [`${folder}/${entry.name}`, `${prefix}${entry.name}`];
    assert.ok(entry.isDirectory || entry.isFile, `${path} is neither a file nor a folder`);
    if (entry.isFile) files.set(name, Deno.readTextFileSync(path));
    else for (const [below, text] of filesBelow(path, `${name}/`)) files.set(below, text);
  }
  return files;
}

/** The code and message of what an action throws. */
async function failure(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    assert.ok(error instanceof RecorderError, String(error));
    return `${error.code}: ${error.message}`;
  }
  return "no error";
}

Deno.test("names of all kinds become paths below the folder, no two at the same place", async () => {
  const part = fc.oneof(
    fc.constantFrom(
      "a",
      "A",
      "b.py",
      "B.py",
      "..",
      ".",
      "",
      "~2",
      "é",
      "e\u0301",
      "K",
      "\u212a",
      "\0",
    ),
    fc.constantFrom("x".repeat(300), "é".repeat(150) + ".py", "con", "a\\b", "C:", "\n", "-rf"),
    fc.string({ unit: "binary", maxLength: 5 }),
  );
  const path = fc.tuple(
    fc.constantFrom("/", "", "../", "C:\\", "\\\\host\\", "<"),
    fc.array(part, { maxLength: 12 }),
    fc.constantFrom("/", "\\"),
  ).map(([start, parts, separator]) => start + parts.join(separator));
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(path, { maxLength: 12 }), async (paths) => {
      const safe = await safePaths(paths);
      assert.equal(safe.length, paths.length);
      const taken = new Set<string>();
      for (const place of safe) {
        const names = place.split("/");
        assert.ok(encode(place).length <= 1300, "short enough");
        for (const name of names) {
          assert.ok(name !== "" && name !== "." && name !== "..", place);
          assert.ok(encode(name).length <= 255 && name.isWellFormed(), place);
          // deno-lint-ignore no-control-regex
          assert.doesNotMatch(name, /[\x00-\x1f\\:]/);
        }
        assert.ok(!taken.has(place.toLowerCase()), `${place} is there twice`);
        taken.add(place.toLowerCase());
      }
      for (const place of taken) {
        const folders = place.split("/").map((_, depth, names) => names.slice(0, depth).join("/"));
        assert.ok(folders.every((folder) => !taken.has(folder)), `${place} is below a file`);
      }
    }),
    { numRuns: 80 },
  );
  assert.deepEqual(await safePaths(["/a/b.py", "/a/B.py", "a/b.py/c", "C:\\x\\y.py", "<s>", "/"]), [
    "a/b.py",
    "~2/a/B.py",
    "~2/a/b.py/c".replace("~2", "~3"),
    "C_/x/y.py",
    "<s>",
    "_",
  ]);
});

Deno.test("--extract writes all texts below its folder and nothing elsewhere", async () => {
  await inTempFolder(async (folder) => {
    const hostile = {
      "/w/a.py": "a",
      "../../up.py": "up",
      [`${folder}/outside.py`]: "absolute",
      "/w/A.py": "case",
      "/w/a.py/below.py": "below a file",
      "/w/no_text.py": null,
      [`/${"d/".repeat(900)}deep.py`]: "deep",
      [`/w/${"n".repeat(400)}.py`]: "long",
      "/w/empty.py": "",
    };
    withSources(`${folder}/t.ct`, hostile);
    const before = [...Deno.readDirSync(folder)].length;
    using trace = openTrace(`${folder}/t.ct`);
    const written = await extractSources(trace, `${folder}/new/out`, null);
    assert.equal([...Deno.readDirSync(folder)].length, before + 1);
    assert.deepEqual([...Deno.readDirSync(`${folder}/new`)].map(({ name }) => name), ["out"]);
    const files = filesBelow(`${folder}/new/out`);
    assert.equal(files.size, 8);
    assert.equal(files.get("w/a.py"), "a");
    assert.equal(files.get("__/__/up.py"), "up");
    assert.equal(files.get(`${folder.slice(1)}/outside.py`), "absolute");
    for (const { path, file, bytes } of written) {
      assert.equal(Deno.readTextFileSync(file), hostile[path]);
      assert.equal(encode(hostile[path]!).length, bytes);
    }
  });
});

Deno.test("--extract refuses a folder with anything in it, and what is no folder", async () => {
  await inTempFolder(async (folder) => {
    withSources(`${folder}/t.ct`, { "/w/a.py": "a" });
    using trace = openTrace(`${folder}/t.ct`);
    const into = (name: string) => failure(() => extractSources(trace, name, null));
    assert.match(await into(folder), /^ERR_USAGE: .*not empty \(t\.ct\)/);
    assert.match(await into(`${folder}/t.ct`), /^ERR_USAGE: .*it is no folder$/);
    assert.match(await into(""), /^ERR_USAGE/);
    assert.match(await into(`${folder}/t.ct/x`), /^ERR_(USAGE|IO): /);
    Deno.mkdirSync(`${folder}/empty`);
    assert.equal(await into(`${folder}/empty`), "no error");
    assert.match(await into(`${folder}/empty`), /^ERR_USAGE: .*not empty/);
  });
});

Deno.test("what is listed: lines, bytes, hash, and how the file here compares", async () => {
  await inTempFolder(async (folder) => {
    const text = "a\r\nb\rc\n\nd";
    const paths = {
      [`${folder}/same.py`]: text,
      [`${folder}/other.py`]: text,
      [`${folder}/longer.py`]: text,
      [`${folder}/gone.py`]: "x\n",
      [`${folder}/a_folder`]: "",
      [`${folder}/no_text.py`]: null,
    };
    withSources(`${folder}/t.ct`, paths);
    Deno.writeTextFileSync(`${folder}/same.py`, text);
    Deno.writeTextFileSync(`${folder}/other.py`, text.toUpperCase());
    Deno.writeTextFileSync(`${folder}/longer.py`, `${text} `);
    Deno.mkdirSync(`${folder}/a_folder`);
    using trace = openTrace(`${folder}/t.ct`);
    const listed = await Promise.all(trace.paths.keys().map((id) => describeSource(trace, id)));
    assert.deepEqual(listed.map(({ disk, text }) => [disk, text?.lines, text?.bytes]), [
      ["same", 5, 9],
      ["differs", 5, 9],
      ["differs", 5, 9],
      ["missing", 1, 2],
      ["unknown", 0, 0],
      ["unknown", undefined, undefined],
    ]);
    // printf 'a\r\nb\rc\n\nd' | sha256sum
    assert.equal(
      listed[0]?.text?.sha256,
      "9a8bd38f3ab6e2b2acde7bd4ccd0a8af20d17107f3a1c5e019cfb832949b3dc8",
    );
  });
});

Deno.test("a source is named by its path, from the program's folder, or by its end", async () => {
  await inTempFolder(async (folder) => {
    withSources(`${folder}/t.ct`, {
      "/w/a.py": "1",
      "/w/sub/a.py": "2",
      "/lib/sub/a.py": "3",
      "/lib/deep/c.py": "4",
      "<string>": null,
    });
    using trace = openTrace(`${folder}/t.ct`);
    const chosen = (word: string) => chooseSource(trace, word);
    assert.deepEqual(
      ["/w/sub/a.py", "a.py", "sub/a.py", "lib/sub/a.py", "c.py", "./deep/c.py", "<string>"].map(
        chosen,
      ),
      [1, 0, 1, 2, 3, 3, 4],
    );
    assert.match(
      await failure(() => chosen("sub/../a.p")),
      /no such source; did you mean a\.py\?$/,
    );
    assert.match(await failure(() => chosen("eep/c.py")), /no such source/);
    assert.match(await failure(() => chosen("x/sub/a.py")), /no such source/);
    withSources(`${folder}/u.ct`, { "/x/a.py": "1", "/y/a.py": "2", "/z/a.py": "" });
    using other = openTrace(`${folder}/u.ct`);
    assert.match(
      await failure(() => chooseSource(other, "a.py")),
      /^ERR_USAGE: .*3 sources end so \(\/x\/a\.py, \/y\/a\.py, …\); name one by more of its path$/,
    );
  });
});
