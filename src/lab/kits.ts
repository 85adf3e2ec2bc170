/**
 * The alignment kit of a model: one with a kit.json, beside the model or in a folder of its own; one put together from data files that were
 * picked; or the one that comes with the page. Knows no model.
 */
import type { KitReport } from '../contracts/kit.ts';
import { sha256 } from '../digest.ts';
import { AppError } from '../errors.ts';
import { ownFile } from '../own-files.ts';
import { gather, type PickedRows } from '../files/in/gathered.ts';
import { readKit, type Kit } from '../files/in/kit.ts';
import { MAX_BYTES } from '../files/in/lines.ts';
import { recognise, type Recognised } from '../files/in/recognised.ts';
import type { KitChoice, PickedEntry } from '../protocol/lm.ts';
import type { RunKit } from '../run/records.ts';
import type { ReadFile } from '../files/checkpoint.ts';
import { keptKit, KIT, kitParts, namesIn } from './kit-files.ts';

/** Files that are looked into; a folder with more is no kit. */
const MOST_FILES = 40;

/** The kit in a folder of the page. Errors: PAGE_FILE when it is not there, IMPORT_FORMAT when it is no kit. */
export async function fetchKit(folder: string): Promise<Kit> {
  const fetched = async (name: string): Promise<Uint8Array> => {
    const address = `${folder.replace(/\/$/, '')}/${name}`;
    const { ok, status, bytes } = await ownFile(address, async () => {
      const response = await fetch(address);
      return { ok: response.ok, status: response.status, bytes: new Uint8Array(await response.arrayBuffer()) };
    });
    if (!ok) throw new AppError('PAGE_FILE', `there is no ${name} of the kit: status ${status}`);
    return bytes;
  };
  const files = new Map([[KIT, await fetched(KIT)]]);
  for (const name of namesIn(files.get(KIT))) files.set(name, await fetched(name));
  return ownKit(files);
}

/** The kit among picked files: where `kit.json` lies; null without one. Errors: IMPORT_FORMAT, with the file and the line. */
export async function pickedKit(entries: readonly PickedEntry[]): Promise<Kit | null> {
  const parts = await kitParts(entries);
  if (parts === null) return null;
  const files = new Map<string, Uint8Array>();
  for (const [name, entry] of parts) files.set(name, await bytesOf(entry));
  return ownKit(files);
}

/** The kit that lies beside a model where this browser keeps it; null without one. Errors: IMPORT_FORMAT; those of `read`. */
export async function keptKitOf(read: ReadFile): Promise<Kit | null> {
  const files = await keptKit(read);
  return files === null ? null : ownKit(files);
}

/** Rows of a kit.json's files together: each is written in the model's chat template when the model opens. */
const MOST_ROWS = 20_000;

/** Reads a kit. Errors: IMPORT_FORMAT, with the file and the line; IMPORT_LIMIT. */
function ownKit(files: ReadonlyMap<string, Uint8Array>): Kit {
  const kit = readKit(files);
  const sets = (kit.probes ?? []).reduce((sum, { questions }) => sum + questions.length, 0);
  const rows = kit.demonstrations.length + kit.prompts.length + kit.validation.length + kit.test.length + sets;
  if (rows > MOST_ROWS) throw new AppError('IMPORT_LIMIT', `${KIT}: its files have ${rows} rows, at most ${MOST_ROWS} are read`);
  return kit;
}

/** A kit out of files that somebody has chosen for one. Errors: IMPORT_FORMAT, with the file, the line and the cure. */
export async function chosenKit(choice: KitChoice, base: () => Promise<Kit>): Promise<Kit> {
  const whole = await pickedKit(choice.files);
  if (whole !== null) return whole;
  const { kit, report } = gather(await readAll(choice), choice.seed, await base());
  if (kit === null) throw new AppError('IMPORT_FORMAT', report.problem ?? 'the files are no kit');
  return kit;
}

/** What files would make of a kit. Errors: those of a folder with a kit.json. */
export async function kitReport(choice: KitChoice, base: () => Promise<Kit>): Promise<KitReport> {
  const whole = await pickedKit(choice.files);
  if (whole === null) return gather(await readAll(choice), choice.seed, await base()).report;
  const { name, demonstrations, prompts, validation, test, probes = [] } = whole;
  const rows = {
    principles: 1,
    demonstrations: demonstrations.length,
    prompts: prompts.length,
    validation: validation.length,
    test: test.length,
    probes: probes.reduce((sum, { questions }) => sum + questions.length, 0),
  };
  const uses = Object.keys(rows) as (keyof typeof rows)[];
  const sum = uses.reduce((all, use) => all + (use === 'principles' ? 0 : rows[use]), 0);
  const path = choice.files.find(({ file }) => file.name === KIT)?.path ?? KIT;
  return {
    name,
    files: [{ path, form: 'a whole kit', rows: sum, offers: [], uses: [], given: rows, left: [], leftOut: 0, unread: [] }],
    parts: uses.map((use) => ({ use, rows: rows[use], own: true })),
    problem: null,
  };
}

/** What tells one kit from another: its name, and a hash of all its texts. */
export async function identityOf(kit: Kit): Promise<RunKit> {
  const hash = await sha256(new TextEncoder().encode(JSON.stringify(kit)));
  return { name: kit.name, hash: hash.slice(0, 16) };
}

async function readAll({ files, uses }: KitChoice): Promise<readonly PickedRows[]> {
  const seen = files.filter(({ file }) => !file.name.startsWith('.')).toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const read = seen.map(async (entry, i): Promise<PickedRows> => {
    const { path } = entry;
    return {
      path,
      uses: Object.hasOwn(uses, path) ? (uses[path] ?? null) : null,
      made: i < MOST_FILES ? await madeOf(entry) : { problem: `more than ${MOST_FILES} files were chosen: it was not looked into` },
    };
  });
  return Promise.all(read);
}

async function madeOf(entry: PickedEntry): Promise<Recognised | { readonly problem: string }> {
  const { path, file } = entry;
  if (file.size > MAX_BYTES) return { problem: `has ${file.size} bytes, at most ${MAX_BYTES} are read: split it, or take a part` };
  try {
    return recognise(path, await bytesOf(entry));
  } catch (error) {
    if (error instanceof AppError) return { problem: error.detail.replace(`${path}: `, '').replace(`${path} `, '') };
    throw error;
  }
}

async function bytesOf({ path, file }: PickedEntry): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (error) {
    // moved, changed or no longer allowed since it was picked
    throw new AppError('IMPORT_FORMAT', `${path} cannot be read: ${String(error)}; choose it again`, { cause: error });
  }
}
