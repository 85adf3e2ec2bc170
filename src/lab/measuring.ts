/**
 * “Measure this machine” in the model's worker: the parts one after the other, each in its turn, the tokens beside those of the CPU, and the
 * facts of the machine. Where the engine is a graphics card a helper is the CPU. Knows no page.
 */
import { spread } from '../engine/backend.ts';
import { AppError, toFailure } from '../errors.ts';
import { loadModel } from '../model/load.ts';
import type { EqualTokens, Machine, MachineEvent, MachineRow } from '../protocol/machine.ts';
import { DEFAULTS } from '../run/config.ts';
import { TfLanguageModel } from '../training/language-model.ts';
import type { Control } from './control.ts';
import { equalTokens, GREEDY, greedyRequests } from './measure/equal.ts';
import { browserOf } from './measure/browser.ts';
import { partsOf } from './measure/machine.ts';
import type { Host, Opened } from './opened.ts';
import { HelperLine } from './pool/helpers.ts';
import { refusing } from './sources.ts';
import { tuningOf } from './tensor-run.ts';

/** Seconds that the CPU's side takes. */
const CPU = { ceilings: 1, tokens: 3 };

type Wanted = { readonly thorough: boolean; readonly model: string };

/** The tokens of the engine beside those of the CPU. */
async function compare(cpu: HelperLine, url: string): Promise<EqualTokens> {
  const requests = greedyRequests();
  const tuning = tuningOf(DEFAULTS);
  await cpu.call((remote) => remote.hold({ tuning, seed: 0, state: null }));
  const theirs = await cpu.call((remote) => remote.generate(requests, GREEDY));
  using model = new TfLanguageModel(await loadModel(url).catch(refusing('bundled')), tuning, { seed: 0 });
  const mine = [];
  for await (const completion of model.generate(requests, GREEDY)) mine.push(completion);
  return equalTokens(mine, theirs);
}

/** Measures the open engine; a failure is the last event. Stops between two parts. */
export async function* measuring(
  { info, turns, failure }: Opened,
  { thorough, model }: Wanted,
  control: Control,
  startHelper: Host['startHelper'],
): AsyncGenerator<MachineEvent, void> {
  const { backend, device, software, commit } = info;
  const { hardwareConcurrency: cores, userAgent } = navigator;
  const { crossOriginIsolated: isolated = false } = globalThis as { readonly crossOriginIsolated?: boolean };
  const card = backend === 'webgpu';
  const kind = card ? (software ? 'software' : 'card') : 'cpu';
  const parts = partsOf({ backend, kind, threads: isolated ? cores : 1, thorough });
  const total = parts.reduce((sum, { seconds }) => sum + seconds, card ? CPU.ceilings + CPU.tokens : 0);
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    if (control.stopped) throw new AppError('STOPPED', 'while the machine was measured');
    return Promise.race([turns.take(work), failure]);
  };
  try {
    using cpu = card ? new HelperLine(startHelper(), model, () => {}) : null;
    const rows: MachineRow[] = [];
    let [done, equal]: [number, EqualTokens | null] = [0, null];
    for (const { what, seconds, measure } of parts) {
      yield { type: 'next', what, done, total };
      const row = await inTurn(measure);
      rows.push(row);
      yield { type: 'row', row };
      done += seconds;
    }
    if (cpu !== null) {
      yield { type: 'next', what: { text: 'a plain product on the CPU' }, done, total };
      const value = await inTurn(() => cpu.call((remote) => remote.product(CPU.ceilings)));
      const row: MachineRow = { measure: 'product', backend: 'wasm', threads: 1, parameters: null, value, share: null };
      rows.push(row);
      yield { type: 'row', row };
      yield { type: 'next', what: { text: 'the tokens of the card and of the CPU' }, done: done + CPU.ceilings, total };
      equal = await inTurn(() => compare(cpu, model));
    }
    const at = new Date().toISOString();
    const facts = { name: '', backend, device, software, browser: browserOf(userAgent), cores, isolated, commit, at };
    yield { type: 'measured', machine: { ...facts, rows, equal } satisfies Machine };
  } catch (error) {
    yield { type: 'failed', failure: toFailure(error) };
  } finally {
    await spread(info.threads);
  }
}
