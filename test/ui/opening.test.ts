/** A model that takes long to open, as the page follows it: how far it is, and what is open after a Cancel, whenever that comes, or at a stand. */
import { computed, effect, signal } from '@preact/signals';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Failure } from '../../src/errors.ts';
import type { ModelSource, OpenEvent, OpenWanted, PickedEntry } from '../../src/protocol/lm.ts';
import type { ShelfWorker, StoredModel } from '../../src/protocol/models.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import { loadingText } from '../../src/ui/models/opening.tsx';
import { folderStore, type FolderHandle } from '../../src/ui/session/folders.ts';
import { createModels, type Models } from '../../src/ui/session/models.ts';

type Asked = { readonly wanted: OpenWanted; readonly send: (event: OpenEvent) => void; readonly begin: () => void; cancelled: boolean };

let asked: Asked[];
let models: Models;
let shown: (string | null)[];
let kept: readonly StoredModel[];
let downloading = '';
/** The files of adapters as the worker was given them, and whether they can still be read. */
let adapters: (readonly string[])[];
let gone: boolean;
let torn: boolean;
let packed: string;
const stand = signal(false);
const world = signal('ladder');

beforeEach(() => {
  vi.useFakeTimers();
  [asked, shown, kept] = [[], [], []];
  [adapters, gone, torn, packed] = [[], false, false, ''];
  [stand.value, world.value] = [false, 'ladder'];
  const lm = {
    open: (wanted: OpenWanted) =>
      new Promise<ReadableStream<OpenEvent>>((resolve) => {
        let controller: ReadableStreamDefaultController<OpenEvent>;
        const stream = new ReadableStream<OpenEvent>({
          start: (given) => void (controller = given),
          cancel: () => void (one.cancelled = true),
        });
        const one: Asked = { wanted, send: (event) => controller.enqueue(event), begin: () => resolve(stream), cancelled: false };
        asked.push(one);
      }),
    loadAdapter: async (files: readonly PickedEntry[]) => {
      adapters.push(files.map(({ path }) => path));
      if (gone) return { ok: false, failure: { code: 'ADAPTER_UNFIT', message: '', detail: '' } };
      return { ok: true, value: { name: 'a', rank: 1, lowestRank: 1, targets: [], notes: [] } };
    },
    readKit: async () => ({ ok: true, value: { files: [], parts: [], problem: null } }),
    takeHome: async () => new ReadableStream({ cancel: () => void (packed = 'ended') }),
    plan: async () => ({ ok: false, failure: { code: 'INTERNAL', message: '', detail: '' } }),
  };
  models = createModels({
    lm: lm as unknown as Parameters<typeof createModels>[0]['lm'],
    library: {
      stored: async () => (torn ? { ok: false, failure: { code: 'STORAGE_ABORT', message: '', detail: '' } } : { ok: true, value: kept }),
      download: async () => new ReadableStream({ cancel: () => void (downloading = 'ended') }),
    } as unknown as ShelfWorker,
    bundled: (world) => ({ kind: 'bundled', url: `/${world}/`, world }),
    world,
    backend: 'wasm',
    kit: '/kit/',
    config: computed(() => DEFAULTS),
    busy: () => false,
    stand,
    suit: () => {},
    opened: (_, model) => void shown.push(model?.name ?? null),
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const settle = () => vi.advanceTimersByTimeAsync(0);
const last = (): Asked => {
  const one = asked.at(-1);
  if (one === undefined) throw new Error('nothing is on its way');
  return one;
};
const said = (): string => (models.loading.value === null ? '' : loadingText(models.loading.value));
const sourceOf = ({ wanted }: Asked): string => (wanted.model.kind === 'stored' ? wanted.model.folder : wanted.model.kind);
const stored = (folder: string): ModelSource => ({ kind: 'stored', folder });
const far = (done: number, part: 'reading' | 'sending' = 'reading'): OpenEvent => ({ type: 'progress', part, done, total: 100 });

/** What is on its way opens. */
async function opens(): Promise<void> {
  const { wanted, begin, send } = last();
  const world = wanted.model.kind === 'bundled' ? wanted.model.world : null;
  begin();
  const name = sourceOf(last());
  send({ type: 'made', made: { model: { name, fingerprint: name, world, context: 1, standard: {} } } } as unknown as OpenEvent);
  await settle();
}

async function visit(...folders: readonly string[]): Promise<void> {
  void models.openBundled();
  await settle();
  await opens();
  for (const folder of folders) {
    void models.open(stored(folder), folder);
    await settle();
    await opens();
  }
}

describe('a folder that the browser remembers', () => {
  const entry = { kind: 'file', getFile: async () => new File(['{}'], 'config.json') };
  /** Listed, and taken away before it is read, as an unfinished download is. */
  const fleeting = { kind: 'file', getFile: () => Promise.reject(new DOMException('', 'NotFoundError')) };
  /** A folder whose owner answers the browser's question so, and which is then read so. */
  const folderOf = (asked: () => PermissionState, read: () => void = () => {}): FolderHandle =>
    ({
      name: 'my models',
      queryPermission: async () => 'prompt',
      requestPermission: async () => asked(),
      entries: async function* () {
        read();
        yield ['part.crdownload', fleeting];
        yield ['config.json', entry];
      },
    }) as unknown as FolderHandle;
  const thrown = (name: string) => (): never => {
    throw new DOMException('', name);
  };

  /** Presses Open beside it, where the browser may keep a copy of the model too. */
  async function pressed(handle: FolderHandle, copies: readonly StoredModel[] = []): Promise<Failure | null> {
    await visit();
    vi.spyOn(folderStore, 'all').mockResolvedValue([{ fingerprint: 'mine', name: 'mine', folder: '', handle }]);
    kept = copies;
    await models.lookForKept();
    const brought = models.bring({ name: 'mine', fingerprint: 'mine' });
    await settle();
    if (sourceOf(last()) !== 'bundled') await opens();
    return brought;
  }

  test.each([
    ['refused', folderOf(() => 'denied'), 'FOLDER_REFUSED', /try again and allow it/],
    ['asked for without an answer', folderOf(() => 'prompt'), 'FOLDER_REFUSED', /try again and allow it/],
    ['not even to be asked for', folderOf(thrown('SecurityError')), 'FOLDER_REFUSED', /try again and allow it/],
    ['taken back while it is read', folderOf(() => 'granted', thrown('NotAllowedError')), 'FOLDER_REFUSED', /try again and allow it/],
    ['not to be read by anybody', folderOf(() => 'granted', thrown('NotReadableError')), 'FOLDER_REFUSED', /try again and allow it/],
    ['gone', folderOf(() => 'granted', thrown('NotFoundError')), 'FOLDER_GONE', /moved, renamed or deleted.*Bring it back/],
  ] as const)('says what to do when it is %s, and what is open stays', async (_, handle, code, sentence) => {
    const failure = await pressed(handle);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(sentence) as string });
    expect(failure?.detail).toContain('my models');
    expect(models.problem.value).toEqual(failure);
    expect(models.opened.value?.name).toBe('bundled');
  });

  test('is read when that is allowed, and a copy is opened where it is not', async () => {
    expect(await pressed(folderOf(() => 'granted'))).toBeNull();
    expect(sourceOf(last())).toBe('files');
    const copy: StoredModel = {
      folder: 'mine',
      id: 'mine',
      host: '',
      revision: '',
      commit: null,
      complete: true,
      bytes: 1,
      kit: false,
      fingerprint: 'mine',
    };
    expect(
      await pressed(
        folderOf(() => 'denied'),
        [copy],
      ),
    ).toBeNull();
    expect([models.opened.value?.name, models.problem.value]).toEqual(['mine', null]);
  });
});

describe('a model that takes long', () => {
  test('is drawn four times a second, however fast its hundredths come, and shows the last of them', async () => {
    void models.open(stored('large'), 'large');
    await settle();
    last().begin();
    await vi.advanceTimersByTimeAsync(400);
    let draws = 0;
    const end = effect(() => void (models.loading.value, draws++));
    for (let done = 0; done <= 60; done++) last().send(far(done));
    await settle();
    expect(draws).toBeLessThanOrEqual(2); // as it was, and the first
    await vi.advanceTimersByTimeAsync(250);
    expect([draws <= 3, said()]).toEqual([true, expect.stringContaining(': 60%')]);
    end();
  });

  test('says after a moment how far it is, and how long it will still take', async () => {
    await visit();
    void models.open(stored('large'), 'large');
    await settle();
    last().begin();
    await settle();
    expect(models.loading.value).toBeNull(); // nobody needs a bar for what is there at once
    await vi.advanceTimersByTimeAsync(400);
    expect(said()).toBe('Getting ready…');
    last().send(far(0));
    await vi.advanceTimersByTimeAsync(2000);
    last().send(far(25));
    await settle();
    expect(said()).toBe('Step 1 of 2, reading and checking the weights: 25%, about 6 s left');
    last().send(far(1, 'sending'));
    await settle();
    expect(said()).toBe('Step 2 of 2, sending them to where they are computed with: 1%');
    await opens();
    expect([models.loading.value, models.opened.value?.name]).toEqual([null, 'large']);
  });

  test.each([
    ['before its worker has answered', async () => {}],
    ['before its first number', async () => last().begin()],
    [
      'in the middle of reading',
      async () => {
        last().begin();
        last().send(far(40));
      },
    ],
    [
      'at its last number',
      async () => {
        last().begin();
        last().send(far(100, 'sending'));
      },
    ],
  ])('is cancelled %s: its work is ended, and the model before it is opened again', async (_, until) => {
    await visit('mine');
    const opening = models.open(stored('large'), 'large');
    await settle();
    const large = last();
    await until();
    await vi.advanceTimersByTimeAsync(400);
    models.cancelOpening();
    await settle();
    expect(sourceOf(last())).toBe('mine');
    large.begin(); // a worker that answers only now
    await settle();
    expect(large.cancelled).toBe(true);
    await opens();
    expect((await opening)?.code).toBe('STOPPED');
    expect(models.opened.value?.name).toBe('mine');
    expect(models.source.value).toEqual(stored('mine'));
    expect([models.problem.value, models.loading.value, models.opening.value]).toEqual([null, null, null]);
    expect(shown.at(-1)).toBe('mine');
  });

  test('and is cancelled on the way back too leaves the page’s own model, which cannot be', async () => {
    await visit('mine');
    void models.open(stored('large'), 'large');
    await settle();
    models.cancelOpening();
    await settle();
    models.cancelOpening();
    await settle();
    expect(sourceOf(last())).toBe('bundled');
    await vi.advanceTimersByTimeAsync(400);
    expect(models.loading.value?.canCancel).toBe(false);
    await opens();
    expect([models.opened.value?.name, models.problem.value]).toEqual(['bundled', null]);
  });

  test('fails, and so does the one before it, whose files are gone: the page’s own is open, and the first failure is told', async () => {
    await visit('mine');
    void models.open(stored('large'), 'large');
    for (const code of ['MODEL_FORMAT', 'MODEL_MISSING'] as const) {
      await settle();
      last().begin();
      last().send({ type: 'failed', failure: { code, message: '', detail: '' } });
    }
    await settle();
    await opens();
    expect([models.opened.value?.name, models.problem.value?.code]).toEqual(['bundled', 'MODEL_FORMAT']);
  });
});

test('a kit that is not wanted any more leaves the one before it, and stays chosen', async () => {
  await visit('mine');
  await models.choosing.take([{ path: 'prompts.jsonl', file: new File(['{"prompt": "Why?"}'], 'prompts.jsonl') }]);
  const begins = models.choosing.begin();
  await settle();
  expect(last().wanted.own?.files.length).toBe(1);
  models.cancelOpening();
  await settle();
  expect(last().wanted).toMatchObject({ model: stored('mine'), own: null });
  await opens();
  await begins;
  expect([models.ownKit.value, models.choosing.problem.value, models.choosing.choice.value?.files.length]).toEqual([null, null, 1]);
});

const QUESTIONS = { path: 'prompts.jsonl', file: new File(['{"prompt": "Why?"}'], 'prompts.jsonl') };
const ADAPTER = [
  { path: 'a/adapter_config.json', file: new File(['{}'], 'adapter_config.json') },
  { path: 'a/adapter_model.safetensors', file: new File([''], 'adapter_model.safetensors') },
];
async function fails(): Promise<void> {
  last().begin();
  last().send({ type: 'failed', failure: { code: 'MODEL_MISSING', message: '', detail: '' } });
  await settle();
}

describe('an adapter that was loaded', () => {
  const PATHS = ADAPTER.map(({ path }) => path);
  beforeEach(async () => {
    await visit('ours');
    await models.take(ADAPTER);
  });

  test('is loaded again with its model where a pick of another is refused, and the refusal is told', async () => {
    for (const isGone of [false, true]) {
      gone = isGone;
      const refused = models.take([{ path: 'model.gguf', file: new File(['x'], 'model.gguf') }]);
      await settle();
      await fails();
      expect(sourceOf(last())).toBe('ours');
      await opens();
      expect((await refused)?.code).toBe('MODEL_MISSING');
      expect([models.problem.value?.code, models.adapter.value?.name]).toEqual(['MODEL_MISSING', isGone ? undefined : 'a']);
    }
    expect(adapters).toEqual([PATHS, PATHS, PATHS]);
  });

  test('stays where the model is opened again with another kit, and goes with the model', async () => {
    await models.choosing.take([QUESTIONS]);
    const begins = models.choosing.begin();
    await settle();
    await opens();
    await begins;
    expect([models.adapter.value?.name, adapters]).toEqual(['a', [PATHS, PATHS]]);
    void models.open(stored('mine'), 'mine');
    await settle();
    await opens();
    expect([models.opened.value?.name, models.adapter.value, adapters.length]).toEqual(['mine', null, 2]);
  });

  test('is kept where another is picked without its configuration, which no model is opened for', async () => {
    const before = asked.length;
    gone = true;
    const failure = await models.take(ADAPTER.slice(1).map(({ file }) => ({ path: file.name, file })));
    expect([failure?.code, asked.length, models.adapter.value?.name]).toEqual(['ADAPTER_UNFIT', before, 'a']);
    expect(adapters).toEqual([PATHS, ['adapter_model.safetensors']]);
  });
});

describe('the next visitor of a stand finds', () => {
  /** A stand on a model of its own whose visitor has opened another and leaves. */
  async function isLeft(): Promise<{ readonly back: Promise<boolean> }> {
    await visit('ours');
    stand.value = true;
    await settle();
    void models.open(stored('mine'), 'mine');
    await settle();
    await opens();
    const back = models.comeBack();
    await settle();
    return { back };
  }

  test('the bundled model of its world, whatever model and kit the one before has opened', async () => {
    stand.value = true; // a link says so before anything is open
    await visit('mine');
    await models.choosing.take([QUESTIONS]);
    const begins = models.choosing.begin();
    await settle();
    await opens();
    await begins;
    await models.choosing.take([QUESTIONS]);
    world.value = 'depth'; // of another link, that was opened at the stand
    const back = models.comeBack();
    await settle();
    expect(last().wanted).toMatchObject({ model: { kind: 'bundled', world: 'depth' }, own: null });
    await opens();
    expect([await back, models.opened.value?.world, models.ownKit.value, models.choosing.choice.value]).toEqual([
      true,
      'depth',
      null,
      null,
    ]);
  });

  test('the model, the kit and the adapter that were open when the page became a stand', async () => {
    await visit('ours');
    await models.choosing.take([QUESTIONS]);
    const begins = models.choosing.begin();
    await settle();
    await opens();
    await begins;
    await models.take(ADAPTER);
    stand.value = true;
    await settle();
    const ours = models.ownKit.value;
    void models.open(stored('mine'), 'mine');
    await settle();
    await opens();
    expect([models.opened.value?.name, models.adapter.value]).toEqual(['mine', null]);
    const back = models.comeBack();
    await settle();
    expect(last().wanted).toMatchObject({ model: stored('ours'), own: ours });
    await opens();
    expect([await back, models.opened.value?.name, models.ownKit.value]).toEqual([true, 'ours', ours]);
    expect(models.adapter.value).not.toBeNull();
  });

  test('no download of the one before, which would open its model in the middle', async () => {
    stand.value = true;
    await visit();
    const download = models.download('large', 'hub');
    await settle();
    expect([models.fetching.value?.id, downloading]).toEqual(['large', '']);
    await models.comeBack();
    await download;
    expect([models.fetching.value, downloading, models.opened.value?.name]).toEqual([null, 'ended', 'bundled']);
  });

  test('no model opened again where nobody has opened another', async () => {
    stand.value = true;
    await visit();
    const before = asked.length;
    expect([await models.comeBack(), asked.length]).toEqual([true, before]);
    // nor a page that is no stand
    stand.value = false;
    await visit('ours');
    stand.value = true;
    await settle();
    const after = asked.length;
    expect([await models.comeBack(), asked.length]).toEqual([true, after]);
  });

  test('the bundled model where that of the stand is gone, and the reason, told once and until it is back or the page is no stand', async () => {
    const { back } = await isLeft();
    await fails();
    await opens(); // the visitor's, which was open
    expect(sourceOf(last())).toBe('bundled');
    await opens();
    expect([await back, models.opened.value?.name]).toEqual([true, 'bundled']);
    expect([models.astray.value?.code, models.problem.value]).toEqual(['MODEL_MISSING', null]);
    const again = models.comeBack();
    await settle();
    expect(sourceOf(last())).toBe('ours');
    await opens();
    expect([await again, models.opened.value?.name, models.astray.value]).toEqual([true, 'ours', null]);
    void models.open(stored('mine'), 'mine');
    await settle();
    await opens();
    void models.comeBack();
    await settle();
    await fails();
    await opens();
    await opens();
    expect(models.astray.value?.code).toBe('MODEL_MISSING');
    stand.value = false;
    expect(models.astray.value).toBeNull();
  });

  test('what a visitor would rather have, who comes while the stand’s own is being opened and cancels it', async () => {
    const { back } = await isLeft();
    models.cancelOpening();
    await settle();
    await opens();
    expect([await back, models.opened.value?.name, models.problem.value]).toEqual([false, 'mine', null]);
  });

  test('that no run can begin on its own model, where not even that can be had', async () => {
    stand.value = true;
    await visit('mine');
    const back = models.comeBack();
    await settle();
    await fails();
    await opens();
    expect([await back, models.opened.value?.name]).toEqual([false, 'mine']);
    expect([models.astray.value?.code, models.problem.value]).toEqual(['MODEL_MISSING', null]);
  });
});

test('what another tab deleted of the kept models is gone here as soon as it is looked for, and a download is not looked at half', async () => {
  kept = [{ folder: 'f', id: 'tiny' } as StoredModel];
  await models.lookForKept();
  expect(models.stored.value).toEqual(kept);
  // it cannot be read while another tab deletes
  torn = true;
  await models.lookForKept();
  expect([models.stored.value, models.problem.value]).toEqual([kept, null]);
  [kept, torn] = [[], false];
  await models.lookForKept();
  expect(models.stored.value).toEqual([]);
  const fetched = models.download('a/b', '');
  await settle();
  kept = [{ folder: 'half', id: 'a/b' } as StoredModel];
  await models.lookForKept();
  expect(models.stored.value).toEqual([]);
  models.cancelDownload();
  await fetched;
  expect(models.stored.value).toEqual(kept);
});

test('what is packed to be taken home ends with its model, and says nothing under the next', async () => {
  await visit('mine');
  const taken = models.takeHome('r', 1, ['merged'], true, 'F16');
  await settle();
  void models.open(stored('other'), 'other');
  await settle();
  expect([await taken, packed]).toEqual([undefined, 'ended']);
  await opens();
  expect([models.opened.value?.name, models.packing.value, models.problem.value]).toEqual(['other', false, null]);
});
