/** The charts of a run in their frames, with what stands beside them: the main number, the legend. */
import { say } from '../language/language.ts';
import { Say } from '../language/say.tsx';
import { useMemo } from 'preact/hooks';
import { roundsOf } from '../../run/recipe.ts';
import { percent } from '../../shares.ts';
import { ALIGNMENT } from '../charts/alignment.ts';
import { Figure } from '../charts/figure.tsx';
import { GAUGES, hasGauges } from '../charts/gauges.ts';
import { KINDS } from '../charts/kinds.ts';
import { LOSS } from '../charts/loss.ts';
import { EXPECTED, SERIES } from '../charts/series.ts';
import { STEPS } from '../charts/steps.ts';
import { KindName } from '../page/named.tsx';
import { Term } from '../page/term.tsx';
import type { TermName } from '../words.ts';
import { expectedShown, foretoldText, roundsDrawn, roundShown, scoresShown, shownText, surestText, worldOf } from '../session/outcome.ts';
import type { Session } from '../session/session.ts';
import type { RunView } from '../session/view.ts';
import { OfOther } from './other-model.tsx';

/** The word that explains a curve. */
const TERM_OF = {
  fewShot: 'few-shot',
  oneShot: 'few-shot',
  zeroShot: 'zero-shot',
  sampled: 'sampled',
  labelQuality: 'label quality',
} as const satisfies Readonly<Record<(typeof SERIES)[number]['key'], TermName>>;

type Props = { readonly session: Session };

/** Zero-shot before and after, large enough for the back row. */
function Headline({ session, view }: Props & { readonly view: RunView }) {
  const { base } = view;
  if (base === null) return null;
  const after = roundShown(view) === 0 ? null : scoresShown(view);
  const name = shownText(view);
  return (
    <p class="headline" data-testid="headline">
      <span class="unseen">{say('zero-shot')} </span>
      {percent(base.scores.zeroShot)}
      {after !== null && (
        <>
          <span class="headline-arrow"> → </span>
          <b>{percent(after.zeroShot)}</b>
        </>
      )}
      {name !== '' && <span class="headline-round"> {name}</span>}
      <OfOther session={session} />
    </p>
  );
}

export function AlignmentFigure({ session }: Props) {
  const view = session.plotted.value;
  const rounds = roundsDrawn(view, roundsOf(view.config ?? session.parsed.value.config));
  const data = useMemo(() => ({ view, rounds }), [view, rounds]);
  return (
    <Figure chart={ALIGNMENT} data={data} headline={<Headline session={session} view={view} />}>
      <ul class="legend" aria-label={say('Curves')}>
        {SERIES.map(({ key, label, colour, dash }) => (
          <li key={key}>
            <svg viewBox="0 0 30 10" aria-hidden="true">
              <line x1="0" y1="5" x2="30" y2="5" stroke={colour} stroke-width="2.5" stroke-dasharray={dash} />
            </svg>
            <Term name={TERM_OF[key]}>{say(label)}</Term>
          </li>
        ))}
        {expectedShown(view).length > 0 && (
          <li>
            <svg viewBox="0 0 30 10" aria-hidden="true">
              <line x1="0" y1="5" x2="30" y2="5" stroke={EXPECTED.colour} stroke-width="2" stroke-dasharray={EXPECTED.dash} />
            </svg>
            <Term name="exact reader">{say(EXPECTED.label)}</Term>
          </li>
        )}
      </ul>
      <Foretold view={view} />
    </Figure>
  );
}

/** What could have been known of its end before it came, under the curves: an afterthought for who asks when to stop. */
function Foretold({ view }: { readonly view: RunView }) {
  const told = [foretoldText(view), surestText(view)].filter((text) => text !== '');
  return told.length === 0 ? null : <p class="legend-text">{told.join(' ')}</p>;
}

export function LossFigure({ session }: Props) {
  return (
    <div class="wide">
      <Figure chart={LOSS} data={session.plotted.value} />
    </div>
  );
}

export function KindsFigure({ session }: Props) {
  const view = session.plotted.value;
  return (
    <Figure chart={KINDS} data={view}>
      <p class="legend-text">
        <span class="ring" aria-hidden="true" /> {say('base model')}
        {roundShown(view) > 0 && (
          <>
            {' '}
            <span class="disc" aria-hidden="true" /> {shownText(view)}
          </>
        )}
        , {say('zero-shot')}
      </p>
      {view.base !== null && (
        <ul class="legend names" aria-label={say('What the kinds are')}>
          {Object.keys(view.base.byKind).map((kind) => (
            <li key={kind}>
              <KindName world={worldOf(view)} name={kind} />
            </li>
          ))}
        </ul>
      )}
    </Figure>
  );
}

export function StepsFigure({ session }: Props) {
  const view = session.plotted.value;
  const rounds = roundsDrawn(view, roundsOf(view.config ?? session.parsed.value.config));
  const data = useMemo(() => ({ view, rounds }), [view, rounds]);
  return (
    <Figure chart={STEPS} data={data}>
      <p class="legend-text">
        <Say
          text="A bar is a round’s zero-shot score; strong from 90 % on. {factsKept} is what the base had right and is still right."
          parts={{ factsKept: <Term name="facts kept">{say('Facts kept')}</Term> }}
        />
      </p>
    </Figure>
  );
}

/** Only there when the run measured everything. */
export function GaugesFigure({ session }: Props) {
  const view = session.plotted.value;
  if (!hasGauges(view)) return null;
  return (
    <div class="wide">
      <Figure chart={GAUGES} data={view}>
        <p class="legend-text">
          <span class="ring" aria-hidden="true" /> {say('base model')} <span class="disc" aria-hidden="true" /> {shownText(view)},{' '}
          {say('zero-shot')}
        </p>
      </Figure>
    </div>
  );
}
