// The tiles of matrix products. B is packed into panels of eight columns, whether it is stored plain or transposed; A is read through
// strides. One tile of 4 x 8 elements of C is kept in registers. Every element is summed strictly in the order of k, so its bits
// depend neither on the number of rows nor on the blocking. Strides are in bytes. T says how the numbers of B are stored (numbers.ts);
// panels are float32.
import { load1, load4, lower, upper } from './numbers';

/** Packs B[k0 .. k0+depth, n0 .. n0+8] into `panel` [depth][8]; columns beyond `columns` are zero. `kStride`, `nStride` are those of B. */
function packPanel<T>(b: usize, kStride: i32, nStride: i32, depth: i32, columns: i32, panel: usize): void {
  if (columns == 8 && nStride == sizeof<T>()) {
    for (let k = 0; k < depth; k++) {
      v128.store(panel, load4<T>(b));
      v128.store(panel, load4<T>(b + 4 * sizeof<T>()), 16);
      panel += 32;
      b += kStride;
    }
    return;
  }
  if (columns == 8 && kStride == sizeof<T>()) {
    packTransposed<T>(b, nStride, depth, panel);
    packTransposed<T>(b + 4 * nStride, nStride, depth, panel + 16);
    return;
  }
  for (let k = 0; k < depth; k++) {
    for (let n = 0; n < 8; n++) {
      store<f32>(panel + (n << 2), n < columns ? load1<T>(b + n * nStride) : 0);
    }
    panel += 32;
    b += kStride;
  }
}

/** Four columns of a transposed B, each contiguous in k, into one half of a panel. */
function packTransposed<T>(b: usize, stride: i32, depth: i32, panel: usize): void {
  let b1 = b + stride;
  let b2 = b1 + stride;
  let b3 = b2 + stride;
  const steps: i32 = 16 / sizeof<T>();
  let k = 0;
  for (; k + steps <= depth; k += steps) {
    const r0 = v128.load(b);
    const r1 = v128.load(b1);
    const r2 = v128.load(b2);
    const r3 = v128.load(b3);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    // of halves each is two steps
    const t0 = v128.shuffle<f32>(low01, low23, 0, 1, 4, 5);
    const t1 = v128.shuffle<f32>(low01, low23, 2, 3, 6, 7);
    const t2 = v128.shuffle<f32>(high01, high23, 0, 1, 4, 5);
    const t3 = v128.shuffle<f32>(high01, high23, 2, 3, 6, 7);
    if (isFloat<T>()) {
      v128.store(panel, t0);
      v128.store(panel, t1, 32);
      v128.store(panel, t2, 64);
      v128.store(panel, t3, 96);
    } else {
      v128.store(panel, lower<T>(t0));
      v128.store(panel, upper<T>(t0), 32);
      v128.store(panel, lower<T>(t1), 64);
      v128.store(panel, upper<T>(t1), 96);
      v128.store(panel, lower<T>(t2), 128);
      v128.store(panel, upper<T>(t2), 160);
      v128.store(panel, lower<T>(t3), 192);
      v128.store(panel, upper<T>(t3), 224);
    }
    panel += steps << 5;
    b += 16;
    b1 += 16;
    b2 += 16;
    b3 += 16;
  }
  for (; k < depth; k++) {
    store<f32>(panel, load1<T>(b));
    store<f32>(panel, load1<T>(b1), 4);
    store<f32>(panel, load1<T>(b2), 8);
    store<f32>(panel, load1<T>(b3), 12);
    panel += 32;
    b += sizeof<T>();
    b1 += sizeof<T>();
    b2 += sizeof<T>();
    b3 += sizeof<T>();
  }
}

