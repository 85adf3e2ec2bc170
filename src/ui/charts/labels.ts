/** Places for the labels at the ends of curves. Pure; knows no chart. */

/** Moves values apart so that no label covers another: at least `gap` between two, none above `ceiling`. */
export function spread(values: readonly number[], gap: number, ceiling: number): readonly number[] {
  const order = values.map((value, index) => ({ value, index })).toSorted((a, b) => a.value - b.value);
  const placed: number[] = [];
  for (const { value } of order) placed.push(Math.max(value, (placed.at(-1) ?? -Infinity) + gap));
  let highest = ceiling;
  for (let i = placed.length - 1; i >= 0; i--) {
    placed[i] = Math.min(placed[i] ?? 0, highest);
    highest = (placed[i] ?? 0) - gap;
  }
  const out = [...values];
  for (const [place, { index }] of order.entries()) out[index] = placed[place] ?? 0;
  return out;
}
