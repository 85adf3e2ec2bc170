/** Tells the page once a second that this worker's event loop turns; a worker that dies or hangs falls silent. */

type Beat = { readonly beat: true };

export function startHeartbeat(): void {
  const beat: Beat = { beat: true };
  setInterval(() => postMessage(beat), 1000);
}
