/** Chapter 6: one thing is left out at a time. Which run falls, and what does that look like in entropy and voices? */
import { aboutWorld, voicesOf } from '../../../run/worlds.ts';
import { percent } from '../../../shares.ts';
import { BY_ROUND, type ByRound } from '../../charts/by-round.ts';
import { Figure, Numbers } from '../../charts/figure.tsx';
import { Voices } from '../../charts/voices.tsx';
import { decimal } from '../../../locale.ts';
import { listed, say, toSay } from '../../language/language.ts';
import { useSaid } from '../../language/say.tsx';
import type { Made } from '../../session/lesson-runs.ts';
import type { Session } from '../../session/session.ts';
import type { Chapter } from '../chapter.ts';
import { endOf, labelSharesOf, scoresOf } from '../findings.ts';
import { type Break, BREAKS, ROUNDS, STEPPING } from '../lesson-arms.ts';
import { allMade, Bundled, canRun, isSeen, Making, useLabels } from '../making.tsx';
import { Explain, Guess, Observed } from '../steps.tsx';

const NUMBER = 6;
const ARMS = [STEPPING, BREAKS.fixed, BREAKS.none, BREAKS.same] as const;

const SWITCHES: readonly { readonly value: Break | 'neither'; readonly label: string }[] = [
  { value: 'fixed', label: toSay('fixed example: every question is shown the same one') },
  { value: 'none', label: toSay('no example: nothing is shown before a question, neither example nor rules') },
  { value: 'same', label: toSay('same prompts again: every round asks the questions of the first') },
  { value: 'neither', label: toSay('none of them') },
];

/** Training that gains no more than this has come to nothing. */
const NOTHING = 0.1;

/** A run counts as collapsed that ends hardly above where it began, for all its training. */
export function collapsedOf(made: readonly Made[]): readonly Made[] {
  return made.filter((run) => {
    const scores = scoresOf(run);
    return scores.length > 1 && (endOf(scores.slice(1)) ?? 1) <= (scores[0] ?? 0) + NOTHING;
  });
}

/** What could be left out after all, by where these runs end; empty where each that left something out collapsed. */
export function heldText(made: readonly Made[]): string {
  const collapsed = collapsedOf(made);
  const end = (run: Made): string => percent(scoresOf(run).at(-1) ?? 0);
  const intact = made.find(({ arm }) => arm === STEPPING.name);
  const held = made.filter((run) => run !== intact && !collapsed.includes(run));
  if (held.length === 0 || intact === undefined) return '';
  return say('Something was left out, and it did not collapse: {runs}. With nothing left out it ends at {end}.', {
    runs: listed(held.map((run) => say('“{arm}” ends at {end}', { arm: say(run.arm), end: end(run) }))),
    end: end(intact),
  });
}

/** Who spoke in the answers that the last round learnt from. */
function LastVoices({ session, made }: { readonly session: Session; readonly made: Made }) {
  const writers = aboutWorld(made.config.world)?.writers;
  const labels = useLabels(session, made);
  const [first, last] = [labels[0], labels.at(-1)];
  if (writers === undefined || first === undefined || last === undefined) return null;
  const of = (round: typeof last) =>
    voicesOf(writers, Object.fromEntries(Object.entries(round).map(([kind, { right, of }]) => [kind, right / Math.max(1, of)])));
  return (
    <div class="lesson-voices">
      <h4>{say(made.arm)}</h4>
      <Voices
        names={writers.names}
        bars={of(last)}
        ghost={of(first)}
        label={say('Who speaks in the last round: {arm}', { arm: say(made.arm) })}
        say={percent}
        widest={1}
      />
    </div>
  );
}

