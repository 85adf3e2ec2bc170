/**
 * A stand comes back to the model, the kit and the adapter that were open when the page became one, whatever its visitors have opened since.
 * Knows no component, no link, and nothing of how a model is opened.
 */
import { effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
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
};

function isSame(one: Open, other: Open): boolean {
  const [a, b] = [one.from, other.from];
  const isSameModel =
    a === b ||
    (a.kind === 'bundled' && b.kind === 'bundled' && a.world === b.world) ||
    (a.kind === 'stored' && b.kind === 'stored' && a.folder === b.folder);
  return isSameModel && one.own === other.own && one.adapter === other.adapter;
}

type ComeBack = {
  /** To what was open, and to the bundled model where that cannot be had any more. Is one of them open then? */
  readonly comeBack: () => Promise<boolean>;
  /** Why what was open could not be opened again; null where it could, and where the page is no stand. */
  readonly astray: Signal<Failure | null>;
};

/** Brings a stand back, again and again. */
export function createComeBack({ stand, settled, isOpen, busy, bundled, open }: Host): ComeBack {
  let noted: Promise<Open> | null = null;
  const astray = signal<Failure | null>(null);
  effect(() => {
    if (stand.value) noted = settled();
    else astray.value = null;
  });
  async function comeBack(): Promise<boolean> {
    const usual: Open = { from: bundled(), own: null, adapter: null };
    const found = (await noted) ?? usual;
    // a bundled model is that of the world of the stand, which a link that was opened since may have changed
    const home = found.from.kind === 'bundled' ? { ...found, from: usual.from } : found;
    for (const wanted of isSame(home, usual) ? [home] : [home, usual]) {
      const now = await settled();
      if (busy()) return false;
      const failure = isOpen() && isSame(now, wanted) ? null : await open(wanted);
      // a visitor would rather have what was open; the next rest tries again
      if (failure?.code === 'STOPPED') return false;
      if (wanted === home || failure !== null) astray.value = failure;
      if (failure === null) return true;
    }
    return false;
  }
  return { comeBack, astray };
}
