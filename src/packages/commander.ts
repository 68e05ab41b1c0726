/** commander, which reads the words of commands and prints their help. No import map names it: there is none of ours where a program imports `mod.ts` by its path. */
export * from "npm:commander@^14.0.0";
