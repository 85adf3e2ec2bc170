// The turn of rotary position embedding. `cos` is a table of `half` cosines, then `half` sines.

/** Turns the `heads` heads of one row by the angles at `cos`, or back if `sign` is -1. */
export function turn(x: usize, cos: usize, heads: i32, half: i32, sign: f32): void {
  const sign4 = f32x4.splat(sign);
  const halfBytes = half << 2;
  const sin = cos + halfBytes;
  for (let h = 0; h < heads; h++) {
    const y = x + halfBytes;
    let i = 0;
    for (; i + 16 <= halfBytes; i += 16) {
      const c = v128.load(cos + i);
      const s = f32x4.mul(v128.load(sin + i), sign4);
      const a = v128.load(x + i);
      const b = v128.load(y + i);
      v128.store(x + i, f32x4.sub(f32x4.mul(a, c), f32x4.mul(b, s)));
      v128.store(y + i, f32x4.add(f32x4.mul(b, c), f32x4.mul(a, s)));
    }
    for (; i < halfBytes; i += 4) {
      const c = load<f32>(cos + i);
      const s = load<f32>(sin + i) * sign;
      const a = load<f32>(x + i);
      const b = load<f32>(y + i);
      store<f32>(x + i, a * c - b * s);
      store<f32>(y + i, b * c + a * s);
    }
    x += halfBytes << 1;
  }
}
