import assert from "node:assert/strict";
import { SETTING_NAMES, SETTINGS } from "../../src/policy/mod.ts";
import { renderSettingsPage, SETTINGS_PAGE } from "../../tools/render_settings_page.ts";

Deno.test("the page of the settings is what the table makes of it", async () => {
  const page = await Deno.readTextFile(new URL(`../../${SETTINGS_PAGE}`, import.meta.url));
  assert.equal(page, renderSettingsPage());
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  assert.equal(rows.length, SETTING_NAMES.length);
  for (const [index, name] of SETTING_NAMES.entries()) {
    const { flag, variable } = SETTINGS[name];
    for (const text of [name, flag, variable]) {
      assert.ok(rows[index]?.includes(`\`${text}\``), text);
    }
  }
});
