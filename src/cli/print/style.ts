/** Colours by what they mean; each takes text and returns it marked up. */
export interface Style {
  readonly dim: (text: string) => string;
  readonly call: (text: string) => string;
  readonly variable: (text: string) => string;
  readonly output: (text: string) => string;
  readonly error: (text: string) => string;
}

/** The style for a terminal, or one that changes nothing. */
export function styleFor(colours: boolean): Style {
  const paint = (code: number) => (text: string) =>
    colours && text !== "" ? `\x1b[${code}m${text}\x1b[0m` : text;
  return {
    dim: paint(2),
    call: paint(1),
    variable: paint(36),
    output: paint(32),
    error: paint(31),
  };
}
