/**
 * Writes `src/agent/python_sources.ts` from the files in `src/agent/python/`: as a module of strings the agent
 * travels with the recorder wherever that is loaded from, a file, a URL or a compiled binary.
 *
 * Run by `deno task embed`; `deno task embed --check` fails when the module is out of date.
 */
const folder = new URL("../src/agent/python/", import.meta.url);
const target = new URL("../src/agent/python_sources.ts", import.meta.url);

const names = [...Deno.readDirSync(folder)].map((entry) => entry.name).filter((name) =>
  name.endsWith(".py")
);
const entries = names.sort().map((name) => {
  const text = Deno.readTextFileSync(new URL(name, folder));
  return `  ${JSON.stringify(name)}: ${JSON.stringify(text)},\n`;
});
const module = `// deno-fmt-ignore-file
/** The Python agent's files by name. Made by \`deno task embed\` from src/agent/python; don't edit. */
export const PYTHON_AGENT: Readonly<Record<string, string>> = {
${entries.join("")}};
`;

if (Deno.args.includes("--check")) {
  if (Deno.readTextFileSync(target) !== module) {
    console.error("src/agent/python_sources.ts is out of date: run `deno task embed`");
    Deno.exit(1);
  }
} else {
  Deno.writeTextFileSync(target, module);
}
