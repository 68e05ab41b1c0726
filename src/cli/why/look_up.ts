/** Asks an interpreter where its code is, and what is in it: names of functions and of their variables. */
import { environmentError, type RecorderError } from "../../errors/mod.ts";
import { diagnose, diagnosisError, type Place, versionError } from "../../target/mod.ts";
import type { Interpreter } from "../../target/python_interpreter.ts";

/** What to look for. */
export interface Wanted {
  readonly kind: "file" | "module";
  /** Absolute, or dotted. */
  readonly name: string;
}

/** How the interpreter would be started. */
export interface StartUp {
  readonly interpreter: Pick<Interpreter, "word" | "path" | "how">;
  /** Those of its options that say where modules come from. */
  readonly options: readonly string[];
  /** What runs as `__main__`; null where that isn't known. */
  readonly main: Wanted | null;
}

/** Variables of a function, class or module body. */
export interface FunctionNames {
  readonly arguments: readonly string[];
  readonly locals: readonly string[];
  readonly globals: readonly string[];
}

/** What an interpreter knows of one file or module. */
export interface FoundCode {
  readonly status: "code";
  /** As in `co_filename`. */
  readonly filename: string;
  /** `__name__`; null for a file that can't be imported. */
  readonly module: string | null;
  /** By qualified name; null where there is no source that compiles. */
  readonly functions: Readonly<Record<string, FunctionNames>> | null;
  /** Why it doesn't compile. */
  readonly problem: string | null;
}

/** A module that is no Python code, and where it comes from. */
export interface NativeCode {
  readonly status: "native";
  readonly module: string;
  readonly origin: string;
}

/** A module that there isn't, and those beside where it was looked for. */
export interface MissingCode {
  readonly status: "missing";
  readonly name: string;
  readonly candidates: readonly string[];
}

/** The answer for one {@link Wanted}. */
export type LookedUp = FoundCode | NativeCode | MissingCode;

/** All answers of one interpreter. */
export interface LookUp {
  /** Folder and archive of the standard library. */
  readonly libraries: readonly string[];
  /** In the order of what was wanted. */
  readonly found: readonly LookedUp[];
}

const MARK = "ct-recorder why:";
const LIMIT_MS = 30_000;

/**
 * Starts the interpreter as a recording would, `site` and the environment's folders included, looks modules
 * up by its own finders and compiles them. None of them is run, nor written to a cache.
 *
 * Needs permission to run it.
 *
 * @param start Folder of the script, where imports begin.
 * @throws {RecorderError} ERR_INTERPRETER_NOT_FOUND, ERR_INTERPRETER_UNSUPPORTED
 */
export async function lookUp(
  wanted: readonly Wanted[],
  { interpreter, options, main }: StartUp,
  start: string,
  place: Place,
): Promise<LookUp> {
  const question = JSON.stringify({ wanted, main, start, mark: MARK });
  let said = "", complaint = "";
  try {
    const output = await new Deno.Command(interpreter.word, {
      args: [...options, "-c", PROGRAM, question],
      cwd: place.cwd,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(LIMIT_MS),
    }).output();
    said = new TextDecoder().decode(output.stdout);
    complaint = new TextDecoder().decode(output.stderr).trim().split("\n").at(-1) ?? "";
  } catch {
    // Diagnosing it says why it can't be started.
  }
  const at = said.lastIndexOf(MARK);
  if (at < 0) throw await silent(interpreter, place, complaint);
  const { version, implementation, libraries, found } = JSON.parse(said.slice(at + MARK.length));
  const unsupported = versionError(interpreter, version, implementation);
  if (unsupported !== null) throw unsupported;
  return { libraries, found };
}

async function silent(
  interpreter: StartUp["interpreter"],
  place: Place,
  complaint: string,
): Promise<RecorderError> {
  return diagnosisError(await diagnose(interpreter.word, place), interpreter) ?? environmentError(
    "ERR_INTERPRETER_NOT_FOUND",
    `Cannot ask the Python interpreter ${interpreter.path} (chosen by ${interpreter.how}) where its ` +
      `modules are: ${complaint === "" ? "it said nothing" : complaint}. ` +
      "Name another one with --python PATH or CODETRACER_PYTHON",
    { tried: [{ where: `${interpreter.word} (${interpreter.how})`, result: complaint }] },
  );
}

