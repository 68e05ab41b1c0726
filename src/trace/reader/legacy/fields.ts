import { corrupt, type Place } from "../_corrupt.ts";

/**
 * Looks into records as they came. Every method throws `ERR_TRACE_CORRUPT` with the number of the
 * record if something is not what it should be.
 */
export class Fields {
  /** The record at hand, for messages. */
  record = 0;
  /** Its name. */
  name = "";

  constructor(private readonly place: Place) {}

  fail(what: string): never {
    throw corrupt(this.place, `${this.name}: ${what}`, { record: this.record });
  }

  /** A field of an object; undefined if it is not there. */
  get(object: unknown, key: string): unknown {
    if (typeof object !== "object" || object === null || Array.isArray(object)) {
      this.fail(`expected an object with ${key}`);
    }
    return (object as Record<string, unknown>)[key];
  }

  /** A whole number of at least 0 that a number holds exactly. */
  id(value: unknown, what: string): number {
    return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
      ? value
      : this.fail(`${what} is ${shown(value)}, expected a whole number`);
  }

  /** A whole number of up to 64 bits, with or without a sign. */
  integer(value: unknown, what: string): number | bigint {
    const isInteger = typeof value === "bigint"
      ? value >= -(2n ** 63n) && value < 2n ** 64n
      : Number.isSafeInteger(value);
    return isInteger ? value as number | bigint : this.fail(`${what} is ${shown(value)}`);
  }

  text(value: unknown, what: string): string {
    return typeof value === "string" ? value : this.fail(`${what} is ${shown(value)}, no text`);
  }

  boolean(value: unknown, what: string): boolean {
    return typeof value === "boolean" ? value : this.fail(`${what} is ${shown(value)}, no boolean`);
  }

  array(value: unknown, what: string): readonly unknown[] {
    return Array.isArray(value) ? value : this.fail(`${what} is ${shown(value)}, no array`);
  }
}

function shown(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  return typeof value === "object" ? "an object" : String(value).slice(0, 40);
}
