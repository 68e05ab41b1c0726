/** What of the native accelerator reaches the agent: libraries beside it, or a folder that has some. */
import assert from "node:assert/strict";
import type { Library } from "../../src/agent/accelerator.ts";
import { smallAccelerators } from "../support/accelerator.ts";
import { forEachPython, needsPythons, PUSH_VERSIONS, type Python } from "../support/pythons.ts";
import { attached } from "./_attached.ts";

needsPythons(PUSH_VERSIONS);

/** What the agent is told, what lies beside it, and which of that its interpreter would load. */
const LOOKS = `import _imp, json, marshal, os
with open("agent/config", "rb") as file:
    told = marshal.load(file)["accelerator"]
files = sorted(name for name in os.listdir("agent") if "native" in name)
loads = None
path = None if told is None else told + "/_ct_native" + _imp.extension_suffixes()[0]
if path is not None and os.path.exists(path):
    from importlib.machinery import ExtensionFileLoader, ModuleSpec
    loader = ExtensionFileLoader("_ct_native", path)
    module = _imp.create_dynamic(ModuleSpec("_ct_native", loader, origin=path))
    _imp.exec_dynamic(module)
    loads = module.version()
print(json.dumps([None if told is None else os.path.relpath(told), files, loads]))
`;

async function seen(python: Python, accelerator: string | readonly Library[]) {
  const { result, side } = await attached(python, LOOKS, { accelerator });
  assert.deepEqual([result.status, result.stderr, side.detached], [0, "", false]);
  return JSON.parse(result.stdout);
}

Deno.test({
  name:
    "accelerator: the agent is told where the libraries lie, of which its interpreter finds its own",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    const made = await smallAccelerators();
    const libraries = made?.libraries ?? [];
    const names = libraries.map(({ name }) => name);
    await forEachPython(t, PUSH_VERSIONS, async (python) => {
      assert.deepEqual(await seen(python, []), [null, [], null]);
      if (made === null || libraries.length === 0) return;
      const loads = libraries.some(({ name }) => name.includes(`-3${python.minor}-`));
      const version = loads ? python.version : null;
      assert.deepEqual(await seen(python, libraries), ["agent", names, version]);
    });
  },
});