/** C[0..4, 0..8] (+)= A[0..4, 0..depth] * panel. Starts from zero if `fresh`, else from C. */
function tile4(a: usize, rowStride: i32, kStride: i32, panel: usize, depth: i32, c: usize, cStride: i32, fresh: bool): void {
  let a1 = a + rowStride;
  let a2 = a1 + rowStride;
  let a3 = a2 + rowStride;
  const c1 = c + cStride;
  const c2 = c1 + cStride;
  const c3 = c2 + cStride;
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  if (!fresh) {
    s00 = v128.load(c);
    s01 = v128.load(c, 16);
    s10 = v128.load(c1);
    s11 = v128.load(c1, 16);
    s20 = v128.load(c2);
    s21 = v128.load(c2, 16);
    s30 = v128.load(c3);
    s31 = v128.load(c3, 16);
  }
  const end = panel + (depth << 5);
  while (panel < end) {
    const b0 = v128.load(panel);
    const b1 = v128.load(panel, 16);
    const x0 = v128.load32_splat(a);
    s00 = f32x4.add(s00, f32x4.mul(x0, b0));
    s01 = f32x4.add(s01, f32x4.mul(x0, b1));
    const x1 = v128.load32_splat(a1);
    s10 = f32x4.add(s10, f32x4.mul(x1, b0));
    s11 = f32x4.add(s11, f32x4.mul(x1, b1));
    const x2 = v128.load32_splat(a2);
    s20 = f32x4.add(s20, f32x4.mul(x2, b0));
    s21 = f32x4.add(s21, f32x4.mul(x2, b1));
    const x3 = v128.load32_splat(a3);
    s30 = f32x4.add(s30, f32x4.mul(x3, b0));
    s31 = f32x4.add(s31, f32x4.mul(x3, b1));
    a += kStride;
    a1 += kStride;
    a2 += kStride;
    a3 += kStride;
    panel += 32;
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
}

/** One row of `tile4`; the same sums in the same order. */
function tile1(a: usize, kStride: i32, panel: usize, depth: i32, c: usize, fresh: bool): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  if (!fresh) {
    s0 = v128.load(c);
    s1 = v128.load(c, 16);
  }
  const end = panel + (depth << 5);
  while (panel < end) {
    const x = v128.load32_splat(a);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(panel)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(panel, 16)));
    a += kStride;
    panel += 32;
  }
  v128.store(c, s0);
  v128.store(c, s1, 16);
}

/** A tile at the right edge of C: computed in `edge` [4][8], of which `columns` are copied. */
function edgeTile(
  a: usize, rowStride: i32, kStride: i32, panel: usize, depth: i32, c: usize, cStride: i32, rows: i32, columns: i32, fresh: bool, edge: usize,
): void {
  if (!fresh) {
    for (let m = 0; m < rows; m++) {
      for (let n = 0; n < columns; n++) store<f32>(edge + (((m << 3) + n) << 2), load<f32>(c + m * cStride + (n << 2)));
    }
  }
  if (rows == 4) tile4(a, rowStride, kStride, panel, depth, edge, 32, fresh);
  else for (let m = 0; m < rows; m++) tile1(a + m * rowStride, kStride, panel, depth, edge + (m << 5), fresh);
  for (let m = 0; m < rows; m++) {
    for (let n = 0; n < columns; n++) store<f32>(c + m * cStride + (n << 2), load<f32>(edge + (((m << 3) + n) << 2)));
  }
}

/** Packs `columns` columns of B, `depth` deep, into consecutive panels `panelStride` apart; the last is filled with zero columns. */
export function packPanelsOf<T>(b: usize, kStride: i32, nStride: i32, depth: i32, columns: i32, panels: usize, panelStride: i32): void {
  for (let n = 0; n < columns; n += 8) {
    packPanel<T>(b + n * nStride, kStride, nStride, depth, min(8, columns - n), panels);
    panels += panelStride;
  }
}

/** The same of floats. */
export function packPanels(b: usize, kStride: i32, nStride: i32, depth: i32, columns: i32, panels: usize, panelStride: i32): void {
  packPanelsOf<f32>(b, kStride, nStride, depth, columns, panels, panelStride);
}

/**
 * C[0..rows, 0..columns] (+)= A[0..rows, 0..depth] * panels, for at most four rows.
 * `edge` is 128 bytes of scratch for a last panel that is not full.
 */
export function strip(
  a: usize, rowStride: i32, kStride: i32, panels: usize, panelStride: i32, depth: i32,
  c: usize, cStride: i32, rows: i32, columns: i32, fresh: bool, edge: usize,
): void {
  for (let n = 0; n < columns; n += 8) {
    if (columns - n < 8) edgeTile(a, rowStride, kStride, panels, depth, c, cStride, rows, columns - n, fresh, edge);
    else if (rows == 4) tile4(a, rowStride, kStride, panels, depth, c, cStride, fresh);
    else for (let m = 0; m < rows; m++) tile1(a + m * rowStride, kStride, panels, depth, c + m * cStride, fresh);
    panels += panelStride;
    c += 32;
  }
}
