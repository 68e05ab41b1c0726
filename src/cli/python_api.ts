import { classifyError, ensureUsage } from "../errors/mod.ts";
import { absolute, folderOf, under } from "../target/posix_path.ts";
import { workingDirectory } from "../target/working_directory.ts";
import { parseCommand } from "./command_parser.ts";
import { print } from "./terminal.ts";

const MODULE = "codetracer_recorder.py";
const DEFAULT_FOLDER = ".codetracer/python";

/** How the module's line with the recorder's command looks before it is filled in. */
const NO_COMMAND = "\n_COMMAND: Tuple[str, ...] = ()\n";

/**
 * `ct-recorder python-api`: puts the Python module into a folder. With `--serve`, which the module alone uses, it records the program that
 * asks for it on standard input (design-docs/python-api.md).
 *
 * Needs read and write permission for DIR.
 *
 * @param words The words after `python-api`.
 * @returns The exit status: 0.
 * @throws {RecorderError} `ERR_USAGE` for a command line that can't be understood, and when `--check` finds another
 *   module or none; `ERR_IO`.
 */
export async function pythonApiCommand(words: readonly string[]): Promise<number> {
  if (words.length === 1 && words[0] === "--serve") {
    return await (await import("./python_api_serve.ts")).servePythonApi();
  }
  const parsed = parseCommand("python-api", words);
  if (typeof parsed === "string") {
    print(parsed);
    return 0;
  }
  const { options: { check }, operands: [given = DEFAULT_FOLDER] } = parsed;
  ensureUsage(
    given !== "",
    "ERR_USAGE",
    "Cannot make the Python module: DIR is empty",
    { arguments: [...words] },
  );
  const folder = absolute(workingDirectory(), given);
  refuseFile(folder);
  const path = under(folder, MODULE);
  const text = await moduleText();
  const found = readIfThere(path);
  if (check === true) {
    ensureUsage(
      found === text,
      "ERR_USAGE",
      () =>
        `${path} is ${
          found === null ? "not there" : "not this recorder's"
        }: run ct-recorder python-api without --check`,
      { path },
    );
  } else if (found !== text) write(path, text);
  print(`${folder}\n`);
  return 0;
}

async function moduleText(): Promise<string> {
  const { PYTHON_API } = await import("../agent/python_api_source.ts");
  const words = recorderCommand().map((word) => `    ${JSON.stringify(word)},\n`);
  return PYTHON_API.replace(NO_COMMAND, () => NO_COMMAND.replace("()", `(\n${words.join("")})`));
}

/** What starts this recorder again. */
function recorderCommand(): string[] {
  if (Deno.build.standalone) return [Deno.execPath()];
  const main = new URL("../../main.ts", import.meta.url);
  const entry = main.protocol === "file:" ? decodeURIComponent(main.pathname) : main.href;
  return [Deno.execPath(), "run", "-A", "--unstable-worker-options", entry];
}

function refuseFile(folder: string): void {
  let isFolder;
  try {
    isFolder = Deno.statSync(folder).isDirectory;
  } catch {
    return; // to be made; what is wrong with it is told then
  }
  ensureUsage(
    isFolder,
    "ERR_USAGE",
    () => `Cannot make the Python module in ${folder}: it is no folder`,
    { path: folder },
  );
}

function readIfThere(path: string): string | null {
  try {
    return Deno.readTextFileSync(path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return null;
    throw classifyError(thrown, { failed: "Cannot read the Python module", path });
  }
}

/** In one step: a program may be importing it. */
function write(path: string, text: string): void {
  const aside = `${path}.${Deno.pid}`;
  try {
    Deno.mkdirSync(folderOf(path), { recursive: true });
    Deno.writeTextFileSync(aside, text);
    Deno.renameSync(aside, path);
  } catch (thrown) {
    throw classifyError(thrown, { failed: "Cannot write the Python module", path });
  }
}
