import { isFile } from "../target/is_file.ts";
import { absolute } from "../target/posix_path.ts";
import { PATH_SEPARATOR } from "./platform.ts";

/** What Python imports before it comes to the agent, from files up to 3.10. */
const NAMES = [
  ...["_collections_abc", "_sitebuiltins", "abc", "codecs", "encodings", "genericpath", "io", "os"],
  ...["posixpath", "site", "stat"],
];

/**
 * A file or folder on PYTHONPATH that Python takes for one of its own modules as it starts; null if there is none.
 *
 * @param pythonPath The variable's value as the program has it.
 */
export function inFrontOfPython(pythonPath: string, cwd: string): string | null {
  for (const folder of pythonPath.split(PATH_SEPARATOR)) {
    if (folder === "") continue;
    for (const name of NAMES) {
      for (const file of [`${name}.py`, `${name}/__init__.py`]) {
        const path = absolute(cwd, `${folder}/${file}`);
        if (isFile(path)) return path;
      }
    }
  }
  return null;
}
