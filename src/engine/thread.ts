/**
 * What a thread beside the engine's own does: it takes calls of kernels from a list in the shared memory until the list is empty, and sleeps
 * until there is another. Its text is a thread's whole program, so it imports nothing but types. The list is written by threads.ts.
 */
import type { ThreadStart } from './threads.ts';

/** Never returns; `ready` is called when calls can be made. */
export function serve({ module, memory, index, kernels: names, list }: ThreadStart, ready: () => void): never {
  const { TICKET, LEFT, NOT_DONE, FAILED, SCRATCH_AT, STRIDE, SCRATCH } = list;
  const abort = (): never => {
    throw new Error('a kernel aborted');
  };
  const { exports } = new WebAssembly.Instance(module, { env: { memory, abort } });
  const kernels = names.map((name) => exports[name] as (...operands: number[]) => number);
  const words = new Int32Array(memory.buffer, list.words, list.wordCount);
  const calls = new Float64Array(memory.buffer, list.calls, list.callCount * STRIDE);

  const call = (at: number): void => {
    const operands: number[] = [];
    for (let i = at + 2; i < at + 2 + (calls[at + 1] as number); i++) {
      const operand = calls[i] as number;
      operands.push(operand >= SCRATCH ? (words[SCRATCH_AT + index] as number) + (operand - SCRATCH) : operand);
    }
    (kernels[calls[at] as number] as (...operands: number[]) => number)(...operands);
  };

  ready();
  for (;;) {
    const ticket = Atomics.load(words, TICKET);
    for (;;) {
      const next = Atomics.sub(words, LEFT, 1) - 1;
      if (next < 0) break;
      try {
        call(next * STRIDE);
      } catch {
        Atomics.store(words, FAILED, 1);
      }
      if (Atomics.sub(words, NOT_DONE, 1) === 1) Atomics.notify(words, NOT_DONE);
    }
    Atomics.wait(words, TICKET, ticket);
  }
}
