/** Guesses by proportion before the range is halved, as it is in every case from then on. */
const GUESSES = 8;
/** A range that lies in one or two chunks: reading there costs nothing more. */
const NEAR = 256;

/**
 * Index of the first of `count` ascending numbers that is not below `wanted`; `count` if all are.
 *
 * Looks first where the number would be if they grew evenly, as steps do, and close around it: each
 * look far away unpacks a chunk, and halving alone takes a dozen of them in a long trace.
 *
 * @param at Reads one of the numbers.
 */
export function firstNotBelow(
  count: number,
  wanted: number,
  at: (index: number) => number,
): number {
  let low = 0;
  let high = count;
  if (count === 0 || at(count - 1) < wanted) return count;
  let lowNumber = 0;
  let highNumber = at(count - 1);
  let guesses = GUESSES;
  /** How far from the guess is looked, so that what is sought comes to lie between two looks. */
  let aside = 0;
  while (low < high) {
    let middle = Math.floor((low + high) / 2);
    if (high - low > NEAR && guesses-- > 0 && highNumber > lowNumber) {
      const share = (wanted - lowNumber) / (highNumber - lowNumber);
      const guess = Math.floor(low + (high - low) * share) + aside;
      middle = Math.min(Math.max(guess, low), high - 1);
    }
    const number = at(middle);
    const step = 4 * Math.abs(aside) || NEAR / 4;
    if (number < wanted) {
      low = middle + 1;
      lowNumber = number;
      aside = step;
    } else {
      high = middle;
      highNumber = number;
      aside = -step;
    }
  }
  return low;
}
