/** The parts of the peers that the benchmark calls, so that it can be checked where they are not installed. */

declare module '@jax-js/jax' {
  type Index = number | readonly [] | readonly [number] | readonly [number, number] | null | JaxArray;
  type Like = JaxArray | number;
  /** Passing an array hands it over; `ref` keeps it for another use. */
  export class JaxArray {
    readonly ref: this;
    readonly shape: number[];
    add(other: Like): JaxArray;
    sub(other: Like): JaxArray;
    mul(other: Like): JaxArray;
    div(other: Like): JaxArray;
    sum(axis?: number | null, options?: { keepdims?: boolean }): JaxArray;
    mean(axis?: number | null, options?: { keepdims?: boolean }): JaxArray;
    reshape(shape: readonly number[]): JaxArray;
    transpose(permutation?: readonly number[]): JaxArray;
    slice(...index: readonly Index[]): JaxArray;
    data(): Promise<Float32Array>;
    dispose(): void;
  }
  type Tree = { readonly [name: string]: JaxArray };
  type Argument = JaxArray | Tree | number;
  export const numpy: {
    array(values: Float32Array | Int32Array | number, options?: { shape?: readonly number[]; dtype?: string }): JaxArray;
    zeros(shape: readonly number[]): JaxArray;
    matmul(a: Like, b: Like): JaxArray;
    einsum(subscripts: string, ...operands: readonly JaxArray[]): JaxArray;
    sqrt(x: Like): JaxArray;
    square(x: Like): JaxArray;
    concatenate(parts: readonly JaxArray[], axis?: number): JaxArray;
    takeAlongAxis(x: JaxArray, indices: JaxArray, axis?: number): JaxArray;
  };
  export const nn: {
    silu(x: Like): JaxArray;
    logSoftmax(x: Like, axis?: number): JaxArray;
    oneHot(x: JaxArray, classes: number): JaxArray;
    dotProductAttention(q: JaxArray, k: JaxArray, v: JaxArray, options?: { isCausal?: boolean }): JaxArray;
  };
  export const tree: { ref<T extends Argument>(x: T): T; dispose(x: Argument): void };
  export function init(...devices: readonly string[]): Promise<readonly string[]>;
  export function defaultDevice(device: string): string;
  export function blockUntilReady(x: Argument): Promise<unknown>;
  export function jit<A extends readonly Argument[], R>(f: (...args: A) => R): ((...args: A) => R) & { dispose(): void };
  export function valueAndGrad<P extends Tree, A extends readonly Argument[]>(
    f: (parameters: P, ...rest: A) => JaxArray,
  ): (parameters: P, ...rest: A) => [value: JaxArray, gradients: P];
}

declare module '@genai-fi/nanogpt' {
  type NanoTensor = { data(): Promise<Float32Array>; dispose(): void };
  type NanoBatch = { readonly xs: NanoTensor; readonly ys: NanoTensor };
  type NanoJob = {
    readonly id: string;
    readonly state: string;
    readonly trainDataset: { iterator(): Promise<{ next(): Promise<{ value: NanoBatch }> }> };
    readonly trainer: { trainStep(state: object, batch: NanoBatch): NanoTensor };
  };
  type NanoModel = { getNumParams(): number };
  export const models: { NanoGPTV1: new (config: object) => NanoModel };
  export class TeachableLLM {
    constructor(tokeniser: object, model: NanoModel);
    static selectBackend(backend: 'cpu' | 'webgl' | 'webgpu'): Promise<void>;
    readonly training: {
      job(options: object, shards: readonly Uint16Array[], datasets: readonly object[]): Promise<NanoJob>;
      on(event: 'completed' | 'error', listener: (id: string, error?: unknown) => void): void;
    };
    dispose(): void;
  }
}

declare module '@huggingface/transformers' {
  export class Tensor {
    constructor(type: string, data: BigInt64Array, dims: readonly number[]);
    readonly dims: readonly number[];
  }
  type Model = { generate(options: object): Promise<Tensor>; dispose(): Promise<unknown> };
  export const AutoModelForCausalLM: { from_pretrained(name: string, options: object): Promise<Model> };
  export const env: {
    allowRemoteModels: boolean;
    allowLocalModels: boolean;
    useBrowserCache: boolean;
    localModelPath: string;
    readonly backends: { readonly onnx: { readonly wasm: { wasmPaths: string; numThreads: number } } };
  };
}
