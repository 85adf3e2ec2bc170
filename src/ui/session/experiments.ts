/**
 * The experiments that this browser keeps: named, listed, linked, and set up again as they were. The one that is open is named by the address,
 * so a reload or a link opens it; what is changed of it is kept as it changes. Knows no component and no run.
 */
import { computed, effect, signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import { sha256 } from '../../digest.ts';
import type { LibraryWorker } from '../../protocol/library.ts';
import type { Answer } from '../../protocol/lm.ts';
import { configOf } from '../../run/arm.ts';
import type { RunConfig } from '../../run/config.ts';
import { formatOptions } from '../../run/options.ts';
import type { KeptExperiment } from '../../run/experiment-file.ts';
import { say } from '../language/language.ts';
import type { createExperiment } from './experiment.ts';

type SetUp = Pick<KeptExperiment, 'arms' | 'chosen' | 'seeds' | 'reference'>;

type Host = {
  readonly library: Pick<LibraryWorker, 'experiments' | 'putExperiment' | 'deleteExperiment'>;
  readonly experiment: Pick<ReturnType<typeof createExperiment>, 'setUp' | 'take' | 'load' | 'running'>;
  /** Options with which runs of the open model begin, where they are not the usual ones. */
  readonly standard: ReadonlySignal<Partial<RunConfig>>;
  /** The id in the address. */
  readonly open: ReadonlySignal<string | null>;
  readonly goTo: (id: string | null) => void;
  /** The value of an answer; undefined where it failed, which the host has shown. */
  readonly ask: <T>(call: Promise<Answer<T>>) => Promise<T | undefined>;
};

/** What an experiment is called before somebody names it. */
export function usualName({ chosen, seeds }: Pick<SetUp, 'chosen' | 'seeds'>): string {
  const arms = chosen.join(', ');
  return say('{arms}; {count, plural, one {# seed} other {# seeds}} from {first}', {
    arms,
    count: seeds.length,
    first: String(seeds[0] ?? 0),
  });
}

/** The id of an experiment: the same for the same arms and seeds, wherever they are loaded. */
export async function idOf({ arms, seeds }: Pick<SetUp, 'arms' | 'seeds'>): Promise<string> {
  const plain = { arms: arms.map(({ name, options }) => ({ name, options })), seeds };
  return (await sha256(new TextEncoder().encode(JSON.stringify(plain)))).slice(0, 12);
}

const same = (a: SetUp, b: SetUp): boolean =>
  JSON.stringify([a.arms, a.chosen, a.seeds, a.reference]) === JSON.stringify([b.arms, b.chosen, b.seeds, b.reference]);

export function createExperiments({ library, experiment, standard, open, goTo, ask }: Host) {
  const list = signal<readonly KeptExperiment[] | null>(null);
  /** What stands in the fields now: an experiment by its id; null for one that is not kept. */
  let shown: string | null = null;
  const current = computed(() => list.value?.find(({ id }) => id === open.value) ?? null);

  /** Who has a run with such options. */
  const parts = computed(() => {
    const found = new Map<string, { readonly experiment: string; readonly arm: string }[]>();
    for (const { name, arms, chosen, seeds } of list.value ?? [])
      for (const arm of arms.filter((one) => chosen.includes(one.name)))
        for (const seed of seeds) {
          const key = formatOptions(configOf(arm, seed, standard.value));
          found.set(key, [...(found.get(key) ?? []), { experiment: name, arm: arm.name }]);
        }
    return found;
  });

  async function refresh(): Promise<void> {
    list.value = (await ask(library.experiments())) ?? list.peek() ?? [];
  }

  async function put(kept: KeptExperiment): Promise<void> {
    const others = list.peek() ?? [];
    list.value = others.some(({ id }) => id === kept.id) ? others.map((other) => (other.id === kept.id ? kept : other)) : [...others, kept];
    await ask(library.putExperiment(kept));
  }

  // what the address names is set up, once
  effect(() => {
    const kept = current.value;
    if (kept === null) {
      if (open.value === null) shown = null;
      return;
    }
    if (kept.id === shown || experiment.running.value) return;
    shown = kept.id;
    experiment.take(kept);
  });
  // what is changed of it is kept
  effect(() => {
    const setUp = experiment.setUp.value;
    const kept = current.peek();
    if (kept === null || kept.id !== shown || setUp === null || setUp.chosen.length === 0 || same(kept, setUp)) return;
    void put({ ...kept, ...setUp });
  });

  /** Keeps what stands in the fields, and opens it; what is kept already is opened as it is. */
  async function keep(name: string | null): Promise<void> {
    const setUp = experiment.setUp.peek();
    if (setUp === null || setUp.chosen.length === 0) return;
    if (list.peek() === null) await refresh();
    const id = await idOf(setUp);
    shown = id;
    const before = list.peek()?.find((other) => other.id === id);
    await put({ ...setUp, id, name: name ?? before?.name ?? usualName(setUp) });
    goTo(id);
  }

  return {
    /** Oldest first; null before they were looked for. */
    list: list as ReadonlySignal<readonly KeptExperiment[] | null>,
    /** The one that is open; null where none is, or this browser has not got it. */
    current,
    /** The id of a link that this browser has no experiment for. */
    missing: computed(() => (open.value !== null && list.value !== null && current.value === null ? open.value : null)),
    /** The experiments that a run is part of, with its arm in each. */
    partOf: (config: RunConfig) =>
      // where an arm leaves the number of questions to the plan, its run has the number that the plan chose
      parts.value.get(formatOptions(config)) ?? parts.value.get(formatOptions({ ...config, questions: 0 })) ?? [],
    refresh,
    keep,
    /** Takes the text of a file, and keeps it under the file's name. */
    async load(text: string, fileName: string): Promise<void> {
      if (!experiment.load(text)) return;
      const name = fileName.replace(/\.json$/i, '').trim();
      await keep(name === '' ? null : name);
    },
    async rename(id: string, name: string): Promise<void> {
      const kept = list.peek()?.find((other) => other.id === id);
      if (kept !== undefined && name.trim() !== '') await put({ ...kept, name: name.trim() });
    },
    /** A second one with the same arms and seeds, to be changed; it is opened. */
    async duplicate(id: string): Promise<void> {
      const kept = list.peek()?.find((other) => other.id === id);
      if (kept === undefined || experiment.running.peek()) return;
      const [born = id] = id.split('-');
      let number = 2;
      while (list.peek()?.some((other) => other.id === `${born}-${number}`)) number++;
      await put({ ...kept, id: `${born}-${number}`, name: say('{name}, copy', { name: kept.name }) });
      goTo(`${born}-${number}`);
    },
    async remove(id: string): Promise<void> {
      list.value = list.peek()?.filter((other) => other.id !== id) ?? null;
      await ask(library.deleteExperiment(id));
      if (open.peek() === id) goTo(null);
    },
  };
}

export type Experiments = ReturnType<typeof createExperiments>;
