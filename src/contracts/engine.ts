/** The engine as everybody else sees it: where it computes, and what it holds. Plain data. */

/** Where the tensors live. */
export type BackendName = 'webgpu' | 'wasm';

/** The metrics of the engine that are always shown; the names are paths. */
export type Gauges = { readonly 'engine/tensors': number; readonly 'engine/bytes': number; readonly 'engine/dispatches': number };

/** `device` is the graphics card's name, or how the CPU computes; `threads` work together on each operation there, 1 on a card. */
export type EngineInfo = { readonly backend: BackendName; readonly device: string; readonly software: boolean; readonly threads: number };
