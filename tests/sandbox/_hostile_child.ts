/** The hostile worker's attempts, in a process as the recorder starts it where Deno has no permissions for workers. */
import { startChild } from "../../src/sandbox/confined_child.ts";
import { type Attempts, attemptsIn, type Playground } from "./_hostile_worker.ts";

/** Without the flag for it, Deno ends the process that tries: nothing is gained by that. */
const OMITTED = ["start a worker that may do more"];

/** Lets the process try everything. */
export async function childAttempts(playground: Playground): Promise<Attempts> {
  const child = startChild(new URL(import.meta.url), playground.folder);
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(JSON.stringify({ ...playground, omitted: OMITTED })));
  await input.close();
  const { stdout, stderr } = await child.output();
  const [said, told] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (said === "") throw new Error(told);
  return JSON.parse(said!);
}

if (import.meta.main) {
  const playground: Playground = await new Response(Deno.stdin.readable).json();
  console.log(JSON.stringify(await attemptsIn(playground)));
  Deno.exit(0);
}
