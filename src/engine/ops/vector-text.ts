/**
 * WGSL text for kernels that read floats four at a time where rows are a multiple of 4 long, and one at a time elsewhere. Such a kernel
 * is written once, on the type `N`. Pure text; knows no operation.
 */

/** What a thread reads at once. */
export type Vector = 'f32' | 'vec4<f32>';

/** The wider vector of which rows of `width` numbers hold a whole number. */
export const vectorFor = (width: number): Vector => (width % 4 === 0 ? 'vec4<f32>' : 'f32');

/** Numbers in a vector. */
export const lengthOf = (vector: Vector): 1 | 4 => (vector === 'f32' ? 1 : 4);

/** A kernel for each vector. */
export function forVectors<K>(make: (vector: Vector) => K): Readonly<Record<Vector, K>> {
  return { f32: make('f32'), 'vec4<f32>': make('vec4<f32>') };
}

/**
 * Declares `N`, the sum, the largest and the smallest of its numbers, `placesOf(i)`, the places of the numbers of vector `i` of a row, and
 * whether one of them is infinite or NaN, told by the bits because compilers may assume that none is.
 */
export const VECTORS: Readonly<Record<Vector, string>> = {
  f32: `
alias N = f32;
fn sumOf(x: N) -> f32 { return x; }
fn largestOf(x: N) -> f32 { return x; }
fn smallestOf(x: N) -> f32 { return x; }
fn placesOf(i: u32) -> N { return f32(i); }
fn notFinite(x: N) -> bool { return (bitcast<u32>(x) & 0x7f800000u) == 0x7f800000u; }`,
  'vec4<f32>': `
alias N = vec4<f32>;
fn sumOf(x: N) -> f32 { return x.x + x.y + x.z + x.w; }
fn largestOf(x: N) -> f32 { return max(max(x.x, x.y), max(x.z, x.w)); }
fn smallestOf(x: N) -> f32 { return min(min(x.x, x.y), min(x.z, x.w)); }
fn placesOf(i: u32) -> N { return vec4<f32>(f32(4u * i)) + vec4<f32>(0.0, 1.0, 2.0, 3.0); }
fn notFinite(x: N) -> bool { return any((bitcast<vec4<u32>>(x) & vec4<u32>(0x7f800000u)) == vec4<u32>(0x7f800000u)); }`,
};
