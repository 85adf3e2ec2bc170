/**
 * A stand comes back to the model, the kit and the adapter that were open when the page became one, whatever its visitors have opened since.
 * Knows no component, no link, and nothing of how a model is opened.
 */
import { effect, type ReadonlySignal } from '@preact/signals';
import type { Failure } from '../../errors.ts';
import type { KitChoice, ModelSource, PickedEntry } from '../../protocol/lm.ts';

/** A model, with the files of its kit and of an adapter where those were picked. */
export type Open = {
  readonly from: ModelSource;
  readonly own: KitChoice | null;
  readonly adapter: readonly PickedEntry[] | null;
};

type Host = {
  /** Is this page a stand now? */
  readonly stand: ReadonlySignal<boolean>;
  /** What was opened last, once every change that is on its way has ended. */
  readonly settled: () => Promise<Open>;
  /** Is it open still? */
  readonly isOpen: () => boolean;
  /** Has a visitor begun something that needs the model that is open? */
  readonly busy: () => boolean;
  /** The bundled model of the world of the next run. */
  readonly bundled: () => ModelSource;
  readonly open: (wanted: Open) => Promise<Failure | null>;
  /** Told why what was open cannot be opened again. */
  readonly failed: (failure: Failure) => void;
};

function isSame(one: Open, other: Open): boolean {
  const [a, b] = [one.from, other.from];
  const isSameModel =
    a === b ||
    (a.kind === 'bundled' && b.kind === 'bundled' && a.world === b.world) ||
    (a.kind === 'stored' && b.kind === 'stored' && a.folder === b.folder);
  return isSameModel && one.own === other.own && one.adapter === other.adapter;
}

/**
 * Gives the function that brings a stand back: to what was open, and to the bundled model where that cannot be had any more. It says whether one
 * of them is open.
 */
export function createComeBack({ stand, settled, isOpen, busy, bundled, open, failed }: Host): () => Promise<boolean> {
  let noted: Promise<Open> | null = null;
  effect(() => {
    if (stand.value) noted = settled();
  });
  return async () => {
    const usual: Open = { from: bundled(), own: null, adapter: null };
    const found = (await noted) ?? usual;
    // a bundled model is that of the world of the stand, which a link that was opened since may have changed
    const home = found.from.kind === 'bundled' ? { ...found, from: usual.from } : found;
    let why: Failure | null = null;
    for (const wanted of isSame(home, usual) ? [usual] : [home, usual]) {
      const now = await settled();
      if (busy()) return false;
      const failure = isOpen() && isSame(now, wanted) ? null : await open(wanted);
      // a visitor would rather have what was open; the next rest tries again
      if (failure?.code === 'STOPPED') return false;
      if (why !== null) failed(why);
      if (failure === null) return true;
      why = failure;
    }
    if (why !== null) failed(why);
    return false;
  };
}
