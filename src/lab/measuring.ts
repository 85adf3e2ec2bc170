/**
 * “Measure this machine” in the model's worker: the parts one after the other, each in its turn, the tokens beside those of the CPU, and the
 * facts of the machine. Where the engine is a graphics card a helper is the CPU. Knows no page.
 */
import * as Comlink from 'comlink';
import { spread } from '../engine/backend.ts';
import { AppError, toFailure } from '../errors.ts';
import { loadModel } from '../model/load.ts';
import { Lifeline } from '../protocol/lifeline.ts';
import type { Answer } from '../protocol/lm.ts';
import type { EqualTokens, Machine, MachineEvent, MachineRow } from '../protocol/machine.ts';
import { DEFAULTS } from '../run/config.ts';
import { TfLanguageModel } from '../training/language-model.ts';
import type { Control } from './control.ts';
import { equalTokens, GREEDY, greedyRequests } from './measure/equal.ts';
import { browserOf } from './measure/browser.ts';
import { partsOf } from './measure/machine.ts';
import type { Host, Opened } from './opened.ts';
import type { HelperWorker } from './pool/helper.ts';
import { tuningOf } from './tensor-run.ts';

/** Seconds that the CPU's side takes. */
const CPU = { ceilings: 1, tokens: 3 };

type Wanted = { readonly thorough: boolean; readonly model: string };

/** The CPU beside a card: a helper that lives as long as it is asked. */
class Cpu implements Disposable {
  readonly #line: Lifeline;
  readonly #remote: Comlink.Remote<HelperWorker>;

  constructor(worker: Worker) {
    this.#line = new Lifeline(worker, 'HELPER_DIED', () => {});
    this.#remote = Comlink.wrap<HelperWorker>(worker);
  }

  async call<T>(make: (remote: Comlink.Remote<HelperWorker>) => Promise<Answer<T>>): Promise<T> {
    const answer = await this.#line.until(() => make(this.#remote));
    if (!answer.ok) throw new AppError(answer.failure.code, answer.failure.detail);
    return answer.value;
  }

  [Symbol.dispose](): void {
    this.#line.end('measured');
  }
}

/** The tokens of the engine beside those of the CPU. */
async function compare(cpu: Cpu, url: string): Promise<EqualTokens> {
  const requests = greedyRequests();
  const tuning = tuningOf(DEFAULTS);
  await cpu.call((remote) => remote.hold({ tuning, seed: 0, state: null }));
  const theirs = await cpu.call((remote) => remote.generate(requests, GREEDY));
  using model = new TfLanguageModel(await loadModel(url), tuning, { seed: 0 });
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
    using cpu = card ? new Cpu(startHelper()) : null;
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
      yield { type: 'next', what: 'a plain product on the CPU', done, total };
      const value = await inTurn(async () => {
        await cpu.call((remote) => remote.open(model));
        return cpu.call((remote) => remote.product(CPU.ceilings));
      });
      const row: MachineRow = { measure: 'product', backend: 'wasm', threads: 1, parameters: null, value, share: null };
      rows.push(row);
      yield { type: 'row', row };
      yield { type: 'next', what: 'the tokens of the card and of the CPU', done: done + CPU.ceilings, total };
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
