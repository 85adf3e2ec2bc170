/**
 * WGSL text for matrices whose rows hold heads of E numbers: how a kernel reads and writes a head as vectors of four. Where E is no
 * multiple of 4, the last vector of a head is padded with zeros. Pure text; knows no operation.
 */
import type { Element } from '../webgpu-kernel.ts';

/** Vectors of four in a head. */
export const quadsOf = (width: number): number => Math.ceil(width / 4);

/** How a matrix of heads is bound: four numbers at a time where no vector crosses the end of a head. */
export const elementOf = (width: number): Element => (width % 4 === 0 ? 'vec4<f32>' : 'f32');

/** `<buffer>Quad(base, quad)`: four numbers of the head whose first number is `base`, a multiple of E. */
export function quadReader(buffer: string, width: number): string {
  const element = (i: number): string => `select(0.0, ${buffer}[at + ${i}u], quad * 4u + ${i}u < ${width}u)`;
  const body =
    width % 4 === 0
      ? `return ${buffer}[base / 4u + quad];`
      : `let at = base + quad * 4u;
  return vec4<f32>(${[0, 1, 2, 3].map(element).join(', ')});`;
  return `
fn ${buffer}Quad(base: u32, quad: u32) -> vec4<f32> {
  ${body}
}`;
}

/** `<buffer>Store(base, quad, value)`: the same for writing. */
export function quadWriter(buffer: string, width: number): string {
  const body =
    width % 4 === 0
      ? `${buffer}[base / 4u + quad] = value;`
      : `for (var i = 0u; i < 4u; i++) {
    if (quad * 4u + i < ${width}u) { ${buffer}[base + quad * 4u + i] = value[i]; }
  }`;
  return `
fn ${buffer}Store(base: u32, quad: u32, value: vec4<f32>) {
  ${body}
}`;
}
