/** Damaged JSON for fuzzing: a value with one to three of its parts exchanged, removed, doubled or nested. Knows no format. */
import fc from 'fast-check';

const ODD: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1e308,
  0.5,
  2 ** 53,
  '',
  'x',
  '\ud800',
  '(a+)+$',
  'Sequence',
  'BPE',
  'Unigram',
  [],
  {},
  [[]],
  [null],
  { type: 'Sequence' },
];

/** Arbitrary damaged copies of a JSON value; strings are as long as the edits make them. */
export function mutated<T>(base: T): fc.Arbitrary<unknown> {
  return fc.array(fc.tuple(fc.nat(), fc.nat(5), fc.constantFrom(...ODD)), { minLength: 1, maxLength: 3 }).map((edits) => {
    let value: unknown = base;
    for (const [seed, kind, odd] of edits) value = edit(value, seed, kind, odd, 0);
    return value;
  });
}

/** A copy with one part changed; the seed says which. Early levels are likelier, as large lists would take every edit. */
function edit(value: unknown, seed: number, kind: number, odd: unknown, depth: number): unknown {
  const down = Math.floor(seed / 7);
  if (typeof value !== 'object' || value === null || (depth > 0 && seed % 7 === 0)) return change(value, kind, odd);
  if (Array.isArray(value)) {
    if (value.length === 0) return change(value, kind, odd);
    const at = down % value.length;
    const copy = [...(value as unknown[])];
    if (kind === 4) copy.splice(at, 1);
    else if (kind === 5) copy.push(copy[at]);
    else copy[at] = edit(copy[at], Math.floor(down / value.length), kind, odd, depth + 1);
    return copy;
  }
  const keys = Object.keys(value);
  if (keys.length === 0) return change(value, kind, odd);
  const key = keys[down % keys.length] as string;
  const entries = Object.entries(value).filter(([name]) => kind !== 4 || name !== key);
  return Object.fromEntries(
    entries.map(([name, item]) =>
      name === key ? [kind === 5 ? `${name}_` : name, edit(item, Math.floor(down / keys.length), kind, odd, depth + 1)] : [name, item],
    ),
  );
}

function change(value: unknown, kind: number, odd: unknown): unknown {
  if (kind === 1) return [value];
  if (kind === 2 && typeof value === 'string') return `${value}${typeof odd === 'string' ? odd : 'x'}`;
  if (kind === 2 && typeof value === 'number') return value + 1;
  return kind === 3 ? { type: value } : odd;
}
