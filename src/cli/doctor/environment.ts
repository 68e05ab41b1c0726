import { SETTINGS } from "../../policy/settings.ts";
import { absolute } from "../../target/posix_path.ts";
import { nearest } from "../../text/nearest.ts";
import { type Finding, note, ok, type Section, warning } from "./section.ts";

const VARIABLES: readonly string[] = Object.values(SETTINGS).map(({ variable }) => variable);
/** Of ours, but no settings of a recording; and those for programs of other languages. */
const OTHERS = /^CODETRACER_(PAGER$|JS_RECORDER_)/;

/** Variables that change what is recorded, or how a program runs under any recorder. */
export function environment(
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Section {
  const findings = [...ofPython(env, cwd), ...ofOurs(env)];
  const inForce = Object.fromEntries(
    Object.entries(env).filter(([name]) => /^(CODETRACER_|PYTHON)/.test(name))
      .map(([name, value]) => [name, value ?? ""]).sort(),
  );
  if (findings.length === 0) findings.push(ok("nothing in it is in the way"));
  return { name: "environment", facts: { variables: inForce }, findings };
}

function* ofPython(
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Generator<Finding> {
  const { PYTHONHOME: home, PYTHONPATH: path, COVERAGE_PROCESS_START: coverage } = env;
  if (home) {
    yield warning(
      `PYTHONHOME is ${home}: every interpreter looks for its library there`,
      "unset PYTHONHOME, unless that is meant",
    );
  }
  if (path) {
    yield note(`PYTHONPATH is ${path}; the recorder's agent goes in front while Python starts`);
    for (const folder of path.split(":")) {
      const file = `${absolute(cwd, folder)}/sitecustomize.py`;
      if (isThere(file)) yield note(`${file} runs as always, behind the agent`);
    }
  }
  if (coverage) {
    yield warning(
      "COVERAGE_PROCESS_START is set: coverage may take the place of the recorder's tracer before Python 3.12",
      "unset COVERAGE_PROCESS_START, or record with Python 3.12 or later",
    );
  }
}

function* ofOurs(env: Readonly<Record<string, string | undefined>>): Generator<Finding> {
  for (const [name, value] of Object.entries(env).sort()) {
    if (!name.startsWith("CODETRACER_") || OTHERS.test(name)) continue;
    if (VARIABLES.includes(name)) {
      yield note(`${name} is ${JSON.stringify(value ?? "")}`);
      continue;
    }
    const near = nearest(name, VARIABLES);
    yield warning(
      `${name} is no variable of this recorder`,
      near === null ? "ct-recorder record --help lists them" : `perhaps ${near} is meant`,
    );
  }
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false; // not there, or not for us
  }
}
