/** As much of the protobuf encoding as writes an ONNX file: numbered fields that hold numbers, texts, bytes or messages. Knows no ONNX. */

type Value = number | bigint | string | Uint8Array | Message;

/** A 32-bit float, which has an encoding of its own. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** Parts of an encoded message, joined only at the end because weights are large. */
export class Message {
  readonly parts: Uint8Array[] = [];
  size = 0;

  #append(part: Uint8Array): void {
    this.parts.push(part);
    this.size += part.length;
  }

  #varint(value: bigint): void {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, value);
    do {
      bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
      rest >>= 7n;
    } while (rest > 0n);
    this.#append(Uint8Array.from(bytes));
  }

  /** Appends one field. */
  add(number: number, value: Value | Float): this {
    const key = (wire: number): void => this.#varint(BigInt((number << 3) | wire));
    if (typeof value === 'number' || typeof value === 'bigint') {
      key(0);
      this.#varint(BigInt(value));
    } else if (value instanceof Float) {
      key(5);
      this.#append(new Uint8Array(Float32Array.of(value.value).buffer));
    } else {
      const parts = value instanceof Message ? value.parts : [typeof value === 'string' ? new TextEncoder().encode(value) : value];
      key(2);
      this.#varint(BigInt(parts.reduce((sum, part) => sum + part.length, 0)));
      for (const part of parts) this.#append(part);
    }
    return this;
  }

  /** The encoded bytes. */
  bytes(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.size);
    let at = 0;
    for (const part of this.parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

/** A message of these fields. */
export function message(...fields: readonly (readonly [number: number, value: Value | Float])[]): Message {
  const made = new Message();
  for (const [number, value] of fields) made.add(number, value);
  return made;
}
