/** Longer texts are cut in messages; they are whole in the error's context. */
const MAX_SHOWN = 200;

/** How {@link shownValue} calls an object. */
export const A_TABLE = "a table";

/** A value of any kind as a piece of one line, without anything that a terminal would act on. */
export function shownValue(value: unknown): string {
  switch (typeof value) {
    case "string": {
      const cut = value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value;
      return JSON.stringify(cut).replace(
        /[\u007f-\u009f\u2028\u2029]/g,
        (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
      );
    }
    case "object":
      if (value === null) return "null";
      if (value instanceof Date) return "a date";
      return Array.isArray(value) ? "a list" : A_TABLE;
    case "function":
      return "a function";
    default:
      return String(value);
  }
}
