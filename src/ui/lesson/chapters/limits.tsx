/** Chapter 8: what it cannot do. What it still has wrong, what it had right and lost, how good a checker would have to be, and what is else in a real model. */
import { useEffect, useState } from 'preact/hooks';
import { type Flips, flipsOf } from '../../../comparison/flips.ts';
import { percent } from '../../../shares.ts';
import { BY_ROUND, type ByRound } from '../../charts/by-round.ts';
import { Figure } from '../../charts/figure.tsx';
import { say, sayName, toSay } from '../../language/language.ts';
import { Written, useSaid } from '../../language/say.tsx';
import { asWritten } from '../../samples/written.ts';
import type { Made } from '../../session/lesson-runs.ts';
import type { Session } from '../../session/session.ts';
import type { Chapter } from '../chapter.ts';
import { Dial } from '../dial.tsx';
import { labelSharesOf, pathsOf, scoresOf } from '../findings.ts';
import { BREAKS, CHECKED, ROUNDS, STEPPING } from '../lesson-arms.ts';
import { allMade, Bundled, canRun, isSeen, Making, useLabels } from '../making.tsx';
import { Explain, Guess, Observed } from '../steps.tsx';
import { labelShare } from './one-round.tsx';

const NUMBER = 8;
const ARMS = [STEPPING, BREAKS.fixed, CHECKED] as const;
/** So many answers that became wrong are shown. */
const SHOWN = 3;

/** The questions whose answers changed from the base to the last round of a run; null until they are read. */
function useFlips(session: Session, { run, rounds, state }: Made): Flips | null {
  const [found, keep] = useState<{ readonly run: string; readonly flips: Flips } | null>(null);
  const last = rounds.length;
  useEffect(() => {
    let current = true;
    if (run !== null && state === 'made')
      void Promise.all([session.heldOut(run, 0), session.heldOut(run, last)]).then(([before, after]) => {
        if (current && before && after) keep({ run, flips: flipsOf(before, after, 'test') });
        return undefined;
      });
    return () => void (current = false);
  }, [session, run, last, state]);
  return found !== null && found.run === run ? found.flips : null;
}

