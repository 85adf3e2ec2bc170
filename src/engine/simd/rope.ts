// Rotary position embedding in place: dimension i of a head turns together with i + half. The table holds for each position `half`
// cosines, then `half` sines; it is made in JavaScript.
import { turn } from './lib/turn';

/** Row m of x, `width` numbers long, has position start[m / T] + m % T; `start` int32 may be 0, which is a start of 0. */
export function rope(x: usize, start: usize, table: usize, M: i32, T: i32, heads: i32, half: i32, width: i32, sign: f32): void {
  for (let m = 0; m < M; m++) {
    const position = (start == 0 ? 0 : load<i32>(start + ((m / T) << 2))) + (m % T);
    turn(x, table + ((position * half) << 3), heads, half, sign);
    x += width << 2;
  }
}
