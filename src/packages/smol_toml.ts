/** smol-toml, which reads configuration and filters. No import map names it: there is none of ours where a program imports `mod.ts` by its path. */
export * from "npm:smol-toml@^1.9.0";
