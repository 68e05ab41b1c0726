/** The files that calls wait in until their records can be made (`call_spool.ts`), beside the trace. */
export const SPOOL_FILES = {
  /** What is known when a call begins. */
  entry: "calls-entry",
  /** … and when it ends. */
  exit: "calls-exit",
  returns: "calls-returns",
  /** Chunks of records that are done. */
  chunks: "calls-chunks",
} as const;

/** The name of one of them. */
export type SpoolName = typeof SPOOL_FILES[keyof typeof SPOOL_FILES];
