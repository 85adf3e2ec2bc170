/** A measured machine in words. Pure text; knows no component. */
import { say, sayName, toSay } from '../language/language.ts';
import { decimal, grouped, moment, significant } from '../../locale.ts';
import { percent, percent1 } from '../../shares.ts';
import { coresName } from '../cores-text.ts';
import type { Machine, MachineRow, Measure, PartText } from '../../protocol/machine.ts';
import { UNITS } from '../../protocol/machine.ts';

const NAMES: Readonly<Record<Measure, string>> = {
  copy: toSay('Copy of memory'),
  product: toSay('Plain matrix product'),
  training: toSay('Training, every weight'),
  reading: toSay('Reading'),
  together: toSay('Answers, many at once'),
  single: toSay('Answers, one by one'),
};

/** What each number means, in a sentence. */
export const MEANINGS: Readonly<Record<Measure, string>> = {
  copy: toSay('A ceiling: what memory gives, read and written.'),
  product: toSay('A ceiling: the most arithmetic that this engine gets out of the device.'),
  training: toSay('Whole steps: forwards, backwards, and the optimiser.'),
  reading: toSay('How surprised the model is by given texts, as when a run is measured.'),
  together: toSay('Prompts of 96 tokens with 24 tokens of answer each, in one batch. The bar counts the prompts too.'),
  single: toSay('The same, one prompt at a time.'),
};

/** "218 k" or "10.0 M". */
function weights(count: number): string {
  return count < 1e6 ? say('{count} k', { count: Math.round(count / 1e3) }) : say('{count} M', { count: decimal(count / 1e6, 1) });
}

/** "training, 218 k weights", what is measured now. */
export function partText({ text, weights: count, ...parts }: PartText): string {
  return say(text, { ...parts, ...(count === undefined ? {} : { weights: weights(count) }) });
}

/** "Training, every weight; 218 k weights". */
export function rowName({ measure, backend, threads, parameters }: MachineRow, on: Machine['backend']): string {
  const where = on === 'webgpu' && backend === 'wasm' ? say(', on the CPU') : '';
  const shared = threads > 1 ? say(', {threads} threads', { threads }) : '';
  return `${say(NAMES[measure])}${where}${shared}${parameters === null ? '' : say(', {weights} weights', { weights: weights(parameters) })}`;
}

/** "20,059 tok/s". */
export function valueText({ measure, value }: MachineRow): string {
  return `${value >= 1000 ? grouped(Math.round(value)) : significant(value, 3)} ${UNITS[measure]}`;
}

/** "Chrome 156 on Linux", as a machine says it of itself in English. */
function browserText(browser: string): string {
  const [, name, system] = /^(.+) on (.+)$/.exec(browser) ?? [];
  return name === undefined || system === undefined ? sayName(browser) : say('{browser} on {system}', { browser: name, system });
}

/** Where and by what it was measured: "CPU (WebAssembly SIMD); 2 cores, threads may share memory; Chrome 156 on Linux". */
export function machineText({ backend, device, software, cores, isolated, browser }: Omit<Machine, 'rows'>): string {
  const kind = backend === 'wasm' ? say('CPU') : software ? say('Software adapter, no graphics card') : say('Graphics card');
  const memory = isolated ? say('threads may share memory') : say('threads may not share memory');
  return `${kind} (${device}); ${coresName(cores)}, ${memory}; ${browserText(browser)}`;
}

/** "28 November 2026, 14:05". */
export function whenText(at: string): string {
  return moment(Date.parse(at), { dateStyle: 'long', timeStyle: 'short' });
}

/** Whether the engine says what the CPU says. */
export function equalText({ equal, backend }: Pick<Machine, 'equal' | 'backend'>): string {
  if (equal === null)
    return backend === 'wasm'
      ? say('Its tokens are the CPU’s own: this is the engine that the others are held against.')
      : say('Its tokens were not compared with the CPU’s.');
  const share = equal.equal / equal.of;
  return equal.equal === equal.of
    ? say('{share} of {of} greedy tokens are those of the CPU.', { share: percent(share), of: equal.of })
    : say('{share} of {of} greedy tokens are those of the CPU, up to the first of an answer that is another.', {
        share: percent1(share),
        of: equal.of,
      });
}
