import fc from "fast-check";

/**
 * A seed for what makes its random inputs itself: that of the property tests (see seed.ts), or one by chance where those
 * have none. Who fails says which it was.
 */
export function chanceSeed(): number {
  return fc.readConfigureGlobal().seed ?? Math.floor(Math.random() * 1e9);
}
