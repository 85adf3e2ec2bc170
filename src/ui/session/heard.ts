/** A call to a worker whose failures are data, a rejected one among them. */
import { toFailure } from '../../errors.ts';
import type { Answer } from '../../protocol/lm.ts';

export async function heard<T>(call: Promise<Answer<T>>): Promise<Answer<T>> {
  return call.catch((error: unknown) => ({ ok: false, failure: toFailure(error) }));
}
