// How the numbers of a matrix are stored, as a type parameter: `f32` is float32, `i16` stands for bfloat16 and `u16` for float16. Halves
// become float32 exactly, subnormal ones too; infinities and NaN of float16 do not, and no model with one is loaded.

/** Four numbers whose halves lie in the upper 16 bits of their lanes; what lies in the lower ones does not count. */
// @ts-ignore: decorator
@inline
export function upper<T>(pairs: v128): v128 {
  if (isSigned<T>()) return v128.and(pairs, i32x4.splat(0xffff0000));
  return widened(pairs);
}

/** Four numbers whose halves lie in the lower 16 bits. */
// @ts-ignore: decorator
@inline
export function lower<T>(pairs: v128): v128 {
  const moved = i32x4.shl(pairs, 16);
  if (isSigned<T>()) return moved;
  return widened(moved);
}

/** float16 in the upper bits. The sign stays, the exponent moves to its place 112 too low, and a subnormal half is a subnormal float until it is multiplied. */
// @ts-ignore: decorator
@inline
function widened(pairs: v128): v128 {
  return f32x4.mul(v128.and(i32x4.shr_s(pairs, 3), i32x4.splat(0x8fffe000)), f32x4.splat(5.192296858534828e33)); // 2^112
}

/** Four numbers. */
// @ts-ignore: decorator
@inline
export function load4<T>(at: usize): v128 {
  if (isFloat<T>()) return v128.load(at);
  return lower<T>(v128.load16x4_u(at));
}

/** One number. */
// @ts-ignore: decorator
@inline
export function load1<T>(at: usize): f32 {
  if (isFloat<T>()) return load<f32>(at);
  return f32x4.extract_lane(lower<T>(i32x4.splat(<i32>load<u16>(at))), 0);
}
