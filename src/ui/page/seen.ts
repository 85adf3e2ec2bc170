/** Tells when a place of the page comes into view. Knows nothing of what is there. */
import { useEffect } from 'preact/hooks';

/** Calls `look` whenever the place comes into view; looks again for the place when one of `inputs` changes. */
export function useSeen(place: { readonly current: Element | null }, look: () => void, inputs: readonly unknown[]): void {
  useEffect(() => {
    if (place.current === null) return;
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting === true) look();
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, inputs);
}
