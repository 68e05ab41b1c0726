/** Tests of permissions, which mean nothing to root. */

/**
 * Root may do everything, so permission tests prove nothing as root: without these powers it is an owner like any
 * other. An ordinary user needs no wrapper. Where it can't be had, setpriv fails and the test with it.
 */
// deno-lint-ignore require-await
export async function withoutPowers(): Promise<readonly string[]> {
  if (Deno.uid() !== 0) return [];
  const powers = "-dac_override,-dac_read_search,-fowner";
  return ["setpriv", `--inh-caps=${powers}`, `--bounding-set=${powers}`];
}
