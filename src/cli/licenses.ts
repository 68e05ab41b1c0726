/** `ct-recorder licenses`: what is in the program, and under which licences. */
import { VERSION } from "../version.ts";
import { parseCommand } from "./command_parser.ts";
import { billOfMaterials } from "./licenses/bill_of_materials.ts";
import { BUNDLED, OWN_LICENSE } from "./licenses/bundled.ts";
import { runtimeParts } from "./licenses/runtime.ts";
import { print } from "./terminal.ts";

/**
 * Prints the licences, or with `--json` a bill of materials (CycloneDX 1.5). Asks no network.
 *
 * @param words The words after `licenses`.
 * @returns The exit status: 0.
 * @throws {UsageError} `ERR_USAGE` for a command line that can't be understood.
 */
export async function licensesCommand(words: readonly string[]): Promise<number> {
  const parsed = parseCommand("licenses", words);
  if (typeof parsed === "string") print(parsed);
  else if (parsed.options.json === true) {
    print(`${JSON.stringify(await billOfMaterials(), null, 2)}\n`);
  } else print(licenceTexts());
  return 0;
}

function licenceTexts(): string {
  const parts = [
    section(`ct-recorder ${VERSION}`, "MIT", OWN_LICENSE),
    ...BUNDLED.map(({ name, version, license, text }) =>
      section(`${name} ${version}`, license, text)
    ),
    ...runtimeParts().map(({ name, version, license, notices }) =>
      section(`${name} ${version}`, license, [
        Deno.build.standalone
          ? "Part of this program. Its licence and its notices:"
          : "What this program runs on. Its licence and its notices:",
        ...notices,
      ])
    ),
  ];
  return parts.join("\n");
}

function section(what: string, license: string, lines: readonly string[]): string {
  const heading = `${what} (${license})`;
  return `${heading}\n${"=".repeat(heading.length)}\n\n${lines.join("\n")}\n`;
}
