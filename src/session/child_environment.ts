/** The environment that carries the agent into the program. */
import type { ResolvedTarget } from "../target/mod.ts";
import { forPythonPath, PATH_SEPARATOR } from "./platform.ts";

/**
 * The program's environment: as `own` has it, with the agent's folder at the head of PYTHONPATH; and what
 * the agent has to set right again.
 */
export function childEnvironment(
  target: ResolvedTarget,
  agentFolder: string,
  own: Readonly<Record<string, string>>,
): { environment: Record<string, string>; restore: Record<string, string | null> } {
  const environment = { ...own };
  const restore: Record<string, string | null> = {};
  if (target.ignoreEnvironment) {
    for (const [name, value] of Object.entries(own)) {
      if (!name.startsWith("PYTHON")) continue;
      restore[name] = value;
      delete environment[name];
    }
  }
  if (target.isolated) {
    // What `-I` means for sys.path[0], for 3.11 and later; older versions don't know it and leave it to the agent.
    restore.PYTHONSAFEPATH ??= null;
    environment.PYTHONSAFEPATH = "1";
  }
  restore.PYTHONPATH ??= environment.PYTHONPATH ?? null;
  const folder = forPythonPath(agentFolder);
  // An empty PYTHONPATH counts as none: appending it would put the working directory on sys.path.
  environment.PYTHONPATH = environment.PYTHONPATH
    ? folder + PATH_SEPARATOR + environment.PYTHONPATH
    : folder;
  return { environment, restore };
}
