/**
 * The buffers of the WebGPU backend, in place of tfjs' BufferManager, which keeps one list for each exact size and never shrinks: texts of
 * another length then take new buffers every time, and a run grows from round to round. Here sizes fall into classes, so that a buffer
 * serves many lengths, and what is unused is given back, the longest unused first, so that the pool never holds much more than was in use
 * at one time of late. Knows no tensor and no kernel.
 */

/** Classes of an octave of sizes: a buffer is at most an eighth larger than what it holds. */
const CLASSES = 8;
/** Data of this many bytes that comes from the host is a weight: it stays, so its buffer is no larger than it is. */
const WEIGHT = 2 ** 20;
/** What the pool may hold beyond the most that was in use: a little, else buffers are made anew in every step. */
const SLACK = 1.06;
/** Submits after which the most that was in use before is forgotten. */
const WINDOW = 256;

/** The size of the class of `bytes`. */
function sizeClass(bytes: number): number {
  if (bytes <= 256) return Math.max(16, Math.ceil(bytes / 16) * 16);
  const step = 2 ** Math.floor(Math.log2(bytes - 1)) / CLASSES;
  return Math.ceil(bytes / step) * step;
}

export class BufferPool {
  readonly #device: GPUDevice;
  readonly #used = new Set<GPUBuffer>();
  /** Unused buffers, the longest unused first, and by size and usage. */
  readonly #free = new Set<GPUBuffer>();
  readonly #shelves = new Map<string, GPUBuffer[]>();
  #submits = 0;
  /** The most bytes in use in this window and in the one before. */
  #most = { now: 0, before: 0 };
  #peak = 0;
  numBytesUsed = 0;
  numBytesAllocated = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  acquireBuffer(size: number, usage: GPUBufferUsageFlags, mappedAtCreation = false, reuse = true): GPUBuffer {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#device.limits;
    const rounded = sizeClass(size);
    const exact = !reuse || (mappedAtCreation && size >= WEIGHT) || rounded > Math.min(maxBufferSize, maxStorageBufferBindingSize);
    const bytes = exact ? size : rounded;
    const buffer = (reuse ? this.#take(bytes, usage) : undefined) ?? this.#make(bytes, usage, mappedAtCreation);
    this.#used.add(buffer);
    this.numBytesUsed += buffer.size;
    this.#most.now = Math.max(this.#most.now, this.numBytesUsed);
    return buffer;
  }

  releaseBuffer(buffer: GPUBuffer, reuse = true): void {
    if (!this.#used.delete(buffer)) return; // the backend is closed
    this.numBytesUsed -= buffer.size;
    if (!reuse) return this.#destroy(buffer);
    this.#free.add(buffer);
    const key = keyOf(buffer);
    const shelf = this.#shelves.get(key);
    if (shelf === undefined) this.#shelves.set(key, [buffer]);
    else shelf.push(buffer);
  }

  /** Told after each submit. */
  submitted(): void {
    if (++this.#submits % WINDOW !== 0) return;
    this.#most = { now: this.numBytesUsed, before: this.#most.now };
    this.#shrink(this.#allowed);
  }

  /** Gives every unused buffer back. */
  empty(): void {
    this.#most = { now: this.numBytesUsed, before: 0 };
    this.#shrink(0);
  }

  /** The most bytes held at one time since the last call. */
  takePeak(): number {
    const peak = Math.max(this.#peak, this.numBytesAllocated);
    this.#peak = this.numBytesAllocated;
    return peak;
  }

  getNumUsedBuffers(): number {
    return this.#used.size;
  }

  getNumFreeBuffers(): number {
    return this.#free.size;
  }

  dispose(): void {
    for (const buffer of [...this.#used, ...this.#free]) buffer.destroy();
    this.#used.clear();
    this.#free.clear();
    this.#shelves.clear();
    [this.numBytesUsed, this.numBytesAllocated] = [0, 0];
  }

  get #allowed(): number {
    return SLACK * Math.max(this.#most.now, this.#most.before);
  }

  #take(size: number, usage: GPUBufferUsageFlags): GPUBuffer | undefined {
    const buffer = this.#shelves.get(keyOf({ size, usage }))?.pop();
    if (buffer !== undefined) this.#free.delete(buffer);
    return buffer;
  }

  #make(size: number, usage: GPUBufferUsageFlags, mappedAtCreation: boolean): GPUBuffer {
    this.#shrink(this.#allowed - size);
    const buffer = this.#device.createBuffer({ size, usage, mappedAtCreation });
    this.numBytesAllocated += size;
    this.#peak = Math.max(this.#peak, this.numBytesAllocated);
    return buffer;
  }

  /** Gives back unused buffers until no more than `bytes` are held, or none is unused. */
  #shrink(bytes: number): void {
    for (const buffer of this.#free) {
      if (this.numBytesAllocated <= bytes) return;
      this.#free.delete(buffer);
      const shelf = this.#shelves.get(keyOf(buffer)) ?? [];
      shelf.splice(shelf.indexOf(buffer), 1);
      this.#destroy(buffer);
    }
  }

  #destroy(buffer: GPUBuffer): void {
    this.numBytesAllocated -= buffer.size;
    buffer.destroy();
  }
}

const keyOf = ({ size, usage }: { readonly size: number; readonly usage: GPUBufferUsageFlags }): string => `${size} ${usage}`;
