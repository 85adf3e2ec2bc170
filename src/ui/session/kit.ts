/**
 * The kit of the user's own as the page remembers it: files that were chosen, what they would make, and which kit the open model has. Knows no
 * component and no format.
 */
import { signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import type { KitReport, KitUse } from '../../contracts/kit.ts';
import { toFailure, type Failure } from '../../errors.ts';
import type { KitChoice, LmWorker, PickedEntry } from '../../protocol/lm.ts';

type Host = {
  readonly lm: LmWorker;
  /** The folder of the kit that comes with the page. */
  readonly kit: string;
  /** Opens the model again, with this kit; null is the one of the model's folder or of the page. */
  readonly reopen: (own: KitChoice | null) => Promise<Failure | null>;
};

/** What the kit that comes with the page is called: every model can have it. */
export const PAGE_KIT = 'English starter kit';

/** Can files be split by it? */
export const isSeed = (seed: number): boolean => Number.isSafeInteger(seed) && seed >= 0;
/** The seed by which files are split where nobody says another. */
const SEED = 1;
const DATA = /\.(?:jsonl?|ndjson|csv|tsv|md|txt)$/i;
const MODEL = /(?:^|\/)(?:config\.json|tokenizer[^/]*\.json|adapter_config\.json|[^/]*\.(?:safetensors|gguf|bin|pt|pth))$/i;

export type KitChoosing = ReturnType<typeof createKitChoosing>;

/** Are these files data for a kit, and nothing of a model? */
export function isData(paths: readonly string[]): boolean {
  return paths.some((path) => DATA.test(path)) && !paths.some((path) => MODEL.test(path) || /\.safetensors\.index\.json$/i.test(path));
}

/** A file beside others: the same one again takes the place of the one before, another of its name gets a number. */
function withNew(files: readonly PickedEntry[], { path, file }: PickedEntry): readonly PickedEntry[] {
  const same = files.find((other) => other.file.size === file.size && other.file.lastModified === file.lastModified && other.path === path);
  if (same !== undefined) return files.map((other) => (other === same ? { path, file } : other));
  const numbered = [path, ...Array.from({ length: files.length }, (_, i) => `${path} (${i + 2})`)];
  return [...files, { path: numbered.find((name) => !files.some((other) => other.path === name)) ?? path, file }];
}

export function createKitChoosing({ lm, kit, reopen }: Host) {
  const choice = signal<KitChoice | null>(null);
  const report = signal<KitReport | null>(null);
  const reading = signal(false);
  const problem = signal<Failure | null>(null);
  const takenOut = signal<string | null>(null);
  let asked = 0;

  async function read(wanted: KitChoice): Promise<void> {
    const mine = ++asked;
    [choice.value, reading.value, problem.value, takenOut.value] = [wanted, true, null, null];
    const answer = await lm.readKit({ own: wanted, kit }).catch((error: unknown) => ({ ok: false as const, failure: toFailure(error) }));
    if (mine !== asked) return; // somebody has chosen again
    reading.value = false;
    if (answer.ok) report.value = answer.value;
    else [report.value, problem.value] = [null, answer.failure];
  }

  function forget(): void {
    asked += 1;
    [choice.value, report.value, reading.value, problem.value, takenOut.value] = [null, null, false, null, null];
  }

  return {
    /** The files that are looked at; null where none are. */
    choice: choice as ReadonlySignal<KitChoice | null>,
    report: report as ReadonlySignal<KitReport | null>,
    reading: reading as ReadonlySignal<boolean>,
    problem,
    /** Looks at files, beside those that are looked at already. */
    take: async (files: readonly PickedEntry[]): Promise<void> => {
      if (files.length === 0) return;
      const { files: before = [], uses = {}, seed = SEED } = choice.value ?? {};
      await read({ files: [...before, ...files].reduce<readonly PickedEntry[]>(withNew, []), uses, seed });
    },
    /** The path of the file that was just taken out; null once anything else was done. */
    takenOut: takenOut as ReadonlySignal<string | null>,
    /** Takes a file out again: the others are as if it had never been picked. */
    async takeOut(path: string): Promise<void> {
      const { value: now } = choice;
      const files = now?.files.filter((file) => file.path !== path) ?? [];
      if (now === null || files.length === now.files.length) return;
      if (files.length === 0) forget();
      const { [path]: _, ...uses } = now.uses;
      const reads = files.length === 0 ? null : read({ ...now, files, uses });
      takenOut.value = path;
      await reads;
    },
    /** Says that a file is for something, or no longer. */
    async use(path: string, use: KitUse, on: boolean): Promise<void> {
      const { value: now } = choice;
      if (now === null) return;
      const before = now.uses[path] ?? report.value?.files.find((file) => file.path === path)?.uses ?? [];
      // what the others are for stays as it is shown
      const shown = Object.fromEntries((report.value?.files ?? []).map((file) => [file.path, file.uses]));
      const mine = on ? [...before.filter((one) => one !== use), use] : before.filter((one) => one !== use);
      await read({ ...now, uses: { ...shown, ...now.uses, [path]: mine } });
    },
    async split(seed: number): Promise<void> {
      const { value: now } = choice;
      if (now !== null && isSeed(seed)) await read({ ...now, seed });
    },
    forget,
    /** Takes the kit that the files make; it stays shown when it cannot be had. */
    async begin(): Promise<void> {
      const failure = await reopen(choice.value);
      if (failure === null) forget();
      else if (failure.code !== 'STOPPED') problem.value = failure;
    },
    /** Goes back to the kit that comes with the page. */
    async back(): Promise<void> {
      const failure = await reopen(null);
      problem.value = failure?.code === 'STOPPED' ? null : failure;
    },
  };
}
