import assert from "node:assert/strict";
import { SETTING_NAMES, SETTINGS } from "../../src/policy/mod.ts";
import { settingsPage } from "../../tools/docs/settings.ts";

Deno.test("the page of the settings has a row for each, with its names", () => {
  const rows = settingsPage().split("\n").filter((line) => line.startsWith("| `"));
  assert.equal(rows.length, SETTING_NAMES.length);
  for (const [index, name] of SETTING_NAMES.entries()) {
    const { flag, variable } = SETTINGS[name];
    for (const text of [name, flag, variable]) {
      assert.ok(rows[index]?.includes(`\`${text}\``), text);
    }
  }
});
