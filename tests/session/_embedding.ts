/**
 * A program that embeds the recorder through `mod.ts`, as a process of its own so that the recorded program's output is
 * apart from the tests'. Arguments: out-dir, what to do, then the command; more settings, as JSON, in SETTINGS. Writes what came of it to `result.json`.
 */
import { configurePolicy, record, RecorderError, startSession } from "../../mod.ts";

const [outDir = "", action = "", ...command] = Deno.args;

async function waitFor(path: string): Promise<void> {
  for (;;) {
    try {
      await Deno.stat(path);
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

async function perform(): Promise<unknown> {
  const more = JSON.parse(Deno.env.get("SETTINGS") ?? "{}");
  const policy = await configurePolicy({ settings: { out_dir: outDir, quiet: true, ...more } });
  if (action.startsWith("abort")) {
    const controller = new AbortController();
    const why = new Error("not wanted");
    if (action === "abort before") controller.abort(why);
    const recording = record({ command, policy, signal: controller.signal });
    if (action === "abort at once") controller.abort(why);
    if (action === "abort") void waitFor("ready").then(() => controller.abort(why));
    return await recording.catch((error) => {
      if (error === why) return { rejected: "with the reason" };
      throw error;
    });
  }
  const session = await startSession({ command, policy });
  if (action === "wait") return await session.finished;
  if (action !== "at once") await waitFor("ready");
  const refused: unknown[] = [];
  for (const wrong of ["7", null, -1, 256, 1.5, NaN, Symbol("s"), {}]) {
    await session.stop(wrong as number).catch((error) => refused.push(error.code));
  }
  const code = action === "stop with 7" ? 7 : undefined;
  const [outcome, again] = await Promise.all([session.stop(code), session.stop(8)]);
  const stopped = await Deno.stat("ended").then(() => false, () => true);
  await Deno.writeTextFile("go", "");
  const program = await session.program;
  const late = await session.stop(9);
  return {
    ...outcome,
    refused,
    program,
    stoppedBeforeTheEnd: stopped,
    same: outcome === again && outcome === late,
  };
}

try {
  await Deno.writeTextFile("result.json", JSON.stringify(await perform()));
} catch (error) {
  if (!(error instanceof RecorderError)) throw error;
  await Deno.writeTextFile("result.json", JSON.stringify(error));
}
