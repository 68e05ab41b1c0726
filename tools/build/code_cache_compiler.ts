/**
 * Run by `code_cache.ts`: makes the compiled form of scripts, or says by its status whether V8 takes that.
 *
 * @module
 */
import vm from "node:vm";

const [what, ...files] = Deno.args;
for (let at = 0; at + 1 < files.length; at += 2) {
  const [path = "", cache = ""] = files.slice(at);
  const text = Deno.readTextFileSync(path);
  const made = what === "take" ? { cachedData: Deno.readFileSync(cache) } : {};
  const script = new vm.Script(text, { filename: "file:///script.js", ...made });
  if (what === "make") Deno.writeFileSync(cache, script.createCachedData());
  else if (script.cachedDataRejected) Deno.exit(1);
}
