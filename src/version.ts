import config from "../deno.json" with { type: "json" };

/** The recorder's version, as published. */
export const VERSION: string = config.version;
