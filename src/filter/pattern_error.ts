/** What is wrong with a pattern, and where. */
export class PatternError extends Error {
  /**
   * @param reason What is wrong and what to write instead; no final full stop.
   * @param at Characters ahead of the place.
   */
  constructor(readonly reason: string, readonly at: number) {
    super(reason);
  }
}
