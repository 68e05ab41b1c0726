/**
 * The recorder's log: what it did, for programs and for those who look for a fault.
 *
 * What a person is to read on stderr is not log and doesn't come from here.
 *
 * @module
 */
export { LOG_LEVELS, type LogLevel } from "./level.ts";
export { type LogOptions, openLog, type RecorderLog, type StderrStream } from "./log.ts";
