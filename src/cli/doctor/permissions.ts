import { note, ok, problem, type Section, warning } from "./section.ts";

/** Without one of these no program is recorded. */
const NEEDED = ["read", "write", "run", "env"] as const;
const OTHERS = ["sys", "net", "ffi"] as const;

/** The permissions that Deno was run with, against those that the README names: all. Asks for none. */
export function permissions(): Section {
  const states: Record<string, string> = {};
  for (const name of [...NEEDED, ...OTHERS]) {
    states[name] = Deno.permissions.querySync({ name }).state;
  }
  const missing = NEEDED.filter((name) => states[name] !== "granted");
  const others = OTHERS.filter((name) => states[name] !== "granted");
  const findings = missing.length > 0
    ? [problem(`Deno was run without permission to ${missing.join(", ")}`, "deno run -A main.ts …")]
    : others.length > 0
    ? [
      warning(
        `Deno was not run with all permissions (${
          others.join(", ")
        }): it hides /proc, where the limit of open files ` +
          "and the ignored signals stand that a program is to find unchanged",
        "deno run -A main.ts …",
      ),
    ]
    : [ok("Deno was run with all permissions")];
  if (Deno.build.standalone) findings.push(note("the compiled program has them built in"));
  return { name: "permissions", facts: states, findings };
}

/** Whether the machine can be looked at: what is needed for that is granted. */
export function mayLookAround(): boolean {
  return NEEDED.every((name) => Deno.permissions.querySync({ name }).state === "granted");
}
