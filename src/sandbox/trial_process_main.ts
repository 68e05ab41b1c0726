/** The process of a trial: JSON in, JSON out; imported, it only says where it is. */
import { attempt } from "./trial_attempts.ts";

/** What to run. */
export const TRIAL_PROCESS = new URL(import.meta.url);

if (import.meta.main) {
  const request = await new Response(Deno.stdin.readable).json();
  await new Response(JSON.stringify(attempt(request))).body?.pipeTo(Deno.stdout.writable);
}
