import { UsageError } from "../errors/mod.ts";
import { expandFramework, isFramework } from "./frameworks.ts";
import { baseName } from "./posix_path.ts";
import { parsePythonCommandLine } from "./python_command_line.ts";
import { pythonNameKind } from "./python_name.ts";

/**
 * Whether the words of a target stand for a test framework, as far as words alone tell; for commands that
 * resolve no target.
 *
 * @param words TARGET and its arguments; any words, also none and wrong ones.
 */
export function namesFramework(words: readonly string[]): boolean {
  try {
    const expanded = expandFramework(words);
    const [first = ""] = expanded;
    const isPython = pythonNameKind(baseName(first)) !== null;
    if (!isPython && !first.startsWith("-")) {
      return isFramework({ kind: "script", program: first, programArgs: expanded.slice(1) });
    }
    const line = parsePythonCommandLine(isPython ? expanded.slice(1) : expanded);
    const { run, args: programArgs } = line;
    if (run.what === "module") {
      return isFramework({ kind: "module", program: `-m ${run.name}`, programArgs });
    }
    return run.what === "path" && isFramework({ kind: "script", program: run.path, programArgs });
  } catch (thrown) {
    // Resolving the target will say what is wrong with the words.
    if (thrown instanceof UsageError) return false;
    throw thrown;
  }
}
