/** Experiments that are kept: by name, under the address, set up again as they were, and the same wherever the same file is loaded. */
import { computed, signal } from '@preact/signals';
import { describe, expect, test } from 'vitest';
import { DEFAULTS } from '../../src/run/config.ts';
import { configOf } from '../../src/run/arm.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import { createLibrary } from '../../src/store/runs/library.ts';
import { createExperiment } from '../../src/ui/session/experiment.ts';
import { createExperiments } from '../../src/ui/session/experiments.ts';
import { EMPTY_VIEW } from '../../src/ui/session/view.ts';

const ARMS = [
  { name: 'One', options: { method: 'single' } },
  { name: 'Two', options: { method: 'soft', rounds: 2 } },
] as const;
const FILE = JSON.stringify({ arms: ARMS, seeds: [31, 32], reference: 'Two' });
const soon = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 20));

/** A page on a browser's store; `address` is the experiment behind its #. */
async function visit(store: MemoryStore, address: string | null = null) {
  const open = signal(address);
  const standard = signal({});
  const experiment = createExperiment({
    view: signal(EMPTY_VIEW),
    runs: signal([]),
    others: signal([]),
    now: signal(0),
    standard,
    refresh: async () => {},
    follow: async () => {},
    stop: async () => {},
    compare: async () => undefined,
  });
  const experiments = createExperiments({
    library: createLibrary(async () => store),
    experiment,
    standard,
    open: computed(() => open.value),
    goTo: (id) => void (open.value = id),
    ask: async (call) => {
      const answer = await call;
      return answer.ok ? answer.value : undefined;
    },
  });
  await experiments.refresh();
  return { open, experiment, experiments };
}

describe('an experiment', () => {
  test('from a file has the name of the file, and is there after a reload with all that it was', async () => {
    const store = new MemoryStore();
    const first = await visit(store);
    await first.experiments.load(FILE, 'wording.json');
    expect(first.experiments.current.value).toMatchObject({ name: 'wording', arms: ARMS, seeds: [31, 32], reference: 'Two' });
    first.experiment.choose('One', false);
    first.experiment.setCount('3');
    await soon();

    const again = await visit(store, first.open.value);
    expect(again.experiments.current.value).toMatchObject({ name: 'wording', chosen: ['Two'], seeds: [31, 32, 33] });
    expect(again.experiment.picked.value).toEqual([ARMS[1]]);
    expect(again.experiment.plan.value.map(({ seed }) => seed)).toEqual([31, 32, 33]);
    expect(again.experiment.arms.value).toEqual(ARMS);
  });

  test('that was set up by hand is kept under a name that says what it is', async () => {
    const { experiment, experiments, open } = await visit(new MemoryStore());
    experiment.setFirst('5');
    experiment.setCount('2');
    await experiments.keep(null);
    expect(experiments.current.value).toMatchObject({ name: 'Single round, SOFT, SOFT+; 2 seeds from 5', id: open.value });
  });

  test('is the same for the same file in another browser, so that a link leads to it there', async () => {
    const mine = await visit(new MemoryStore());
    await mine.experiments.load(FILE, 'a.json');
    const theirs = await visit(new MemoryStore(), mine.open.value);
    expect(theirs.experiments.missing.value).toBe(mine.open.value);
    expect(theirs.experiments.current.value).toBe(null);
    await theirs.experiments.load(FILE, 'b.json');
    expect(theirs.experiments.missing.value).toBe(null);
    expect(theirs.experiments.current.value).toMatchObject({ id: mine.open.value, name: 'b' });
  });

  test('is renamed, duplicated and deleted, each by itself', async () => {
    const store = new MemoryStore();
    const { experiments, open, experiment } = await visit(store);
    await experiments.load(FILE, 'a.json');
    const id = open.value ?? '';
    await experiments.rename(id, '  for Monday ');
    await experiments.rename(id, ' ');
    await experiments.duplicate(id);
    expect(open.value).toBe(`${id}-2`);
    experiment.choose('One', false);
    await soon();
    expect((await store.experiments()).map(({ id, name, chosen }) => [id, name, chosen])).toEqual([
      [id, 'for Monday', ['One', 'Two']],
      [`${id}-2`, 'for Monday, copy', ['Two']],
    ]);
    open.value = id;
    expect(experiment.picked.value).toEqual(ARMS);
    await experiments.remove(id);
    expect(open.value).toBe(null);
    expect((await store.experiments()).map(({ name }) => name)).toEqual(['for Monday, copy']);
  });

  test('a run knows the experiments that it is part of, with its arm', async () => {
    const { experiments } = await visit(new MemoryStore());
    await experiments.load(FILE, 'a.json');
    const config = configOf(ARMS[1], 32);
    expect(experiments.partOf(config)).toEqual([{ experiment: 'a', arm: 'Two' }]);
    // the plan may have chosen how many questions it asks
    expect(experiments.partOf({ ...config, questions: 40 })).toEqual([{ experiment: 'a', arm: 'Two' }]);
    expect(experiments.partOf(configOf(ARMS[1], 33))).toEqual([]);
    expect(experiments.partOf(DEFAULTS)).toEqual([]);
  });

  test('a file that is refused changes nothing', async () => {
    const { experiments, experiment, open } = await visit(new MemoryStore());
    await experiments.load('{', 'a.json');
    expect(experiment.file.value).toBe('The file is not JSON.');
    expect(open.value).toBe(null);
    expect(experiments.list.value).toEqual([]);
  });
});
