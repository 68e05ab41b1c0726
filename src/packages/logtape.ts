/** LogTape, which makes the lines of the log. No import map names it: there is none of ours where a program imports `mod.ts` by its path. */
export * from "npm:@logtape/logtape@^2.0.0";
