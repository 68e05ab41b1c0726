/** `ct-recorder --version --json`: the versions of all that traces and agents depend on. */
import { includedLibraryVersions } from "../agent/accelerator.ts";
import { includedVersions } from "../agent/bytecode.ts";
import { METADATA_SCHEMA } from "../session/session.ts";
import { NEWEST_MINOR, OLDEST_MINOR } from "../target/python_name.ts";
import { VERSION as CTFS_VERSION } from "../trace/ctfs/layout.ts";
import { META_VERSION } from "../trace/trace_writer.ts";
import { VERSION } from "../version.ts";
import { WIRE_VERSION } from "../wire/protocol.ts";

/** The facts; keys are a promise to programs. */
export function versionFacts() {
  return {
    recorder: VERSION,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    target: Deno.build.target,
    compiled: Deno.build.standalone,
    wire: WIRE_VERSION,
    container: { ctfs: CTFS_VERSION, meta: META_VERSION },
    metadata_schema: METADATA_SCHEMA,
    agents: {
      python: {
        protocol: WIRE_VERSION,
        pythons: `3.${OLDEST_MINOR}-3.${NEWEST_MINOR}`,
        bytecode: includedVersions(),
        accelerators: includedLibraryVersions(),
      },
    },
  };
}

/** The same as text, with a line's end. */
export function versionJson(): string {
  return `${JSON.stringify(versionFacts(), null, 2)}\n`;
}
