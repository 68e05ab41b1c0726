import type { ByteBuffer } from "../../byte_buffer.ts";
import { floatOf } from "../values.ts";
import type { Fields } from "./fields.ts";

/** As deep as the reader of the values goes. */
const MAX_DEPTH = 256;
const [UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP] = [0, 1, 2, 3, 4, 5];
const [FALSE, TRUE, DOUBLE] = [0xf4, 0xf5, 0xfb];

/** Writes values of legacy records in the form that they have in a container. */
export class ValueEncoder {
  readonly #out: ByteBuffer;
  readonly #fields: Fields;
  readonly #fieldNames: ReadonlyMap<number, readonly string[]>;
  readonly #encoder = new TextEncoder();
  readonly #double = new Uint8Array(8);
  /** Texts of keys and kinds, encoded once. */
  readonly #words = new Map<string, Uint8Array>();

  /**
   * @param out Where the bytes go.
   * @param fieldNames Names of the fields of structs, by type; legacy values don't hold them.
   */
  constructor(
    out: ByteBuffer,
    fields: Fields,
    fieldNames: ReadonlyMap<number, readonly string[]>,
  ) {
    this.#out = out;
    this.#fields = fields;
    this.#fieldNames = fieldNames;
  }

  /**
   * Appends a value.
   *
   * @throws {RecorderError} `ERR_TRACE_CORRUPT` if it is none.
   */
  value(value: unknown, depth = 1): void {
    const fields = this.#fields;
    if (depth > MAX_DEPTH) fields.fail(`a value nested deeper than ${MAX_DEPTH}`);
    const kind = fields.get(value, "kind");
    const get = (key: string) => fields.get(value, key);
    switch (kind) {
      case "Int":
        this.#begin(kind, 3);
        this.#key("i");
        this.#integer(fields.integer(get("i"), "i"));
        break;
      case "Float":
        this.#begin(kind, 3);
        this.#key("f");
        this.#float(get("f"));
        break;
      case "Bool": {
        const b = fields.boolean(get("b"), "b");
        this.#begin(kind, 4);
        this.#key("b");
        this.#boolean(b);
        this.#key("text");
        this.#word(String(b));
        break;
      }
      case "String":
        this.#begin(kind, 3);
        this.#text("text", get("text"));
        break;
      case "Raw":
        this.#begin(kind, 3);
        this.#text("r", get("r"));
        break;
      case "Error":
        this.#begin(kind, 3);
        this.#text("msg", get("msg"));
        break;
      case "Char":
        this.#begin(kind, 3);
        this.#text("c", get("c"));
        break;
      case "None":
        this.#begin(kind, 2);
        break;
      case "Sequence":
        this.#begin(kind, 4);
        this.#values("elements", get("elements"), depth);
        this.#key("is_slice");
        this.#boolean(fields.boolean(get("is_slice"), "is_slice"));
        break;
      case "Tuple":
        this.#begin(kind, 3);
        this.#values("elements", get("elements"), depth);
        break;
      case "Struct":
        this.#struct(value, depth);
        break;
      case "Variant":
        this.#begin(kind, 4);
        this.#text("discriminator", get("discriminator"));
        this.#key("contents");
        this.value(get("contents"), depth + 1);
        break;
      case "Reference":
        this.#begin(kind, 5);
        this.#key("dereferenced");
        this.value(get("dereferenced"), depth + 1);
        this.#key("address");
        this.#integer(fields.integer(get("address"), "address"));
        this.#key("mutable");
        this.#boolean(fields.boolean(get("mutable"), "mutable"));
        break;
      case "BigInt":
        this.#begin(kind, 4);
        this.#key("b");
        this.#bytes(get("b"));
        this.#key("negative");
        this.#boolean(fields.boolean(get("negative"), "negative"));
        break;
      case "Cell":
        // The only one without a type.
        this.#begin(kind, 2);
        this.#key("place");
        this.#integer(fields.integer(get("place"), "place"));
        return;
      default:
        fields.fail(`a value of the unknown kind ${String(kind).slice(0, 40)}`);
    }
    this.#key("type_id");
    this.#integer(fields.id(get("type_id"), "type_id"));
  }

  #struct(value: unknown, depth: number): void {
    const values = this.#fields.array(this.#fields.get(value, "field_values"), "field_values");
    const names = this.#fieldNames.get(
      this.#fields.id(this.#fields.get(value, "type_id"), "type_id"),
    );
    const named = names?.length === values.length ? names : undefined;
    this.#begin("Struct", named ? 4 : 3);
    this.#values("field_values", values, depth);
    if (named === undefined) return;
    this.#key("field_names");
    this.#head(ARRAY, named.length);
    for (const name of named) this.#string(name);
  }

  #begin(kind: string, keys: number): void {
    this.#head(MAP, keys);
    this.#word("kind");
    this.#word(kind);
  }

  #key(name: string): void {
    this.#word(name);
  }

  #text(key: string, value: unknown): void {
    this.#key(key);
    this.#string(this.#fields.text(value, key));
  }

  #values(key: string, value: unknown, depth: number): void {
    const elements = this.#fields.array(value, key);
    this.#key(key);
    this.#head(ARRAY, elements.length);
    for (const element of elements) this.value(element, depth + 1);
  }

  #word(word: string): void {
    let bytes = this.#words.get(word);
    if (bytes === undefined) {
      bytes = this.#encoder.encode(word);
      this.#words.set(word, bytes);
    }
    this.#head(TEXT, bytes.length);
    this.#out.append(bytes);
  }

  #string(text: string): void {
    const bytes = this.#encoder.encode(text);
    this.#head(TEXT, bytes.length);
    this.#out.append(bytes);
  }

  #boolean(value: boolean): void {
    this.#out.u8(value ? TRUE : FALSE);
  }

  /** A number, or a text, as serde writes it so that it can be infinite. */
  #float(value: unknown): void {
    const number = typeof value === "string" ? floatOf(value) : value;
    if (typeof number !== "number") this.#fields.fail("f is no number");
    new DataView(this.#double.buffer).setFloat64(0, number);
    this.#out.u8(DOUBLE);
    this.#out.append(this.#double);
  }

  /** Bytes, or the same in base64. */
  #bytes(value: unknown): void {
    if (value instanceof Uint8Array) {
      this.#head(BYTES, value.length);
      this.#out.append(value);
    } else this.#string(this.#fields.text(value, "b"));
  }

  #integer(value: number | bigint): void {
    const isNegative = value < 0;
    if (typeof value === "number") {
      this.#head(isNegative ? NEGATIVE : UNSIGNED, isNegative ? -1 - value : value);
    } else this.#head(isNegative ? NEGATIVE : UNSIGNED, isNegative ? -1n - value : value);
  }

  #head(major: number, argument: number | bigint): void {
    const out = this.#out;
    const high = major << 5;
    if (argument < 24) out.u8(high | Number(argument));
    else if (argument < 0x100) {
      out.u8(high | 24);
      out.u8(Number(argument));
    } else {
      out.u8(high | 27);
      const exact = BigInt(argument);
      for (let shift = 56n; shift >= 0n; shift -= 8n) out.u8(Number((exact >> shift) & 0xffn));
    }
  }
}
