/** What an iteration gives, as a list (Node 20 has no `Array.fromAsync`). */
export async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

/** What an iteration ends with. */
export async function ended<T>(work: AsyncGenerator<unknown, T>): Promise<T> {
  for (;;) {
    const { done, value } = await work.next();
    if (done === true) return value;
  }
}
