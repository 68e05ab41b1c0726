/**
 * A program that embeds the recorder and has many sessions, one after the other and two at once. Arguments: the
 * interpreter. Prints what became of each session, and what the process holds more than after the first few, as JSON.
 */
import { configurePolicy, RecorderError, type Session, startSession } from "../../mod.ts";

const [python = ""] = Deno.args;

let listeners = 0;
const { addSignalListener, removeSignalListener } = Deno;
Deno.addSignalListener = (signal, handler) => {
  addSignalListener(signal, handler);
  listeners++;
};
Deno.removeSignalListener = (signal, handler) => {
  removeSignalListener(signal, handler);
  listeners--;
};

let workers = 0;
const OriginalWorker = Worker;
globalThis.Worker = class extends OriginalWorker {
  #runs = true;
  constructor(...given: ConstructorParameters<typeof OriginalWorker>) {
    super(...given);
    workers++;
  }
  override terminate(): void {
    super.terminate();
    if (this.#runs) workers--;
    this.#runs = false;
  }
};

/** Names of what stands behind the open descriptors, less those that the runtime has a changing number of. */
function descriptors(): string[] {
  const found: string[] = [];
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    try {
      found.push(Deno.readLinkSync(`/proc/self/fd/${name}`).replace(/\d+/g, "N"));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // the descriptor of this very listing
    }
  }
  return found.sort();
}

/** What of `now` there was not, or not as often, among `before`. */
function added(before: readonly string[], now: readonly string[]): string[] {
  const left = [...before];
  return now.filter((name) => {
    const at = left.indexOf(name);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** How long a worker's thread may take to end after it was told to, in looks 0.1 s apart. */
const LOOKS = 300;

async function begin(outDir: string, words: readonly string[], foreground = false) {
  const settings = { out_dir: outDir, quiet: true };
  return await startSession({
    command: words,
    policy: await configurePolicy({ settings }),
    foreground,
  });
}

/** Its states in the order that they were seen, and its end. */
async function follow(session: Session, stops: boolean) {
  const seen: string[] = [session.state];
  const look = () => {
    if (seen.at(-1) !== session.state) seen.push(session.state);
  };
  while (session.state === "starting") await new Promise((resolve) => setTimeout(resolve, 1));
  look();
  if (stops) {
    const stopped = session.stop();
    stopped.catch(() => {}); // awaited as `finished` below
  }
  try {
    const { trace } = await session.finished;
    look();
    return { seen, trace: trace !== null };
  } catch (error) {
    look();
    if (!(error instanceof RecorderError)) throw error;
    return { seen, code: error.code };
  } finally {
    await session.program;
  }
}

const app = [python, "app.py"];
const outcomes: Record<string, unknown>[] = [];

async function one(number: number): Promise<void> {
  const outDir = `out/${number}`;
  switch (number % 5) {
    case 0:
      outcomes.push({ kind: "whole", ...await follow(await begin(outDir, app, true), false) });
      return;
    case 1:
      outcomes.push({ kind: "stopped", ...await follow(await begin(outDir, app), true) });
      return;
    case 2:
      try {
        await begin(outDir, [python, "none.py"]);
      } catch (error) {
        if (!(error instanceof RecorderError)) throw error;
        outcomes.push({ kind: "refused", code: error.code });
      }
      return;
    case 3:
      // An interpreter that ends before it loads anything.
      outcomes.push({
        kind: "no agent",
        ...await follow(await begin(outDir, ["./python3", "app.py"], true), false),
      });
      return;
    default: {
      const both = await Promise.all([begin(`${outDir}a`, app), begin(`${outDir}b`, app, true)]);
      const [first, second] = await Promise.all(both.map((session, n) => follow(session, n === 0)));
      outcomes.push({ kind: "one of two", ...first }, { kind: "other of two", ...second });
    }
  }
}

// What is loaded with the first session of each kind, and stays, is no matter of this.
for (let number = 0; number < 5; number++) await one(number);
const before = { descriptors: descriptors(), listeners, workers };
for (let number = 5; number < 20; number++) await one(number);
let more = added(before.descriptors, descriptors());
for (let look = 0; look < LOOKS && more.length > 0; look++) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  more = added(before.descriptors, descriptors());
}
const listenersMore = listeners - before.listeners;
console.log("\n" + JSON.stringify({ outcomes, more, listenersMore, workers }));
