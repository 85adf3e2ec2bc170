// Kernel calls that were recorded (src/engine/replay.ts), made again one after the other without going back to JavaScript between them.
import { cachedAttention, ropeAppend } from './cache';
import { embed } from './embed';
import { rmsNorm } from './normalise';
import { multiply } from './product';
import { sample } from './sample';
import { scale } from './scale';
import { swiglu } from './swiglu';

/** Numbers of a call: which kernel, then its operands; the JavaScript side writes as many. */
const NUMBERS: i32 = 17;

// @ts-ignore: decorator
@inline
function f(call: usize, i: i32): f64 {
  return load<f64>(call + (i << 3));
}

// @ts-ignore: decorator
@inline
function at(call: usize, i: i32): usize {
  return <usize>f(call, i);
}

// @ts-ignore: decorator
@inline
function n(call: usize, i: i32): i32 {
  return <i32>f(call, i);
}

/** Makes `count` calls; each kernel has the number of its place in the list of the JavaScript side. */
export function replay(call: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    const c = call + ((i * NUMBERS) << 3);
    switch (n(c, 0)) {
      case 0:
        embed(at(c, 1), at(c, 2), at(c, 3), n(c, 4), n(c, 5), n(c, 6));
        break;
      case 1:
        rmsNorm(at(c, 1), at(c, 2), at(c, 3), n(c, 4), n(c, 5), <f32>f(c, 6));
        break;
      case 2:
        multiply(
          at(c, 1), n(c, 2), n(c, 3), at(c, 4), n(c, 5), n(c, 6), at(c, 7), n(c, 8),
          n(c, 9), n(c, 10), n(c, 11), n(c, 12) != 0, at(c, 13), at(c, 14), n(c, 15), at(c, 16),
        );
        break;
      case 3:
        scale(at(c, 1), n(c, 2), <f32>f(c, 3));
        break;
      case 4:
        ropeAppend(
          at(c, 1), at(c, 2), at(c, 3), at(c, 4), at(c, 5), n(c, 6), n(c, 7), n(c, 8), n(c, 9), n(c, 10), n(c, 11), n(c, 12),
        );
        break;
      case 5:
        cachedAttention(
          at(c, 1), at(c, 2), at(c, 3), at(c, 4), at(c, 5), n(c, 6), n(c, 7), n(c, 8), n(c, 9), n(c, 10), n(c, 11), n(c, 12), n(c, 13),
          n(c, 14), n(c, 15), at(c, 16),
        );
        break;
      case 6:
        swiglu(at(c, 1), at(c, 2), n(c, 3), n(c, 4));
        break;
      case 7:
        sample(at(c, 1), at(c, 2), at(c, 3), at(c, 4), n(c, 5), n(c, 6), n(c, 7), <f32>f(c, 8), n(c, 9), f(c, 10), at(c, 11));
        break;
      default:
        unreachable();
    }
  }
}
