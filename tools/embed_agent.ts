/**
 * Writes the modules that are made of others:
 *
 * - `src/agent/python_sources.ts` from the files in `src/agent/python/`: as a module of strings the agent
 *   travels with the recorder wherever that is loaded from, a file, a URL or a compiled binary.
 * - `src/agent/python_api_source.ts` from `src/agent/python_api/codetracer_recorder.py`, in the same way.
 * - `src/filter/builtin_compiled.ts` from the built-in trace filter, and `src/filter/frameworks_compiled.ts` from
 *   that one and the one for test frameworks: a recording without filters of the user's own parses no TOML.
 * - `src/filter/tables_compiled.ts` from these: their patterns' machines as tables.
 *
 * Run by `deno task embed`; `deno task embed --check` fails when one of them is out of date.
 */
import {
  builtinDefault,
  compileChain,
  type FilterSource,
  FRAMEWORKS,
  makeChain,
  ownSource,
} from "../src/filter/mod.ts";
import { tableOfMatcher } from "../src/filter/table.ts";

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

const api = `// deno-fmt-ignore-file
/** The module for programs that record themselves. Made by \`deno task embed\`; don't edit. */
export const PYTHON_API = ${
  JSON.stringify(
    Deno.readTextFileSync(
      new URL("../src/agent/python_api/codetracer_recorder.py", import.meta.url),
    ),
  )
};
`;

const tables = new Map<string, string>();

/** A module with a chain of the recorder's own filters in it. */
async function compiled(name: string, about: string, sources: FilterSource[]): Promise<string> {
  const chain = await makeChain(sources);
  const compiled = compileChain(chain, { projects: [] });
  for (const matcher of compiled.matchers) {
    const table = tables.has(matcher) ? null : tableOfMatcher(matcher);
    if (table !== null) tables.set(matcher, table);
  }
  return `// deno-fmt-ignore-file
import type { ChainedFile } from "./chain.ts";
import type { CompiledFilter } from "./compiled.ts";

/** ${about}; don't edit. */
export const ${name}_FILES: readonly ChainedFile[] = ${JSON.stringify(chain.files)};
export const ${name}_COMPILED: CompiledFilter = ${JSON.stringify(compiled)};
`;
}

const builtin = await compiled(
  "BUILTIN",
  "The built-in filter as a chain of its own. Made by \`deno task embed\` from builtin_default.ts",
  [builtinDefault()],
);
const frameworks = await compiled(
  "FRAMEWORKS",
  "The built-in filter and that for test frameworks. Made by \`deno task embed\` from frameworks.ts",
  [builtinDefault(), ownSource(FRAMEWORKS)],
);

const tablesModule = `// deno-fmt-ignore-file
/** Machines of the recorder's own filters as tables (table.ts). Made by \`deno task embed\`; don't edit. */
export const TABLES: Readonly<Record<string, string>> = ${
  JSON.stringify(Object.fromEntries(tables))
};
`;

const modules = [
  ["src/agent/python_sources.ts", agent],
  ["src/agent/python_api_source.ts", api],
  ["src/filter/builtin_compiled.ts", builtin],
  ["src/filter/frameworks_compiled.ts", frameworks],
  ["src/filter/tables_compiled.ts", tablesModule],
] as const;
for (const [path, text] of modules) {
  const target = new URL(`../${path}`, import.meta.url);
  if (!Deno.args.includes("--check")) Deno.writeTextFileSync(target, text);
  else if (Deno.readTextFileSync(target) !== text) {
    console.error(`${path} is out of date: run \`deno task embed\``);
    Deno.exit(1);
  }
}
