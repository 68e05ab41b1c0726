/** What lies in the folder of a recording; the spool of calls, an older trace and the agent as well. */
export const WORK_FILES = {
  /** Made by the session, before anything else. */
  ring: "ring",
  /** What the recording is, for whoever recovers it. */
  description: "recording.json",
  /** What is known at its end, in the same way. */
  end: "end.json",
  /** Made by the trace worker. */
  journal: "journal",
  trace: "trace.ct",
  metadata: "trace_metadata.json",
} as const;

/** How the name begins of a trace that the new one is about to take the place of. */
export const REPLACED_PREFIX = "replaced-";

/** The file of what came through a descriptor. */
export const relayedName = (stream: 1 | 2): string => `relayed-${stream}`;
