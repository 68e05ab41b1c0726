/** A part of the runtime: of the compiled program, or of the Deno that runs this one. */
export interface RuntimePart {
  readonly name: string;
  readonly version: string;
  /** SPDX expression. */
  readonly license: string;
  /** Addresses of the licence and of what it is made of. */
  readonly notices: readonly string[];
}

/** Deno, and the engine in it. */
export function runtimeParts(): RuntimePart[] {
  const { deno, v8 } = Deno.version;
  const source = `https://github.com/denoland/deno/blob/v${deno}`;
  return [
    {
      name: "deno",
      version: deno,
      license: "MIT",
      notices: [`${source}/LICENSE.md`, `${source}/Cargo.lock`],
    },
    {
      name: "v8",
      version: v8,
      license: "BSD-3-Clause",
      notices: ["https://github.com/v8/v8/blob/main/LICENSE"],
    },
  ];
}
