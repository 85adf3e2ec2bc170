/**
 * The two half-precision formats of checkpoint files, to and from float32. Rounds to nearest, ties to even, as PyTorch does.
 * Knows nothing of files.
 */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

function toBits(value: number): number {
  float[0] = value;
  return bits[0] as number;
}

function fromBits(word: number): number {
  bits[0] = word;
  return float[0] as number;
}

/** IEEE binary16 to float32: exact. */
export function fromF16(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return (sign === 0 ? 1 : -1) * fraction * 2 ** -24;
  if (exponent === 31) return fromBits((sign | 0x7f800000 | (fraction << 13)) >>> 0);
  return fromBits((sign | ((exponent + 112) << 23) | (fraction << 13)) >>> 0);
}

/** float32 to IEEE binary16; what is too large becomes infinite. */
export function toF16(value: number): number {
  const word = toBits(value);
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520 and above round to infinity
  if (magnitude < 0x38800000) {
    // Below 2^-14 the result is a multiple of 2^-24; this scaling is exact in float64.
    return sign | roundHalfEven(Math.abs(value) * 2 ** 24);
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

/** float32 to bfloat16. */
export function toBF16(value: number): number {
  const word = toBits(value);
  if ((word & 0x7fffffff) > 0x7f800000) return ((word >>> 16) | 0x40) & 0xffff;
  return ((word + 0x7fff + ((word >>> 16) & 1)) >>> 16) & 0xffff;
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
