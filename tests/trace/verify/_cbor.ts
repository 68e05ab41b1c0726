/** A CBOR item: a map is a list of entries, an array is named as such, `raw` is bytes as they are. */
export type Item =
  | number
  | string
  | boolean
  | Uint8Array
  | { readonly float: number }
  | { readonly octets: readonly number[] }
  | { readonly items: readonly Item[] }
  | readonly (readonly [string, Item])[];

/** Encodes a value as its writers do. A Uint8Array is an item that is encoded already. */
export function cbor(item: Item): Uint8Array {
  return Uint8Array.from(bytesOf(item));
}

function bytesOf(item: Item): number[] {
  if (item instanceof Uint8Array) return [...item];
  if (typeof item === "boolean") return [item ? 0xf5 : 0xf4];
  if (typeof item === "number") return item < 0 ? head(1, -1 - item) : head(0, item);
  if (typeof item === "string") {
    const bytes = new TextEncoder().encode(item);
    return [...head(3, bytes.length), ...bytes];
  }
  if ("float" in item) {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, item.float);
    return [0xfb, ...new Uint8Array(view.buffer)];
  }
  if ("octets" in item) return [...head(2, item.octets.length), ...item.octets];
  if ("items" in item) return [...head(4, item.items.length), ...item.items.flatMap(bytesOf)];
  return [...head(5, item.length), ...item.flat().flatMap(bytesOf)];
}

function head(major: number, argument: number): number[] {
  if (argument < 24) return [major << 5 | argument];
  const width = argument < 2 ** 8 ? 1 : argument < 2 ** 16 ? 2 : argument < 2 ** 32 ? 4 : 8;
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(argument));
  return [major << 5 | 24 + Math.log2(width), ...new Uint8Array(view.buffer).slice(8 - width)];
}
