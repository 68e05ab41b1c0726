/**
 * Errors of the recorder: one class, one table of codes, one mapping to exit statuses.
 *
 * @module
 */
export * from "./classify.ts";
export * from "./codes.ts";
export * from "./constructors.ts";
export type { JsonValue } from "./_json.ts";
export * from "./recorder_error.ts";
export * from "./trailer.ts";
