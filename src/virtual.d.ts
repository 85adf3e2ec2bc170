declare module 'virtual:simd' {
  /** The compiled CPU kernels (scripts/simd-plugin.ts). */
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
