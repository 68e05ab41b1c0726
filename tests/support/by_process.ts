/** Recordings whose trace worker is a process of its own. */
import { join } from "node:path";
import { ROOT } from "./recorder.ts";

/** The recorder with this project's dependencies, and without its option that turns worker permissions on. */
export async function byProcess(folder: string): Promise<string[]> {
  const { imports } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  const config = join(folder, "plain.json");
  await Deno.writeTextFile(config, JSON.stringify({ imports }));
  return [Deno.execPath(), "run", "-A", "--no-lock", `--config=${config}`, join(ROOT, "main.ts")];
}
