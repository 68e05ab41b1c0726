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
  const [mantissa, exponentText] = x.toExponential().split("e") as [string, string];
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const size = Math.abs(exponent);
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${size < 10 ? "0" : ""}${size}`;
  }
  const negative = mantissa.startsWith("-");
  const digits = mantissa.replace(/[-.]/g, "");
  let text: string;
  if (exponent < 0) text = "0." + "0".repeat(-exponent - 1) + digits;
  else if (digits.length <= exponent + 1) {
    text = digits + "0".repeat(exponent + 1 - digits.length) + ".0";
  } else text = digits.slice(0, exponent + 1) + "." + digits.slice(exponent + 1);
  return negative ? "-" + text : text;
}
