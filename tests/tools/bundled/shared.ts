/** In a bundle these types are gone, and so are the lines that they take up. */
export interface Nothing {
  readonly nothing: null;
}

export function failure(): Error {
  return new Error("made in line 7");
}