/** What was right and is wrong now, after a run. */
function Forgotten({ session, made }: { readonly session: Session; readonly made: Made }) {
  const flips = useFlips(session, made);
  if (flips === null) return null;
  const lost = flips.flips.filter(({ became }) => became === 'wrong');
  const won = flips.flips.length - lost.length;
  return (
    <>
      <p data-testid="forgotten">
        <strong>
          {say('{arm}: of {common} test questions {won} became right, and {lost} became wrong that were right before.', {
            arm: say(made.arm),
            common: flips.common,
            won,
            lost: lost.length,
          })}
        </strong>
      </p>
      {lost.length > SHOWN && <p>{say('{shown} of these {lost}:', { shown: SHOWN, lost: lost.length })}</p>}
      {lost.length > 0 && (
        <ul class="lost">
          {lost.slice(0, SHOWN).map(({ id, question, before, after }) => (
            <li key={id}>
              <Written>{question}</Written>
              <dl>
                <dt>{say('before')}</dt>
                <dd>
                  <Written>{asWritten(before.text)}</Written>
                </dd>
                <dt>{say('after {rounds} rounds', { rounds: ROUNDS })}</dt>
                <dd>
                  <Written>{asWritten(after.text)}</Written>
                </dd>
              </dl>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** The kind that is furthest from right after the last round. */
function worstOf(made: Made): { readonly kind: string; readonly share: number } | undefined {
  return pathsOf(made)
    .map(({ kind, shares }) => ({ kind, share: shares.at(-1) ?? 0 }))
    .toSorted((a, b) => a.share - b.share)[0];
}

/** How much of the test questions it still has wrong, and which kind most. */
export function wrongText(made: Made): string {
  const [score, worst] = [scoresOf(made).at(-1) ?? 0, worstOf(made)];
  if (score === 1) return say('On its own feet it answers every test question as it should after the last round.');
  return say(
    'On its own feet it still answers {wrong} of the test questions wrongly after the last round. Furthest from right is {kind}: {share} of these questions are answered as they should be.',
    { wrong: percent(1 - score), kind: sayName(worst?.kind ?? ''), share: percent(worst?.share ?? 0) },
  );
}

/** What it still has wrong, and how many of its last labels on that were right. */
function StillWrong({ session, made }: { readonly session: Session; readonly made: Made }) {
  const labels = useLabels(session, made).at(-1);
  const worst = worstOf(made);
  if (worst === undefined) return null;
  const of = labelShare(labels, worst.kind);
  return (
    <p data-testid="still-wrong">
      {wrongText(made)}{' '}
      {scoresOf(made).at(-1) !== 1 &&
        of !== null &&
        say('Of its last labels on it {of} were right, and it cannot know which.', { of: percent(of) })}
    </p>
  );
}

/** What runs on models of the reader's own measured, or what would be measured there. */
function RealModel({ session }: { readonly session: Session }) {
  const probed = (session.runs.value ?? []).flatMap(({ model, result }) =>
    model === undefined || result?.probes === undefined
      ? []
      : Object.keys(result.probes.base.sets).map((set) => ({
          model: model.name,
          set,
          before: result.probes?.base.sets[set]?.share ?? 0,
          after: result.probes?.returned.sets[set]?.share ?? 0,
        })),
  );
  return (
    <>
      <h3>{say('And a real model?')}</h3>
      <p>
        {say(
          'This world knows which answers are right, so everything here could be counted. In a real model nobody can grade a free answer, and there is much more to forget. Open one under Models: a run on it asks plain facts before and after.',
        )}
      </p>
      {probed.length > 0 && (
        <ul>
          {probed.map(({ model, set, before, after }, index) => (
            <li key={index} dir="auto">
              {say('{model}, {set}: {before} right before, {after} after.', { model, set, before: percent(before), after: percent(after) })}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Seen({ session, made }: { readonly session: Session; readonly made: readonly [Made, Made, Made] }) {
  const [own, fixed, checked] = made;
  const done = allMade(made);
  const figure = useSaid(
    (): ByRound => ({
      title: say('Right answers, asked cold'),
      text: say(
        'The checker drops every wrong answer before it is learnt. Nobody has one for a real model: it would have to know all that is right.',
      ),
      label: say('Share of test questions answered as they should be, by round'),
      rounds: ROUNDS,
      curves: made.map((run, look) => ({ name: say(run.arm), shares: scoresOf(run), look })),
    }),
    [own.base, own.rounds.length, fixed.base, fixed.rounds.length, checked.base, checked.rounds.length],
  );
  return (
    <Observed>
      <Making session={session} arms={ARMS} />
      <Figure nested chart={BY_ROUND} data={figure} />
      {own.state === 'made' && (
        <>
          <Forgotten session={session} made={own} />
          <Forgotten session={session} made={fixed} />
          <StillWrong session={session} made={own} />
        </>
      )}
      {done && (
        <>
          <Explain session={session} chapter={NUMBER}>
            {say(
              'It can only make commoner what it already says sometimes: of its last labels {labels} were right, it ends at {own}, and with a checker at {checked}. Nothing in a round knows what is true or good; that was decided by who wrote the example, and with a checker by who wrote the checker.',
              {
                labels: percent(labelSharesOf(own).at(-1) ?? 0),
                own: percent(scoresOf(own).at(-1) ?? 0),
                checked: percent(scoresOf(checked).at(-1) ?? 0),
              },
            )}
          </Explain>
          <Dial session={session} chapter={NUMBER} />
          <RealModel session={session} />
        </>
      )}
    </Observed>
  );
}

function Limits({ session }: { readonly session: Session }) {
  const guessed = session.lesson.guessed(NUMBER);
  const made = session.lessonRuns.made(ARMS);
  const [own, fixed, checked] = made;
  const seen = isSeen(session, NUMBER, guessed, made);
  return (
    <>
      <p>
        {say(
          'The runs of chapters 5 and 6 once more, on its own feet and with a fixed example, beside one with a checker who knows every right answer and drops all others. Look at what is still wrong at the end, and at what was right in the beginning and is wrong now.',
        )}
      </p>
      {(!seen || guessed.value.guess !== null) && (
        <Guess
          guessed={guessed}
          legend={say('Of a hundred questions, how many become wrong that were right before, with one fixed example?')}
          options={[
            { value: 'none', label: say('none') },
            { value: 'few', label: say('one to five') },
            { value: 'many', label: say('more than five') },
          ]}
          show={() => void session.lessonRuns.start(ARMS)}
          able={canRun(session)}
          label={say('Run what is missing')}
        />
      )}
      {seen && own !== undefined && fixed !== undefined && checked !== undefined && <Seen session={session} made={[own, fixed, checked]} />}
    </>
  );
}

function Content({ session }: { readonly session: Session }) {
  return (
    <Bundled session={session}>
      <Limits session={session} />
    </Bundled>
  );
}

export const limits: Chapter = {
  number: NUMBER,
  name: toSay('What it cannot do'),
  question: toSay('Why not for ever, and who decides what is good?'),
  Content,
};
