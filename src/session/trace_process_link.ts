/** A trace worker that is a process of its own. */
import { internalError } from "../errors/mod.ts";
import { messagesOf, toLine } from "../recording/message_lines.ts";
import type { ProcessInput, ProcessOutput } from "../recording/trace_process.ts";
import { TRACE_PROCESS } from "../recording/trace_process_main.ts";
import { startChild } from "../sandbox/confined_child.ts";
import type { TraceLink, TraceListener } from "./trace_link.ts";

/** So much of what the process says on stderr is told when it fails, characters. */
const MOST_SAID = 2000;

/**
 * Starts it.
 *
 * @throws Whatever the system says when it can't be started.
 */
export function startProcess(
  folder: string,
  listener: TraceListener,
  source: string | null,
): TraceLink {
  const child = startChild(TRACE_PROCESS, folder, source);
  const input = child.stdin.getWriter();
  let steps = 0;
  let bytes = 0;
  let over = false;
  const send = (message: ProcessInput) => {
    // A process that is gone is told of by its end.
    input.write(toLine(message)).catch(() => {});
  };
  const fails = (why: string) => {
    if (!over) listener.failure(internalError("ERR_UNKNOWN", `The trace writer ${why}`));
  };
  const stderr = lastWords(child.stderr);
  const listen = async () => {
    for await (const message of messagesOf<ProcessOutput>(child.stdout)) {
      if (over) return;
      if ("type" in message) listener.message(message);
      else ({ steps, bytes } = message);
    }
    const { code, signal } = await child.status;
    fails(`ended (${signal ?? `status ${code}`}): ${await stderr}`);
  };
  listen().catch((error) => fails(`sent what can't be read: ${error}`));
  return {
    state: {
      get steps() {
        return steps;
      },
      get bytes() {
        return bytes;
      },
      markEnded: () => over || send({ ended: true }),
    },
    send,
    terminate: () => {
      if (over) return;
      over = true;
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended by itself.
      }
      input.abort().catch(() => {}); // closed already, by its end
    },
  };
}

/** The end of what is said there. */
async function lastWords(stream: ReadableStream<Uint8Array>): Promise<string> {
  let said = "";
  try {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      said = (said + text).slice(-MOST_SAID);
    }
  } catch {
    // What came before has to do.
  }
  return said.trim();
}
