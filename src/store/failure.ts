/**
 * What went wrong in the database, as an error with a code. A full disk may show as a failed request, as the reason of an aborted
 * transaction, or only as the cause inside a bare AbortError, so every place is looked at. Knows no store.
 */
import { AppError } from '../errors.ts';

const FULL = new Set(['QuotaExceededError', 'NS_ERROR_DOM_QUOTA_REACHED', 'NS_ERROR_FILE_NO_DEVICE_SPACE']);
/** The bytes of a stored value are gone or cannot be decoded. */
const LOST = new Set(['NotReadableError', 'DataError']);
/** The connection is closing or closed; a new one may work. */
const CLOSED = new Set(['InvalidStateError', 'TransactionInactiveError']);

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && key in value ? (value as Record<string, unknown>)[key] : undefined;
}

/** The names of an error and of all that it carries inside. */
function names(error: unknown): string[] {
  const found: string[] = [];
  const seen = new Set<unknown>();
  const todo = [error];
  while (todo.length > 0) {
    const next = todo.pop();
    if (typeof next !== 'object' || next === null || seen.has(next)) continue;
    seen.add(next);
    const name = field(next, 'name');
    if (typeof name === 'string') found.push(name);
    todo.push(field(next, 'inner'), field(next, 'cause'), field(next, 'error'));
  }
  return found;
}

export function isClosed(error: unknown): boolean {
  return names(error).some((name) => CLOSED.has(name));
}

/** One line for the developer. */
export function describe(error: unknown): string {
  const message = field(error, 'message');
  return [names(error).join(' < '), typeof message === 'string' ? message : String(error)].filter((part) => part !== '').join(': ');
}

/** The first cause among `errors` (request, transaction, its `error`) as an AppError; one that has a code already stays as it is. */
export function storageError(what: string, ...errors: readonly unknown[]): AppError {
  for (const error of errors) if (error instanceof AppError) return error;
  const all = errors.flatMap(names);
  const detail = `${what}: ${errors
    .filter((error) => error !== undefined && error !== null)
    .map(describe)
    .join('; ')}`;
  const cause = { cause: errors[0] };
  if (all.some((name) => FULL.has(name))) return new AppError('STORAGE_QUOTA', detail, cause);
  if (all.some((name) => LOST.has(name))) return new AppError('STORAGE_CORRUPT', detail, cause);
  return new AppError('STORAGE_ABORT', detail, cause);
}
