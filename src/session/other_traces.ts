/**
 * Names of the traces in `dir` but for `own`, sorted. Needs read permission for `dir`.
 *
 * @throws What the system says, where it can't be read.
 */
export function otherTraces(dir: string, own: string): string[] {
  return [...Deno.readDirSync(dir)]
    .filter(({ name, isFile }) => isFile && name.endsWith(".ct") && name !== own)
    .map(({ name }) => name)
    .sort();
}
