/** What this browser keeps, read again whenever the page comes to the front: another tab, or another window, may have changed it. Knows nothing of what is kept. */

/** Calls `look` at once and at each arrival at the front; gives back the function that ends it. */
export function atFront(look: () => void): () => void {
  const seen = (): void => {
    if (document.visibilityState === 'visible') look();
  };
  document.addEventListener('visibilitychange', seen);
  // of two windows side by side neither is hidden
  window.addEventListener('focus', seen);
  look();
  return () => {
    document.removeEventListener('visibilitychange', seen);
    window.removeEventListener('focus', seen);
  };
}
