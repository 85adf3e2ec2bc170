/** Work beside an engine that may fail: then even the step under way may never end, so nobody may wait for it alone. Knows no engine. */

/**
 * Waits for work unless the engine fails first. Not `Promise.race`: a promise that may never settle keeps alive all that it was ever
 * raced with, which is every event of every run.
 */
export function createRace(failure: Promise<never>): <T>(work: Promise<T>) => Promise<T> {
  let fail: (error: unknown) => void = () => {};
  let failed: { readonly error: unknown } | null = null;
  failure.catch((error: unknown) => {
    failed = { error };
    fail(error);
  });
  return (work) =>
    new Promise((resolve, reject) => {
      work.then(resolve, reject);
      fail = reject;
      if (failed !== null) reject(failed.error);
    });
}

/** The same pieces, unless the engine fails first: they end with its error then. */
export async function* orFailing<T>(pieces: AsyncGenerator<T, void>, failure: Promise<never>): AsyncGenerator<T, void> {
  const orFailure = createRace(failure);
  try {
    for (;;) {
      const next = await orFailure(pieces.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await orFailure(pieces.return()).catch(() => {});
  }
}
