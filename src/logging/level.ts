/** The log's levels, from the most talkative to silence. The names are LogTape's, and `off`. */
export const LOG_LEVELS = [
  "trace",
  "debug",
  "info",
  "warning",
  "error",
  "fatal",
  "off",
] as const;

/** From which level on records are kept. */
export type LogLevel = typeof LOG_LEVELS[number];

/** What a record can have: all but `off`. */
export type RecordLevel = Exclude<LogLevel, "off">;

/** Whether a record of a level is kept by a log of another. */
export function passes(record: RecordLevel, log: LogLevel): boolean {
  return LOG_LEVELS.indexOf(record) >= LOG_LEVELS.indexOf(log);
}
