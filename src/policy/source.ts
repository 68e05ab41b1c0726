/** Where a value came from; `name` is what the user wrote: a flag, a variable, a file's path. */
export type PolicySource =
  | { readonly kind: "flag"; readonly name: string }
  /** Set by a program that uses this one as a library; as strong as a flag. */
  | { readonly kind: "caller"; readonly name: string }
  | { readonly kind: "environment"; readonly name: string }
  | { readonly kind: "file"; readonly name: string }
  | { readonly kind: "default" };

/** The source of all that an embedding program sets. */
export const CALLER: PolicySource = Object.freeze({
  kind: "caller",
  name: "the calling program",
});

const STRENGTH: Readonly<Record<PolicySource["kind"], number>> = {
  flag: 3,
  caller: 3,
  environment: 2,
  file: 1,
  default: 0,
};

/** Whether what a source says beats what the other says. */
export function isStronger(source: PolicySource, other: PolicySource): boolean {
  return STRENGTH[source.kind] > STRENGTH[other.kind];
}

/**
 * A source in words that follow "given by": "--quiet", "the environment variable CODETRACER_QUIET".
 */
export function describeSource(source: PolicySource): string {
  switch (source.kind) {
    case "flag":
    case "caller":
      return source.name;
    case "environment":
      return `the environment variable ${source.name}`;
    case "file":
      return `the file ${source.name}`;
    case "default":
      return "default";
  }
}
