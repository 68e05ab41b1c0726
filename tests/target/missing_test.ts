/** What is said to be missing is; what can't be known is left to others to find out. */
import assert from "node:assert/strict";
import { isSurelyMissing, leadsNowhere } from "../../src/target/missing.ts";

Deno.test("a name is missing only in a folder that can be looked into", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/file`, "");
    await Deno.mkdir(`${folder}/folder`);
    await Deno.symlink("file", `${folder}/link`);
    await Deno.symlink("nowhere", `${folder}/broken`);
    const names = ["file", "folder", "link", "broken", "none", "folder/none", "none/none"];
    assert.deepEqual(
      names.filter((name) => leadsNowhere(folder, name)),
      ["broken", "none", "folder/none", "none/none"],
    );
    for (const no of ["file", "none", "broken"]) {
      assert.equal(leadsNowhere(`${folder}/${no}`, "name"), false, no);
    }
    assert.equal(leadsNowhere("/", "none"), true);
    // Not compiled: permissions may be missing.
    assert.equal(isSurelyMissing(folder, "none"), false);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "a folder that is closed is not said to hold nothing",
  ignore: Deno.build.os === "windows" || Deno.uid() === 0, // nothing is closed to root
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.chmod(folder, 0o600);
      assert.equal(leadsNowhere(folder, "none"), false);
    } finally {
      await Deno.chmod(folder, 0o700);
      await Deno.remove(folder);
    }
  },
});
