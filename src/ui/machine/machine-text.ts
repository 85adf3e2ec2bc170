/** A measured machine in words. Pure text; knows no component. */
import type { Machine, MachineRow, Measure } from '../../protocol/machine.ts';
import { UNITS } from '../../protocol/machine.ts';

const NAMES: Readonly<Record<Measure, string>> = {
  copy: 'Copy of memory',
  product: 'Plain matrix product',
  training: 'Training, every weight',
  reading: 'Reading',
  together: 'Answers, many at once',
  single: 'Answers, one by one',
};

/** What each number means, in a sentence. */
export const MEANINGS: Readonly<Record<Measure, string>> = {
  copy: 'A ceiling: what memory gives, read and written.',
  product: 'A ceiling: the most arithmetic that this engine gets out of the device.',
  training: 'Whole steps: forwards, backwards, and the optimiser.',
  reading: 'How surprised the model is by given texts, as when a run is measured.',
  together: 'Prompts of 96 tokens with 24 tokens of answer each, in one batch. The bar counts the prompts too.',
  single: 'The same, one prompt at a time.',
};

/** "218 k" or "10.0 M". */
function weights(count: number): string {
  return count < 1e6 ? `${Math.round(count / 1e3)} k` : `${(count / 1e6).toFixed(1)} M`;
}

/** "Training, every weight; 218 k weights". */
export function rowName({ measure, backend, threads, parameters }: MachineRow, on: Machine['backend']): string {
  const where = on === 'webgpu' && backend === 'wasm' ? ', on the CPU' : '';
  const shared = threads > 1 ? `, ${threads} threads` : '';
  return `${NAMES[measure]}${where}${shared}${parameters === null ? '' : `, ${weights(parameters)} weights`}`;
}

/** "20,059 tok/s". */
export function valueText({ measure, value }: MachineRow): string {
  return `${value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)} ${UNITS[measure]}`;
}

/** Where and by what it was measured: "CPU (WebAssembly SIMD); 2 cores, threads may share memory; Chrome 156 on Linux". */
export function machineText({ backend, device, software, cores, isolated, browser }: Omit<Machine, 'rows'>): string {
  const kind = backend === 'wasm' ? 'CPU' : software ? 'Software adapter, no graphics card' : 'Graphics card';
  const memory = isolated ? 'threads may share memory' : 'threads may not share memory';
  return `${kind} (${device}); ${cores} ${cores === 1 ? 'core' : 'cores'}, ${memory}; ${browser}`;
}

/** "28 November 2026, 14:05". */
export function whenText(at: string): string {
  return new Date(at).toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'short' });
}

/** Whether the engine says what the CPU says. */
export function equalText({ equal, backend }: Pick<Machine, 'equal' | 'backend'>): string {
  if (equal === null)
    return backend === 'wasm'
      ? 'Its tokens are the CPU’s own: this is the engine that the others are held against.'
      : 'Its tokens were not compared with the CPU’s.';
  const share = `${((100 * equal.equal) / equal.of).toFixed(equal.equal === equal.of ? 0 : 1)}%`;
  return `${share} of ${equal.of} greedy tokens are those of the CPU${equal.equal === equal.of ? '' : ', up to the first of an answer that is another'}.`;
}
