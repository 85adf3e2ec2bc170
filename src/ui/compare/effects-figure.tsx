/** The differences by question kind in their frame, with the choice of one arm. */
import { say, sayName } from '../language/language.ts';
import { useMemo, useState } from 'preact/hooks';
import type { Comparison } from '../../comparison/compare.ts';
import { differs, EFFECTS } from '../charts/effects.ts';
import { Figure } from '../charts/figure.tsx';

const ALL = '';
/** With more arms than this the picture begins with one of them. */
const MOST_ARMS = 4;

export function EffectsFigure({ comparison }: { readonly comparison: Comparison }) {
  const [chosen, choose] = useState<string | null>(null);
  const names = comparison.arms.filter(differs).map(({ name }) => name);
  const usual = names.length > MOST_ARMS ? (names[0] ?? ALL) : ALL;
  const shown = chosen !== null && (chosen === ALL || names.includes(chosen)) ? chosen : usual;
  const look = useMemo(() => ({ only: shown === ALL ? null : shown }), [shown]);
  return (
    <Figure nested chart={EFFECTS} data={comparison} look={look}>
      {names.length > 1 && (
        <p class="tools">
          <label>
            {say('shown')}{' '}
            <select value={shown} onChange={(event) => choose(event.currentTarget.value)}>
              <option value={ALL}>{say('all arms')}</option>
              {names.map((name) => (
                <option key={name} value={name}>
                  {sayName(name)}
                </option>
              ))}
            </select>
          </label>
        </p>
      )}
    </Figure>
  );
}
