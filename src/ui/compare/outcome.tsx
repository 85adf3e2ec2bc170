/** What came out of an experiment: its charts and its table, and what stands in neither. */
import { failureText } from '../language/failure.ts';
import { say, sayName } from '../language/language.ts';
import { Say } from '../language/say.tsx';
import { FEWEST_SEEDS } from '../../comparison/statistics.ts';
import type { Comparison } from '../../comparison/compare.ts';
import { tableOf } from '../../comparison/columns.ts';
import { type ArmLook, lookOf, seedsText } from '../charts/arms.ts';
import { CURVES } from '../charts/curves.ts';
import { DIFFERENCES } from '../charts/differences.ts';
import { Figure, Numbers } from '../charts/figure.tsx';
import { SCORES } from '../charts/scores.ts';
import { Term } from '../page/term.tsx';
import type { LeftOut } from '../session/experiment-plan.ts';
import { EffectsFigure } from './effects-figure.tsx';

export function Missing({ leftOut }: { readonly leftOut: readonly LeftOut[] }) {
  if (leftOut.length === 0) return null;
  return (
    <div class="notice" role="status" data-testid="compare-left-out">
      <p>
        <strong>{say('Left out:')}</strong>{' '}
        {leftOut
          .map(({ arm, seed, failure }) =>
            say('{arm}, seed {seed}: {message} ({code})', {
              arm: sayName(arm),
              seed: String(seed),
              message: failureText(failure),
              code: failure.code,
            }),
          )
          .join(' ')}
      </p>
    </div>
  );
}

/** A comparison of two engines, or of two versions, would compare them and not the arms. */
export function PassedOver({ count }: { readonly count: number }) {
  if (count === 0) return null;
  return (
    <div class="notice" role="status" data-testid="compare-passed-over">
      <p>
        {say(
          '{count, plural, one {One of these runs is stored, but made on another engine or by another version of this page, wholly or in part. A comparison mixes neither, so it runs anew.} other {# of these runs are stored, but made on another engine or by another version of this page, wholly or in part. A comparison mixes neither, so they run anew.}}',
          { count },
        )}
      </p>
    </div>
  );
}

const SHAPES = {
  circle: 'M15 1a4 4 0 1 0 .01 0z',
  square: 'M11.5 1.5h7v7h-7z',
  triangle: 'M15 .5l4.5 8h-9z',
  diamond: 'M15 0l5 5-5 5-5-5z',
} as const;

function Swatch({ colour, dash, symbol }: ArmLook) {
  return (
    <svg viewBox="0 0 30 10" aria-hidden="true">
      <line x1="0" y1="5" x2="30" y2="5" stroke={colour} stroke-width="2.5" stroke-dasharray={dash} />
      <path d={SHAPES[symbol]} fill={colour} stroke="var(--paper)" stroke-width="1" />
    </svg>
  );
}

export function Outcome({ comparison }: { readonly comparison: Comparison }) {
  const seeds = Math.max(0, ...comparison.arms.map((arm) => arm.seeds.length));
  return (
    <>
      <ul class="legend compare-legend" aria-label={say('Arms in the charts')}>
        {comparison.arms.map(({ name }, index) => (
          <li key={name}>
            <Swatch {...lookOf(index)} /> {sayName(name)}
          </li>
        ))}
        {comparison.arms.some(({ expected }) => expected !== null) && (
          <li class="muted">
            <Say
              text="thin dots: an {exactReader} of the world’s pages"
              parts={{ exactReader: <Term name="exact reader">{say('exact reader')}</Term> }}
            />
          </li>
        )}
        <li class="muted">
          {say(
            'n is the number of seeds, bars are 95 % intervals over them; hollow means no clear difference, or a mean of some runs only',
          )}
        </li>
      </ul>
      <div class="pair compare-charts">
        <Figure nested chart={SCORES} data={comparison} />
        <Figure nested chart={DIFFERENCES} data={comparison} />
        <Figure nested chart={CURVES} data={comparison} />
        <EffectsFigure comparison={comparison} />
      </div>
      {comparison.arms.length > 0 && <Numbers table={tableOf(comparison)} label={say('Comparison')} testid="compare-table" />}
      <p class="field-note">
        <Say
          text="Scores are shares of test questions answered as they should be: asked cold, or few-shot, with demonstrations in view. Those are different measures: zero-shot is compared with zero-shot only, few-shot with few-shot. The last round made is the model after all data and all steps; of a run that stopped early it is the round that fell, and is compared with nothing. The returned round is the one that the validation questions choose, and the pictures are of it. In brackets: 95 % {interval} over seeds."
          parts={{ interval: <Term name="interval">{say('intervals')}</Term> }}
        />{' '}
        {seeds > 0 && seeds < FEWEST_SEEDS
          ? say('From {seeds} nothing is called better or worse: take {fewest} or more.', { seeds: seedsText(seeds), fewest: FEWEST_SEEDS })
          : say('The more comparisons, the more it takes to call one of them better or worse.')}
      </p>
    </>
  );
}
