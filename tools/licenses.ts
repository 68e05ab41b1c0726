/**
 * Writes `src/cli/licenses/bundled.ts`: the licence of this project, and name, version, hash and licence of each
 * package that is in the program. Packages of the tests are not.
 *
 * Run by `deno task licenses`; `deno task licenses --check` fails when the file is out of date. Reads deno.lock and
 * Deno's cache of packages; takes nothing from the network that `deno cache` hasn't taken before.
 */
import { Buffer } from "node:buffer";
import { type NpmPackage, packagesInside } from "./build/npm_packages.ts";

/** All that is published or compiled is reached from these. */
const ENTRIES = [
  "main.ts",
  "mod.ts",
  "src/recording/trace_worker_main.ts",
  "src/recording/compress_worker_main.ts",
  "src/sandbox/trial_worker_main.ts",
];
const OUTPUT = "src/cli/licenses/bundled.ts";

const root = new URL("../", import.meta.url);

async function describe({ name, version, localPath }: NpmPackage, lock: Record<string, unknown>) {
  const { license, homepage, repository } = JSON.parse(
    await Deno.readTextFile(`${localPath}/package.json`),
  );
  if (typeof license !== "string") throw new Error(`${name} ${version} names no licence`);
  return {
    name,
    version,
    license,
    homepage: homepage ?? String(repository?.url ?? repository ?? "")
      .replace(/^git\+/, "").replace(/^github:/, "https://github.com/").replace(/\.git$/, ""),
    sha512: Buffer.from(integrityOf(lock, `${name}@${version}`), "base64").toString("hex"),
    text: tidy(await licenceText(localPath)),
  };
}

function integrityOf(lock: Record<string, unknown>, id: string): string {
  const entry = lock[id];
  if (typeof entry === "object" && entry !== null && "integrity" in entry) {
    const text = String(entry.integrity);
    if (text.startsWith("sha512-")) return text.slice("sha512-".length);
  }
  throw new Error(`deno.lock has no SHA-512 of ${id}`);
}

async function licenceText(folder: string): Promise<string> {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => /^(licen[cs]e|copying|notice)/i.test(name)).sort();
  if (names.length === 0) throw new Error(`${folder} has no text of its licence`);
  return (await Promise.all(names.map((name) => Deno.readTextFile(`${folder}/${name}`)))).join(
    "\n",
  );
}

function tidy(text: string): string {
  return `${text.replaceAll("\r\n", "\n").replace(/[ \t]+$/gm, "").trim()}\n`;
}

/** A list of lines, as a literal. */
function literal(text: string, indent: string): string {
  const lines = text.replace(/\n$/, "").split("\n");
  return `[\n${lines.map((line) => `${indent}  ${JSON.stringify(line)},\n`).join("")}${indent}]`;
}

const lock: Record<string, unknown> =
  JSON.parse(await Deno.readTextFile(new URL("deno.lock", root))).npm;
const inside = await Promise.all((await packagesInside(ENTRIES)).map((one) => describe(one, lock)));
const own = tidy(await Deno.readTextFile(new URL("LICENSE", root)));
const text =
  `// Made by \`deno task licenses\` from deno.lock, LICENSE and the packages; don't edit.
// deno-fmt-ignore-file

/** A package that is in the program. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression. */
  readonly license: string;
  readonly homepage: string;
  /** Of the package's archive, as deno.lock has it; hexadecimal. */
  readonly sha512: string;
  /** The text of its licence, by line. */
  readonly text: readonly string[];
}

/** The licence of the recorder itself, by line. */
export const OWN_LICENSE: readonly string[] = ${literal(own, "")};

/** All packages, by name. */
export const BUNDLED: readonly BundledPackage[] = [
${
    inside.map(({ name, version, license, homepage, sha512, text }) =>
      `  {
    name: ${JSON.stringify(name)},
    version: ${JSON.stringify(version)},
    license: ${JSON.stringify(license)},
    homepage: ${JSON.stringify(homepage)},
    sha512: ${JSON.stringify(sha512)},
    text: ${literal(text, "    ")},
  },
`
    ).join("")
  }];
`;

const file = new URL(OUTPUT, root);
if (Deno.args.includes("--check")) {
  let there = "";
  try {
    there = await Deno.readTextFile(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  if (there !== text) {
    console.error(`${OUTPUT} is out of date: run \`deno task licenses\``);
    Deno.exitCode = 1;
  }
} else {
  await Deno.writeTextFile(file, text);
}