function Broken({ session, made }: { readonly session: Session; readonly made: readonly Made[] }) {
  const key = made.map(({ rounds, base }) => `${rounds.length}${base === null ? '' : '+'}`).join();
  const figure = useSaid(
    (): ByRound => ({
      title: say('Right answers, asked cold'),
      text: say('Each run leaves out one thing; the first leaves out nothing.'),
      label: say('Share of test questions answered as they should be, by round'),
      rounds: ROUNDS,
      curves: made.map((run, look) => ({ name: say(run.arm), shares: scoresOf(run), look })),
    }),
    [key],
  );
  const rows = made
    .filter(({ base }) => base !== null)
    .map((run) => {
      const [scores, labels] = [scoresOf(run), labelSharesOf(run)];
      const surprise = run.rounds.flatMap((round) => round.surprise ?? []);
      const ends = (values: readonly number[], write: (value: number) => string): string =>
        values.length === 0 ? '–' : say('{from} → {to}', { from: write(values[0] ?? 0), to: write(values.at(-1) ?? 0) });
      return [say(run.arm), ends(scores, percent), ends(labels, percent), ends(surprise, (value) => decimal(value, 3))];
    });
  const head = [
    say('run'),
    say('right answers, base → last round'),
    say('right labels, first → last round'),
    say('entropy of its answers, nats a token'),
  ];
  const done = allMade(made);
  const collapsed = collapsedOf(made);
  const intact = made[0];
  return (
    <Observed>
      <Making session={session} arms={ARMS} />
      <Figure nested chart={BY_ROUND} data={figure} />
      {rows.length > 0 && <Numbers table={{ head, rows }} label={say('The runs side by side')} testid="breaks" />}
      <p class="field-note">
        {say(
          'Entropy is estimated from the answers of a round: minus the mean log-probability of their tokens. Low means that it hardly ever says anything else.',
        )}
      </p>
      {done && intact !== undefined && (
        <>
          <p data-testid="collapsed">
            <strong>
              {collapsed.length === 0
                ? say('None collapsed: each ends more than ten points above its beginning.')
                : collapsed.length === 1
                  ? say('One collapsed: {arm}. It ends no more than ten points above its beginning.', { arm: say(collapsed[0]?.arm ?? '') })
                  : say('Collapsed, ending no more than ten points above their beginning: {arms}.', {
                      arms: collapsed.map(({ arm }) => say(arm)).join(', '),
                    })}
            </strong>{' '}
            {heldText(made)} {fixedText(made)}
          </p>
          <h3>{say('Who speaks in the answers of the last round')}</h3>
          <p>{say('The outline is who spoke in the answers of the first round.')}</p>
          <div class="lesson-voices-row">
            {made.map((run) => (
              <LastVoices key={run.arm} session={session} made={run} />
            ))}
          </div>
          <Explain session={session} chapter={NUMBER}>
            <WhyBroken made={made} />
          </Explain>
        </>
      )}
    </Observed>
  );
}

/** The mean surprise of the answers of the last round; null where it was not taken. */
const lastEntropy = ({ rounds }: Made): number | null => rounds.at(-1)?.surprise ?? null;

/** Why, from what these runs measured. */
function WhyBroken({ made }: { readonly made: readonly Made[] }) {
  const none = made.find(({ arm }) => arm === BREAKS.none.name);
  const first = percent(none === undefined ? 0 : (labelSharesOf(none)[0] ?? 0));
  const collapsed = collapsedOf(made);
  const without = collapsed.some(({ arm }) => arm === BREAKS.none.name)
    ? say(
        'Without an example nothing says who should speak: {labels} of its first labels were right, and training makes commoner what is common already.',
        { labels: first },
      )
    : say('Without an example {labels} of its first labels were right, and yet this run did not collapse.', { labels: first });
  const surest = made.toSorted((a, b) => (lastEntropy(a) ?? Infinity) - (lastEntropy(b) ?? Infinity))[0];
  if (surest === undefined) return <>{without}</>;
  const parts = { arm: say(surest.arm), end: percent(scoresOf(surest).at(-1) ?? 0) };
  return (
    <>
      {without}{' '}
      {collapsed.includes(surest)
        ? say('Its entropy is the lowest too: the run “{arm}” is the surest of itself, and ends at {end}.', parts)
        : say('Low entropy is no sign of it: the run “{arm}” is the surest of itself, and ends at {end}.', parts)}
    </>
  );
}

/** What a fixed example was worth, which hangs on the one that was drawn. */
export function fixedText(made: readonly Made[]): string {
  const [fixed, intact] = [BREAKS.fixed.name, STEPPING.name].map(
    (name) => labelSharesOf(made.find(({ arm }) => arm === name) ?? { base: null, rounds: [] })[0],
  );
  if (fixed === undefined || intact === undefined) return '';
  const parts = { fixed: percent(fixed), intact: percent(intact) };
  return fixed >= intact
    ? say(
        'A fixed example is a lottery, and this one was lucky: {fixed} of the first labels were right, {intact} with examples drawn anew.',
        parts,
      )
    : say(
        'A fixed example is a lottery, and this one was unlucky: {fixed} of the first labels were right, {intact} with examples drawn anew.',
        parts,
      );
}

function BreakIt({ session }: { readonly session: Session }) {
  const guessed = session.lesson.guessed(NUMBER);
  const made = session.lessonRuns.made(ARMS);
  const seen = isSeen(session, NUMBER, guessed, made);
  return (
    <>
      <p>
        {say(
          'Into a round go an example, a fresh one for each question, and new questions. Three runs leave out one of these each; a fourth leaves out nothing. A run has collapsed when, for all its training, it ends no more than ten points above its beginning.',
        )}
      </p>
      {(!seen || guessed.value.guess !== null) && (
        <Guess
          guessed={guessed}
          legend={say('Which switch makes it collapse?')}
          options={SWITCHES.map(({ value, label }) => ({ value, label: say(label) }))}
          show={() => void session.lessonRuns.start(ARMS)}
          able={canRun(session)}
          label={say('Break it')}
        />
      )}
      {seen && <Broken session={session} made={made} />}
    </>
  );
}

function Content({ session }: { readonly session: Session }) {
  return (
    <Bundled session={session}>
      <BreakIt session={session} />
    </Bundled>
  );
}

export const breakIt: Chapter = {
  number: NUMBER,
  name: toSay('Break it'),
  question: toSay('What can be left out, and what cannot?'),
  Content,
};
