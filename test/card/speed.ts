/** The speeds that are worth their time on a card, measured by the benchmark's own code. Knows no device. */
import type { Bench } from '../../bench/bench.ts';
import { measureDecoder } from '../../bench/measure-decoder.ts';
import { measureOperations } from '../../bench/measure-operations.ts';
import { subject } from '../../bench/ours.ts';
import type { Measured } from '../../bench/row.ts';
import { wallClock } from '../../src/lab/measure/clock.ts';
import type { LlamaShape } from '../../src/lab/measure/parts.ts';
import { SHAPES, type DeviceKind } from '../../src/lab/measure/shapes.ts';

/** A measurement by the words that its row has: of operations, or of a decoder. */
type Wanted = { readonly name: string; readonly of: string; readonly words: RegExp; readonly software: boolean };

/** In the order in which they say most; a software adapter does those that it can do in seconds. */
const WANTED: readonly Wanted[] = [
  { name: 'matrix products', of: 'operations', words: /^matrix product/, software: true },
  { name: 'decoding, bundled model', of: 'a', words: /^generating/, software: true },
  { name: 'LoRA step, 135 M', of: '135 M', words: /^LoRA step[^:]*$/, software: true },
  { name: 'decoding, 135 M', of: '135 M', words: /^generating/, software: true },
  { name: 'training step, bundled model', of: 'a', words: /^(training|LoRA) step[^:]*$/, software: false },
  { name: 'other operations', of: 'operations', words: /^(?!matrix product|copy)/, software: false },
  { name: 'reading, 135 M', of: '135 M', words: /^scoring/, software: false },
  { name: 'dispatches', of: 'a', words: /dispatches/, software: false },
];

function shapeOf(key: string): LlamaShape {
  const shape = SHAPES.find((one) => one.key === key);
  if (shape === undefined) throw new RangeError(`no decoder ${key}`);
  return shape;
}

/** Measures while `left` is above zero, and names what it leaves out. */
export async function speeds(
  kind: DeviceKind,
  {
    left,
    missing,
    emit,
  }: { readonly left: () => number; readonly missing: (name: string) => void; readonly emit: (row: Measured) => void },
): Promise<void> {
  await subject.open('webgpu', 1);
  const usual = { clock: wallClock, seconds: kind === 'card' ? 0.7 : 0.3, kind, quick: true, backend: 'webgpu', threads: 1, emit } as const;
  for (const { name, of, words } of WANTED.filter((one) => kind === 'card' || one.software)) {
    let dropped = false;
    const wants = (row: string): boolean => {
      if (!words.test(row)) return false;
      dropped ||= left() <= 0;
      return !dropped;
    };
    const bench: Bench = { ...usual, wants };
    await (of === 'operations' ? measureOperations(subject, bench) : measureDecoder(subject, shapeOf(of), bench));
    if (dropped) missing(name);
  }
}
