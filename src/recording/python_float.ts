/**
 * A float as Python's `repr` writes it. Both languages print the shortest digits that give the same
 * number back; they differ in when an exponent is used and how it looks.
 *
 * @param x Any double.
 */
export function pythonFloat(x: number): string {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  if (x === 0) return Object.is(x, -0) ? "-0.0" : "0.0";
  // In this range both write all digits and no exponent.
  const size = Math.abs(x);
  if (size >= 1e-4 && size < 1e16) return Number.isInteger(x) ? `${x}.0` : `${x}`;
  const [mantissa, exponentText] = x.toExponential().split("e") as [string, string];
  const exponent = Number(exponentText);
  const places = Math.abs(exponent);
  return `${mantissa}e${exponent < 0 ? "-" : "+"}${places < 10 ? "0" : ""}${places}`;
}
