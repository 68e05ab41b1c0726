import { ACCEPT_TOOL } from "../../support/accept_command.ts";

/** Loads the tool once, as starting it for each trace would take longer than all of the checks. */
const CHECK_ALL = `
import importlib.machinery, importlib.util, json, os, sys
tool, folder = sys.argv[1:]
loader = importlib.machinery.SourceFileLoader("ct_accept", tool)
sys.dont_write_bytecode = True
accept = importlib.util.module_from_spec(importlib.util.spec_from_loader("ct_accept", loader))
loader.exec_module(accept)
said = {}
for name in os.listdir(folder):
    with open(os.path.join(folder, name), "rb") as file:
        data = file.read()
    findings = accept.Findings(strict=True)
    accept.Trace(data, findings, keep_values=False).check()
    said[name] = findings.lines
print(json.dumps(said))
`;

/**
 * What `ct-accept` in strict mode says of traces.
 *
 * @returns For each its reasons for refusing it, none if it accepts it.
 * @throws {Error} If the tool can't run.
 */
export function acceptMany(traces: readonly Uint8Array[]): string[][] {
  const folder = Deno.makeTempDirSync();
  try {
    traces.forEach((bytes, number) => Deno.writeFileSync(`${folder}/${number}`, bytes));
    const { success, stdout, stderr } = new Deno.Command("python3", {
      args: ["-c", CHECK_ALL, ACCEPT_TOOL, folder],
      stdin: "null",
    }).outputSync();
    const decoder = new TextDecoder();
    if (!success) {
      throw new Error(
        `Cannot check traces with ${ACCEPT_TOOL}:\n${decoder.decode(stderr)}` +
          "Set CT_ACCEPT to its place, and see that python3 has the package zstandard",
      );
    }
    const said: Record<string, string[]> = JSON.parse(decoder.decode(stdout));
    return traces.map((_, number) => said[number]!);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
