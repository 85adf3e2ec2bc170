declare module 'virtual:simd' {
  /** The compiled CPU kernels (scripts/simd-plugin.ts). */
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module 'virtual:tfjs-binary' {
  /** Reads tfjs' own WebAssembly, for one thread and with SIMD. */
  const read: () => Promise<Uint8Array<ArrayBuffer>>;
  export default read;
}

declare module 'virtual:thread' {
  /** The program of a thread of the CPU backend (src/engine/thread.ts) as JavaScript. */
  const program: string;
  export default program;
}
