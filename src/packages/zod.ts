/** zod, which checks the values of settings. No import map names it: there is none of ours where a program imports `mod.ts` by its path. */
export * from "npm:zod@^4.0.0";
