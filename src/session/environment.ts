/** The variable with which Deno (from 2.9 on) marks that it has put a folder with a `node` ahead of PATH. */
const MARK = "DENO_NODE_SHIM_ACTIVE";
const SHIM = /^[^:]*\/node_compat_bin(?::|$)/;

/**
 * The environment that the recorder was started with, which is to be the program's, in its order as far as that is known:
 * Deno has none.
 *
 * Where there is no `node` on PATH, `deno run` puts itself there under that name, for its children. What a Deno further
 * up has done (`deno task`) stays: without the recorder the program would have it as well.
 *
 * Needs permission for the environment. With less than all permissions `/proc` can't be read, and what looks like this
 * Deno's doing is taken for it.
 *
 * @param initial What the system says the process was started with; null where it doesn't say.
 */
export function givenEnvironment(
  environment: Record<string, string> = Deno.env.toObject(),
  initial: string | null = readInitial(),
): Record<string, string> {
  const names = initial?.split("\0").map((variable) => variable.slice(0, variable.indexOf("=", 1)));
  const given = new Map(Object.entries(environment));
  const path = environment["PATH"] ?? "";
  if (environment[MARK] !== undefined && SHIM.test(path) && !names?.includes(MARK)) {
    given.delete(MARK);
    const hadPath = names?.includes("PATH") ?? path.includes(":");
    if (hadPath) given.set("PATH", path.replace(SHIM, ""));
    else given.delete("PATH");
  }
  const inOrder = [...names ?? [], ...given.keys()].filter((name) => given.has(name));
  return Object.fromEntries(inOrder.map((name) => [name, given.get(name) ?? ""]));
}

function readInitial(): string | null {
  if (Deno.build.os !== "linux") return null;
  try {
    return Deno.readTextFileSync("/proc/self/environ");
  } catch {
    return null; // not all permissions, or no /proc
  }
}
