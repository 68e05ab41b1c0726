/** What JSON can say. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Deeper than any context should be; keeps a cyclic or absurd value from running away. */
const MAX_DEPTH = 16;

/**
 * The nearest JSON value. Applied when an error is *made*, so that writing it as JSON and reading
 * it back loses nothing later on.
 */
export function toJsonValue(value: unknown, depth = 0): JsonValue {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      // JSON has no NaN, no infinities and no negative zero.
      return Number.isFinite(value) ? value + 0 : String(value);
    case "bigint":
    case "symbol":
      return String(value);
    case "function":
      return "[function]";
  }
  if (typeof value !== "object" || value === null) return null;
  if (depth >= MAX_DEPTH) return "[too deep]";
  if (Array.isArray(value)) return value.map((item) => toJsonValue(item, depth + 1));
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (value instanceof URL) return value.href;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Map) return toJsonValue([...value], depth);
  if (value instanceof Set || ArrayBuffer.isView(value)) {
    return value instanceof DataView
      ? String(value)
      : toJsonValue([...value as Iterable<unknown>], depth);
  }
  return toJsonObject(value, depth);
}

/** The same for the own enumerable properties of an object; `undefined` ones are left out. */
export function toJsonObject(value: object, depth = 0): { readonly [key: string]: JsonValue } {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, toJsonValue(item, depth + 1)]),
  );
}
