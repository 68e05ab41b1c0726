/** Numbers that a person gives to a test by the environment. */

/**
 * The whole number in `variable`, `otherwise` where it isn't set.
 *
 * @throws {Error} If it is no whole number from 0 up.
 */
export function numberOf(variable: string, otherwise: number): number {
  const text = Deno.env.get(variable) ?? "";
  const number = text === "" ? otherwise : Number(text);
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new Error(`${variable} is no whole number from 0 up: ${text}`);
  }
  return number;
}
