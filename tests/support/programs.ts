/** The programs under tests/programs and what their own first comment says about how to run them. */
import { join } from "node:path";
import { PROGRAMS } from "./recorder.ts";

/** A program that the tests run. */
export interface Program {
  /** Path below tests/programs. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly args: readonly string[];
  readonly stdin: string | undefined;
  /** The oldest Python that can compile it, by minor version. */
  readonly minimum: number;
  /** What it ends with: one that ends sooner than it should shows less. */
  readonly status: number;
  /** Why the oracle can't say what its trace should be; else undefined. */
  readonly noOracle: string | undefined;
}

/**
 * The Python files of a folder, in order. A name that ends in `_py310` needs that version; lines
 * `# harness: KEY VALUE` say the rest: args, stdin (with escapes), status (0 by default), no-oracle (and why),
 * only-imported.
 */
export function programsIn(folder: string): Program[] {
  const root = join(PROGRAMS, folder);
  const programs: Program[] = [];
  for (
    const { name, isFile } of [...Deno.readDirSync(root)].sort((a, b) => a.name < b.name ? -1 : 1)
  ) {
    if (!isFile || !name.endsWith(".py")) continue;
    const path = join(root, name);
    const told = new Map(
      Array.from(
        Deno.readTextFileSync(path).matchAll(/^# harness: (\S+) ?(.*)$/gm),
        ([, key, value]) => [key!, value!] as const,
      ),
    );
    if (told.has("only-imported")) continue;
    programs.push({
      name: join(folder, name),
      path,
      args: told.get("args")?.split(" ").map((word) => word === '""' ? "" : word) ?? [],
      stdin: told.get("stdin")?.replaceAll("\\n", "\n"),
      minimum: Number(/_py3(\d+)\.py$/.exec(name)?.[1] ?? 8),
      status: Number(told.get("status") ?? 0),
      noOracle: told.get("no-oracle"),
    });
  }
  return programs;
}
