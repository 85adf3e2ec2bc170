/**
 * The only connection to the database and the only transactions. Opening is tried again when the browser stumbles, a connection that
 * was closed under us is opened again, and a write counts only after its transaction is complete: a request that succeeded is not a
 * commit. Knows no rows.
 */
import { type IDBPDatabase, type IDBPTransaction, openDB } from 'idb';
import { AppError } from '../../errors.ts';
import { describe, isClosed, storageError } from '../failure.ts';
import { upgrade } from './migrations.ts';
import { NAME, type StoreName, type StoreSchema, VERSION } from './schema.ts';

type Database = IDBPDatabase<StoreSchema>;
type Transaction<Names extends readonly StoreName[], Mode extends IDBTransactionMode> = IDBPTransaction<StoreSchema, Names, Mode>;

/** `strict` reaches the disk before it counts; `relaxed` only the operating system, many times faster. */
type Durability = 'relaxed' | 'strict';

/** Milliseconds before each further try to open. */
const WAITS = [100, 500, 2000];
/** How long another tab may hold an older version open, in milliseconds. */
const BLOCKED = 5000;
/** A later try may succeed where these were thrown (dexie-open.ts heals the same way). */
const PASSING = new Set(['UnknownError', 'InvalidStateError', 'AbortError']);
/** Chrome's UnknownError where site data is blocked does not pass. */
const DENIED = /denied permission/;

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, milliseconds));

/** One try. `gone` is called when the connection is no longer usable. */
async function openOnce(name: string, gone: () => void): Promise<Database> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let refuse: (reason: AppError) => void = () => {};
  const overdue = new Promise<never>((_, reject) => (refuse = reject));
  const opening = openDB<StoreSchema>(name, VERSION, {
    // whole or not at all; that it was aborted is said by the opening itself
    upgrade: (database, oldVersion, _newVersion, tx) => {
      tx.done.catch(() => {});
      void upgrade(database, oldVersion, tx).catch(() => tx.abort());
    },
    blocked: () => {
      const reason = new AppError('STORAGE_BLOCKED', 'another tab of this page holds an older version of the database open; close it');
      timer = setTimeout(() => refuse(reason), BLOCKED);
    },
    // close() waits for the transactions that are under way, so a newer tab never tears a commit
    blocking: (_current, _blocked, event) => {
      gone();
      (event.target as IDBDatabase).close();
    },
    terminated: gone,
  });
  try {
    return await Promise.race([opening, overdue]);
  } catch (error) {
    opening.then(
      (database) => database.close(),
      () => {},
    );
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function open(name: string, gone: () => void): Promise<Database> {
  if (!('indexedDB' in globalThis)) throw new AppError('STORAGE_BLOCKED', 'this browser has no indexedDB');
  for (let attempt = 0; ; attempt++) {
    try {
      return await openOnce(name, gone);
    } catch (error) {
      if (error instanceof AppError) throw error;
      const wait = WAITS[attempt];
      const passing = error instanceof Error && PASSING.has(error.name) && !DENIED.test(error.message);
      if (wait === undefined || !passing) {
        throw new AppError('STORAGE_BLOCKED', `the database cannot be opened: ${describe(error)}`, { cause: error });
      }
      await sleep(wait);
    }
  }
}

export class Connection {
  readonly #name: string;
  #database: Promise<Database> | null = null;
  #opened = false;

  private constructor(name: string) {
    this.#name = name;
  }

  /** Throws `STORAGE_BLOCKED` when the browser gives no database. */
  static async open(name: string = NAME): Promise<Connection> {
    const connection = new Connection(name);
    await connection.#open();
    return connection;
  }

  async #open(): Promise<Database> {
    if (this.#database === null) {
      const opening = open(this.#name, () => {
        if (this.#database === opening) this.#database = null;
      });
      this.#database = opening;
    }
    const database = this.#database;
    try {
      const open = await database;
      this.#opened = true;
      return open;
    } catch (error) {
      if (this.#database === database) this.#database = null;
      // it worked before, so what was saved is there and the run cannot go on in memory alone
      throw this.#opened ? storageError('the database was lost and cannot be opened again', (error as AppError).cause) : error;
    }
  }

  async close(): Promise<void> {
    const database = this.#database;
    this.#database = null;
    await database?.then(
      (open) => open.close(),
      () => {},
    );
  }

  /** A consistent look at `names`. `body` awaits nothing but requests of its transaction. */
  read<const Names extends readonly StoreName[], T>(names: Names, body: (tx: Transaction<Names, 'readonly'>) => Promise<T>): Promise<T> {
    return this.#transact(names, 'readonly', 'relaxed', body);
  }

  /**
   * All that `body` writes, or nothing; resolves when it is committed. `body` awaits nothing but requests of its transaction, and
   * may run a second time after an abort. Throws STORAGE_QUOTA, STORAGE_ABORT, STORAGE_CORRUPT, or what `body` threw with a code.
   */
  write<const Names extends readonly StoreName[], T>(
    names: Names,
    durability: Durability,
    body: (tx: Transaction<Names, 'readwrite'>) => Promise<T>,
  ): Promise<T> {
    return this.#transact(names, 'readwrite', durability, body);
  }

  async #transact<Names extends readonly StoreName[], Mode extends IDBTransactionMode, T>(
    names: Names,
    mode: Mode,
    durability: Durability,
    body: (tx: Transaction<Names, Mode>) => Promise<T>,
  ): Promise<T> {
    for (let last = false; ; last = true) {
      const database = await this.#open();
      let tx: Transaction<Names, Mode> | null = null;
      try {
        tx = database.transaction(names, mode, { durability });
        const [value] = await Promise.all([body(tx), tx.done]);
        return value;
      } catch (error) {
        const aborted = tx === null ? null : await abort(tx);
        if (!(error instanceof AppError || error instanceof DOMException)) throw error;
        const failure = storageError(names.join(', '), error, aborted, tx?.error);
        if (last || failure.code !== 'STORAGE_ABORT') throw failure;
        if (tx === null && isClosed(error)) await this.close();
      }
    }
  }
}

/** Ends a transaction that failed; why it ended, if the browser says so. */
async function abort(tx: { abort(): void; readonly done: Promise<void> }): Promise<unknown> {
  try {
    tx.abort();
  } catch {
    // it was over already
  }
  return tx.done.then(
    () => null,
    (reason: unknown) => reason,
  );
}
