/** A variable of the environment; undefined where it is not set, or may not be read. */
export function environmentVariable(name: string): string | undefined {
  // Without permission Deno would ask; how a trace is shown is not worth a question.
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}
