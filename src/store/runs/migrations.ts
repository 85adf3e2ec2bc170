/**
 * How the database grows from one version to the next, one step a version, all or nothing. A step never throws because of a row: what it
 * cannot read stays as it is, and whoever reads it sets it aside (rows.ts). Rows of every past release are kept in test/fixtures.
 */
import type { IDBPDatabase, IDBPTransaction } from 'idb';
import type { RunRow, StoreName, StoreSchema } from './schema.ts';

type Step = (database: IDBPDatabase<StoreSchema>, tx: IDBPTransaction<StoreSchema, StoreName[], 'versionchange'>) => Promise<void>;

/** Step n makes version n + 1 of version n. */
const STEPS: readonly Step[] = [
  async (database) => {
    database.createObjectStore('meta');
    database.createObjectStore('runs', { keyPath: 'run' });
    database.createObjectStore('heads', { keyPath: 'run' });
    database.createObjectStore('rounds', { keyPath: ['run', 'round'] });
    database.createObjectStore('samples', { keyPath: ['run', 'round', 'index'] });
    database.createObjectStore('metrics', { keyPath: ['run', 'round', 'step'] });
    database.createObjectStore('chunks', { keyPath: ['run', 'sha256'] });
  },
  async (database, tx) => {
    database.createObjectStore('prompts', { keyPath: 'run' });
    for (let cursor = await tx.objectStore('runs').openCursor(); cursor !== null; cursor = await cursor.continue()) {
      const row = withSessions(cursor.value);
      if (row !== null) await cursor.update(row as RunRow);
    }
  },
  async (_, tx) => {
    for (const name of ['runs', 'heads', 'rounds'] as const) {
      for (let cursor = await tx.objectStore(name).openCursor(); cursor !== null; cursor = await cursor.continue()) {
        const row = withFlatExtras(cursor.value);
        if (row !== cursor.value) await cursor.update(row as typeof cursor.value);
      }
    }
  },
  // Version 4: the answers by which rounds are measured; earlier versions kept none.
  async (database) => {
    database.createObjectStore('heldOut', { keyPath: ['run', 'round'] });
  },
  // Version 5: experiments; earlier versions forgot them with the page.
  async (database) => {
    database.createObjectStore('experiments', { keyPath: 'id' });
  },
];

/** `tx` is the transaction of the upgrade; nothing but its requests is awaited, and a rejection must abort it. */
export async function upgrade(database: Parameters<Step>[0], oldVersion: number, tx: Parameters<Step>[1]): Promise<void> {
  for (const step of STEPS.slice(oldVersion)) await step(database, tx);
}

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Version 2: the time of a run belongs to its sessions. A finished run says where it was finished; of one that is not finished, version 1
 * did not write down on what it ran. Null for a row that is no row of version 1.
 */
function withSessions(row: unknown): Fields | null {
  if (!isObject(row) || !isObject(row['spent'])) return null;
  const { seconds, firstSampleSeconds = null } = row['spent'];
  if (typeof seconds !== 'number') return null;
  if (!isObject(row['result'])) {
    const unnamed = { backend: null, device: null, commit: null, workers: null, seconds };
    return { ...row, spent: { sessions: seconds > 0 ? [unnamed] : [], firstSampleSeconds } };
  }
  const { adapter: device = null, ...result } = row['result'];
  const { backend = null, commit = null } = result;
  const sessions = [{ backend, device, commit, workers: null, seconds }];
  return { ...row, spent: { sessions, firstSampleSeconds }, result: { ...result, device, sessions } };
}

/**
 * Version 3: the numbers of `measures: all` lie side by side, one a measure; version 2 kept some of them apart, as gauges. The row itself
 * where there are none.
 */
function withFlatExtras(row: unknown): unknown {
  if (Array.isArray(row)) {
    const parts = row.map(withFlatExtras);
    return parts.every((part, i) => part === row[i]) ? row : parts;
  }
  if (!isObject(row)) return row;
  let changed = false;
  const entries = Object.entries(row).map(([name, value]) => {
    const next = name === 'extras' ? flat(value) : HOLDERS.has(name) ? withFlatExtras(value) : value;
    changed ||= next !== value;
    return [name, next];
  });
  return changed ? Object.fromEntries(entries) : row;
}

/** The parts of a row in which a measurement lies. */
const HOLDERS = new Set(['base', 'baseMeasured', 'result', 'rounds']);

function flat(extras: unknown): unknown {
  if (!isObject(extras) || !isObject(extras['gauges'])) return extras;
  const { gauges, ...numbers } = extras;
  return { ...numbers, ...gauges };
}