/** Runs on every Python from 3.8, with nothing but its own library. */
const PROGRAM = `
import sys
sys.dont_write_bytecode = True
import dis, json, os, pkgutil
from importlib.machinery import FrozenImporter, SourceFileLoader

asked = json.loads(sys.argv[1])
if sys.path and sys.path[0] == "":
    sys.path[0] = asked["start"]
real = os.path.realpath

def find(name):
    path, parts = None, name.split(".")
    for n in range(len(parts)):
        full, spec = ".".join(parts[:n + 1]), None
        for finder in sys.meta_path:
            if hasattr(finder, "find_spec"):
                spec = finder.find_spec(full, path)
                if spec is not None:
                    break
        if spec is None:
            return None, parts[:n], path
        if n + 1 < len(parts) and spec.submodule_search_locations is None:
            return None, parts[:n + 1], []
        path = getattr(spec.submodule_search_locations, "_path", spec.submodule_search_locations)
    return spec, parts, path

def name_of(path):
    best = None
    for entry in sys.path:
        folder = real(entry)
        for base, at in ((os.path.abspath(entry), path), (folder, real(path))):
            if at.startswith(base + "/") and (best is None or len(folder) > best[0]):
                name, extension = os.path.splitext(at[len(base) + 1:])
                parts = name.split("/")
                if parts[-1] == "__init__":
                    parts.pop()
                if extension == ".py" and parts and all(part.isidentifier() for part in parts):
                    best = (len(folder), ".".join(parts), os.path.join(os.path.abspath(entry), at[len(base) + 1:]))
    return best

def names(code):
    function = code.co_flags & 1
    count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
    arguments = list(code.co_varnames[:count]) if function else []
    variables = list(code.co_varnames[count:] + code.co_cellvars + code.co_freevars) if function else []
    stored, read = [], []
    for each in dis.get_instructions(code):
        if each.opname in ("STORE_NAME", "DELETE_NAME"):
            stored.append(each.argval)
        elif each.opname.endswith("_GLOBAL") or each.opname in ("LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"):
            read.append(each.argval)
    def tidy(all, but=()):
        return sorted({each for each in all if isinstance(each, str) and each.isidentifier()} - set(but))
    return {"arguments": tidy(arguments), "locals": tidy(variables + stored, arguments), "globals": tidy(read, stored)}

def functions(code, prefix, into):
    if code.co_name == "<module>" and prefix == "":
        into["<module>"] = names(code)
    for each in code.co_consts:
        if isinstance(each, type(code)):
            qualname = getattr(each, "co_qualname", prefix + each.co_name)
            here, known = names(each), into.get(qualname, {})
            into[qualname] = {key: sorted({*here[key], *known.get(key, ())}) for key in here}
            functions(each, qualname + (".<locals>." if each.co_flags & 1 else "."), into)
    return into

def described(loader, module, filename):
    try:
        code = loader.get_code("__main__" if module is None else module)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return {"status": "code", "filename": filename, "module": module, "functions": None, "problem": str(error)}
    if code is None:
        return {"status": "native", "module": module, "origin": filename}
    return {"status": "code", "filename": code.co_filename, "module": module, "functions": functions(code, "", {}), "problem": None}

def is_main(name, path):
    main = asked["main"]
    if main is None:
        return False
    if main["kind"] == "file":
        return path is not None and real(main["name"]) == real(path)
    return name in (main["name"], main["name"] + ".__main__") and (name != main["name"] or not is_package(name))

def is_package(name):
    spec = find(name)[0]
    return spec is not None and spec.submodule_search_locations is not None

def look_up(wanted):
    if wanted["kind"] == "file":
        path = wanted["name"]
        known = name_of(path)
        if is_main(None if known is None else known[1], path):
            return described(SourceFileLoader("__main__", path), "__main__", path)
        if known is None:
            return described(SourceFileLoader("__main__", path), None, path)
        spec = find(known[1])[0]
        if spec is not None and (spec.loader is FrozenImporter or (spec.has_location and real(spec.origin) == real(path))):
            return described(spec.loader, known[1], spec.origin)
        return described(SourceFileLoader(known[1], known[2]), known[1], known[2])
    name = wanted["name"]
    spec, parts, path = find(name)
    if spec is None:
        near = [".".join(parts + [each.name]) for each in pkgutil.iter_modules(path)]
        near += [] if parts else list(sys.builtin_module_names)
        return {"status": "missing", "name": name, "candidates": near[:2000]}
    if spec.loader is None or not hasattr(spec.loader, "get_code") or spec.origin is None:
        return {"status": "native", "module": name, "origin": spec.origin or "a folder without code"}
    if is_main(name, spec.origin if spec.has_location else None):
        return described(SourceFileLoader("__main__", spec.origin), "__main__", spec.origin)
    return described(spec.loader, name, spec.origin)

library = os.path.dirname(os.__file__)
answer = {
    "version": "%d.%d.%d" % sys.version_info[:3],
    "implementation": sys.implementation.name,
    "libraries": [library, os.path.join(os.path.dirname(library), "python%d%d.zip" % sys.version_info[:2])],
    "found": [look_up(each) for each in asked["wanted"]],
}
sys.stdout.write("\\n" + asked["mark"] + json.dumps(answer))
sys.stdout.flush()
`;
