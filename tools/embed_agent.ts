/**
 * Writes the modules that are made of others:
 *
 * - `src/agent/python_sources.ts` from the files in `src/agent/python/`: as a module of strings the agent
 *   travels with the recorder wherever that is loaded from, a file, a URL or a compiled binary.
 * - `src/filter/builtin_compiled.ts` from the built-in trace filter: a recording without filters of the
 *   user's own parses no TOML.
 *
 * Run by `deno task embed`; `deno task embed --check` fails when one of them is out of date.
 */
import { builtinDefault, compileChain, makeChain } from "../src/filter/mod.ts";

const folder = new URL("../src/agent/python/", import.meta.url);

const names = [...Deno.readDirSync(folder)].map((entry) => entry.name).filter((name) =>
  name.endsWith(".py")
);
const entries = names.sort().map((name) => {
  const text = Deno.readTextFileSync(new URL(name, folder));
  return `  ${JSON.stringify(name)}: ${JSON.stringify(text)},\n`;
});
const agent = `// deno-fmt-ignore-file
/** The Python agent's files by name. Made by \`deno task embed\` from src/agent/python; don't edit. */
export const PYTHON_AGENT: Readonly<Record<string, string>> = {
${entries.join("")}};
`;

const chain = await makeChain([builtinDefault()]);
const filter = `// deno-fmt-ignore-file
import type { ChainedFile } from "./chain.ts";
import type { CompiledFilter } from "./compiled.ts";

/** The built-in filter as a chain of its own. Made by \`deno task embed\` from builtin_default.ts; don't edit. */
export const BUILTIN_FILES: readonly ChainedFile[] = ${JSON.stringify(chain.files)};
export const BUILTIN_COMPILED: CompiledFilter = ${
  JSON.stringify(compileChain(chain, { projects: [] }))
};
`;

const modules = [
  ["src/agent/python_sources.ts", agent],
  ["src/filter/builtin_compiled.ts", filter],
] as const;
for (const [path, text] of modules) {
  const target = new URL(`../${path}`, import.meta.url);
  if (!Deno.args.includes("--check")) Deno.writeTextFileSync(target, text);
  else if (Deno.readTextFileSync(target) !== text) {
    console.error(`${path} is out of date: run \`deno task embed\``);
    Deno.exit(1);
  }
}
