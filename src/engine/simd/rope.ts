// Rotary position embedding: dimension i turns together with i + half. The table holds for each position `half` cosines, then
// `half` sines; it is made in JavaScript.

/** y [M,H,2*half] = x turned by the angle of its position, or back if `sign` is -1. `positions` are int32 [M]. */
export function rope(x: usize, positions: usize, table: usize, y: usize, M: i32, H: i32, half: i32, sign: f32): void {
  const sign4 = f32x4.splat(sign);
  const halfBytes = half << 2;
  for (let m = 0; m < M; m++) {
    const cos = table + load<i32>(positions + (m << 2)) * (halfBytes << 1);
    const sin = cos + halfBytes;
    for (let h = 0; h < H; h++) {
      let i = 0;
      for (; i + 16 <= halfBytes; i += 16) {
        const c = v128.load(cos + i);
        const s = f32x4.mul(v128.load(sin + i), sign4);
        const a = v128.load(x + i);
        const b = v128.load(x + halfBytes + i);
        v128.store(y + i, f32x4.sub(f32x4.mul(a, c), f32x4.mul(b, s)));
        v128.store(y + halfBytes + i, f32x4.add(f32x4.mul(b, c), f32x4.mul(a, s)));
      }
      for (; i < halfBytes; i += 4) {
        const c = load<f32>(cos + i);
        const s = load<f32>(sin + i) * sign;
        const a = load<f32>(x + i);
        const b = load<f32>(x + halfBytes + i);
        store<f32>(y + i, a * c - b * s);
        store<f32>(y + halfBytes + i, b * c + a * s);
      }
      x += halfBytes << 1;
      y += halfBytes << 1;
    }
  }
}
