/** What is made of a round to be taken home, while the page waits for it: how far it is, and Cancel. Knows no format and no component. */
import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Failure } from '../../errors.ts';
import type { ExportKind, HomeFiles, HomeType, ModelWorker } from '../../protocol/models.ts';
import { createUnderWay } from './under-way.ts';

/** `problem` hears of a failure. */
export function createPacking(lm: Pick<ModelWorker, 'takeHome'>, problem: Signal<Failure | null>) {
  const packing = signal(false);
  const { far, followed, cancel } = createUnderWay();

  /** The files of a round, and what was measured of them; undefined when it was cancelled, and after a failure, which is kept. */
  async function takeHome(
    run: string,
    round: number,
    what: readonly ExportKind[],
    zipped: boolean,
    dtype: HomeType,
  ): Promise<HomeFiles | undefined> {
    if (packing.value) return undefined;
    packing.value = true;
    const answer = await followed(() => lm.takeHome(run, round, what, zipped, dtype));
    packing.value = false;
    if (answer.ok) return answer.value;
    if (answer.failure.code !== 'STOPPED') problem.value = answer.failure;
    return undefined;
  }

  return {
    packing: packing as ReadonlySignal<boolean>,
    /** How far the packing is; null while it is fast. */
    packed: far,
    cancelPacking: cancel,
    takeHome,
  };
}
