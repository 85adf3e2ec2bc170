// Rotary position embedding in place: dimension i of a head turns together with i + half. The table holds for each position `half`
// cosines, then `half` sines; it is made in JavaScript.

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

/** Row m of x, `width` numbers long, has position start[m / T] + m % T; `start` int32 may be 0, which is a start of 0. */
export function rope(x: usize, start: usize, table: usize, M: i32, T: i32, heads: i32, half: i32, width: i32, sign: f32): void {
  for (let m = 0; m < M; m++) {
    const position = (start == 0 ? 0 : load<i32>(start + ((m / T) << 2))) + (m % T);
    turn(x, table + ((position * half) << 3), heads, half, sign);
    x += width << 2;
  }
}
