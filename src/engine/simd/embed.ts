// Rows of a table by id, as they are or unpacked, and the gradient of the table: rows added in their order of occurrence.
import { load4 } from './lib/numbers';

/** y [M,D] = rows `ids` of table [V,D]; an id outside 0..V-1 gives zeros. */
export function embed(ids: usize, table: usize, y: usize, M: i32, V: i32, D: i32): void {
  const bytes = D << 2;
  for (let m = 0; m < M; m++) {
    const id = load<i32>(ids + (m << 2));
    if (<u32>id < <u32>V) memory.copy(y, table + id * bytes, bytes);
    else memory.fill(y, 0, bytes);
    y += bytes;
  }
}

/** The same of a packed table; D is a multiple of 4. T as in numbers.ts. */
// @ts-ignore: decorator
@inline
function unpacked<T>(ids: usize, table: usize, y: usize, M: i32, V: i32, D: i32): void {
  const bytes = D << 2;
  for (let m = 0; m < M; m++) {
    const id = load<i32>(ids + (m << 2));
    if (<u32>id < <u32>V) {
      const row = table + <usize>id * D * 2;
      for (let i = 0; i < D; i += 4) v128.store(y + (i << 2), load4<T>(row + (i << 1)));
    } else memory.fill(y, 0, bytes);
    y += bytes;
  }
}

export function embedBFloat16(ids: usize, table: usize, y: usize, M: i32, V: i32, D: i32): void {
  unpacked<i16>(ids, table, y, M, V, D);
}

export function embedFloat16(ids: usize, table: usize, y: usize, M: i32, V: i32, D: i32): void {
  unpacked<u16>(ids, table, y, M, V, D);
}

/** dTable [V,D] = sum over the rows of dy [M,D] that have its id */
export function embedGrad(ids: usize, dy: usize, dTable: usize, M: i32, V: i32, D: i32): void {
  const bytes = D << 2;
  memory.fill(dTable, 0, V * bytes);
  for (let m = 0; m < M; m++) {
    const id = load<i32>(ids + (m << 2));
    if (<u32>id < <u32>V) {
      const row = dTable + id * bytes;
      let i = 0;
      for (; i + 16 <= bytes; i += 16) v128.store(row + i, f32x4.add(v128.load(row + i), v128.load(dy + i)));
      for (; i < bytes; i += 4) store<f32>(row + i, load<f32>(row + i) + load<f32>(dy + i));
    }
    dy += bytes;
  }
}
