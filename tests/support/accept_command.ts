/**
 * How `ct-accept` is started, an independent reader of traces that refuses what any of CodeTracer's readers would
 * refuse, misread or drop.
 *
 * Its place is the environment variable `CT_ACCEPT`, or `../shared/tools/ct-accept` beside the repository. It needs
 * `python3` with the package `zstandard` (or Python 3.14). Where something is missing its users throw: a test that
 * silently accepts every trace is worse than none.
 */
import { fileURLToPath } from "node:url";

/** Where `ct-accept` is. */
export const ACCEPT_TOOL: string = Deno.env.get("CT_ACCEPT") ??
  fileURLToPath(new URL("../../../shared/tools/ct-accept", import.meta.url));

/**
 * Prints what starts the tool. A start of its own for each of a thousand traces is most of what checking them costs, so
 * it is compiled once, and runs without `site`, which on some machines looks around for longer than the check takes.
 * That leaves out the folders of packages: they are named. Also, python3 may be a script that picks one.
 */
const PREPARE = `
import json, os, py_compile, sys
tool, folder = sys.argv[1:]
compiled = py_compile.compile(tool, os.path.join(folder, "ct-accept.pyc"), doraise=True)
print(json.dumps([sys.executable, compiled, os.pathsep.join(filter(None, sys.path[1:]))]))
`;

/** The words of a check, and its environment. */
export interface AcceptCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

let prepared: AcceptCommand | undefined;

/**
 * What runs `ct-accept --strict MODE TRACE`.
 *
 * Status 1 is a refusal; anything else (2: no such trace, no package zstandard) is a check that did not happen.
 *
 * @throws {Error} If there is no `python3`, or no such tool.
 */
export function acceptCommand(mode: string, path: string): AcceptCommand {
  const { command, args, env } = prepared ??= prepare();
  return { command, args: [...args, "--strict", mode, path], env };
}

function prepare(): AcceptCommand {
  const folder = Deno.makeTempDirSync({ prefix: "ct-accept-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  const { success, stdout, stderr } = new Deno.Command("python3", {
    args: ["-c", PREPARE, ACCEPT_TOOL, folder],
    stdin: "null",
  }).outputSync();
  const decoder = new TextDecoder();
  if (!success) {
    throw new Error(
      `Cannot prepare ${ACCEPT_TOOL}; set CT_ACCEPT to its place:\n${decoder.decode(stderr)}`,
    );
  }
  const [command, compiled, packages] = JSON.parse(decoder.decode(stdout));
  return { command, args: ["-S", compiled], env: { PYTHONPATH: packages } };
}
