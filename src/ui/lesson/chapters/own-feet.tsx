/** Chapter 5: round after round beside a frozen teacher. They part where the labels do, and kinds flip one after the other. */
import { percent, shareText } from '../../../shares.ts';
import { aboutWorld } from '../../../run/worlds.ts';
import { expectedOf } from '../../../run/expected.ts';
import { BY_ROUND, type ByRound } from '../../charts/by-round.ts';
import { Figure, Numbers } from '../../charts/figure.tsx';
import { listed, say, sayName, toSay } from '../../language/language.ts';
import { useSaid } from '../../language/say.tsx';
import type { Made } from '../../session/lesson-runs.ts';
import type { Session } from '../../session/session.ts';
import type { Chapter } from '../chapter.ts';
import { endOf, flippedOf, type Labels, labelSharesOf, partingOf, pathsOf, pointsOf, scoresOf } from '../findings.ts';
import { kindText } from '../kind-words.ts';
import { FROZEN, ROUNDS, STEPPING } from '../lesson-arms.ts';
import { allMade, Bundled, canRun, isSeen, Making, useLabels } from '../making.tsx';
import { Explain, Guess, Observed } from '../steps.tsx';
import { distanceText, drawingOf, labelShare } from './one-round.tsx';

const NUMBER = 5;
const ARMS = [STEPPING, FROZEN] as const;

/** From which round on the labels are better, and by how much there and at the end. */
export function partText(own: readonly number[], frozen: readonly number[]): string {
  const from = partingOf(own, frozen);
  if (from === null) return say('To the end its labels are not better than the frozen teacher’s.');
  const ahead = (round: number): number => pointsOf(own[round - 1]) - pointsOf(frozen[round - 1]);
  return say(
    'From round {round} on more of its labels are right than of the frozen teacher’s: {first, plural, one {# point} other {# points}} more in that round, {last, plural, one {# point} other {# points}} in the last.',
    { round: from, first: ahead(from), last: ahead(Math.min(own.length, frozen.length)) },
  );
}

/** Where labels part, and what they were in round 2. */
function PartingText({
  own,
  frozen,
  scores,
}: {
  readonly own: readonly number[];
  readonly frozen: readonly number[];
  readonly scores: number | null;
}) {
  const from = partingOf(own, frozen);
  const [second, beside] = [own[1] ?? 0, frozen[1] ?? 0];
  return (
    <p data-testid="parting">
      <strong>{partText(own, frozen)}</strong>{' '}
      {say('In round 2, {own} of the labels that it learnt from were right; of the frozen teacher’s, {frozen}.', {
        own: percent(second),
        frozen: percent(beside),
      })}
      {from !== null &&
        scores !== null &&
        scores > from &&
        ` ${say('After round {before} its score is not yet above the frozen teacher’s, from round {round} on it is: what is learnt shows later.', { before: scores - 1, round: scores })}`}
    </p>
  );
}

/** The kinds in the order in which they flipped, and how many labels on each were right in that round and the one before. */
function FlipsTable({ made, labels }: { readonly made: Made; readonly labels: readonly Labels[] }) {
  const rows = flippedOf(made).map(({ kind, flipped }) => [
    kindText(kind),
    say('after round {round}', { round: flipped }),
    shareText(labelShare(labels[flipped - 1], kind)),
    flipped === 1 ? '–' : shareText(labelShare(labels[flipped - 2], kind)),
  ]);
  if (rows.length === 0) return <p>{say('No kind flipped in this run.')}</p>;
  const head = [say('kind'), say('nine of ten right'), say('right labels in that round'), say('in the round before')];
  const never = pathsOf(made).filter(({ flipped }) => flipped === null);
  return (
    <>
      <Numbers table={{ head, rows }} label={say('Kinds in the order in which they flipped')} testid="flips-in-order" />
      {never.length > 0 && <p>{say('In these rounds not: {kinds}.', { kinds: listed(never.map(({ kind }) => sayName(kind))) })}</p>}
    </>
  );
}

/** Of the writers who are right on one kind, by how much they wrote, the share that is right on another, higher kind; null where it is not higher. */
export function rightToo(world: string, lower: string, higher: string): number | null {
  const writers = aboutWorld(world)?.writers;
  const rungOf = (wanted: string): number => writers?.kinds.find(({ kind }) => kind === wanted)?.rung ?? 0;
  const from = (rung: number): number => (writers?.priors ?? []).slice(rung).reduce((sum, prior) => sum + prior, 0);
  return rungOf(higher) > rungOf(lower) ? from(rungOf(higher)) / from(rungOf(lower)) : null;
}

/** Which kind came second, and why. */
function SecondText({ made, labels }: { readonly made: Made; readonly labels: readonly Labels[] }) {
  const [first, second] = flippedOf(made);
  if (first === undefined || second === undefined) return null;
  const share = labelShare(labels[second.flipped - 1], second.kind);
  const before = labelShare(labels[0], second.kind);
  const too = rightToo(made.config.world, first.kind, second.kind);
  const parts = {
    first: sayName(first.kind),
    second: sayName(second.kind),
    share: shareText(share),
    before: shareText(before),
    round: second.flipped,
  };
  return (
    <p data-testid="second-flip">
      <strong>{say('The first kind to flip was {first}, the second {second}.', parts)}</strong>{' '}
      {second.flipped === 1
        ? say('Both flipped in round 1, in which {share} of the labels on {second} were right.', parts)
        : say(
            'In round {round}, in which {second} flipped, {share} of its labels on it were right; in round 1 it was {before}.',
            parts,
          )}{' '}
      {too === null
        ? say('On the ladder {second} comes before {first}; in this run it came after.', parts)
        : say(
            'Why second: once it answers {first} rightly, it speaks like the writers who do, and {too} of what these wrote comes from writers who are right on {second} too. A majority again.',
            { ...parts, too: percent(too) },
          )}
    </p>
  );
}

function Rounds({ session, own, frozen }: { readonly session: Session; readonly own: Made; readonly frozen: Made }) {
  const drawing = drawingOf(session).value;
  const labels = useLabels(session, own);
  const done = allMade([own, frozen]);
  const figure = useSaid((): ByRound => {
    const expected = own.base === null ? null : expectedOf(own.config, own.base.scores);
    const scores = scoresOf(own);
    return {
      title: say('Right answers, asked cold'),
      text: `${distanceText(drawing, scores)} ${expected === null ? '' : say('Thin dots: how far somebody would come who had read the same pages without a mistake, by arithmetic.')}`.trim(),
      label: say('Share of test questions answered as they should be, by round'),
      rounds: ROUNDS,
      curves: [
        { name: say(own.arm), shares: scores, look: 0 },
        { name: say(frozen.arm), shares: scoresOf(frozen), look: 1 },
        ...(drawing.touched ? [{ name: say('drawn'), shares: drawing.drawn, look: 'drawn' as const }] : []),
        ...(expected === null
          ? []
          : [{ name: say('exact reader'), shares: expected.map(({ zeroShot }) => zeroShot), look: 'expected' as const }]),
      ],
    };
  }, [drawing, own.base, own.rounds.length, frozen.base, frozen.rounds.length]);
  const shares = { own: labelSharesOf(own), frozen: labelSharesOf(frozen) };
  const rows = shares.own.map((share, index) => [
    say('round {round}', { round: index + 1 }),
    percent(share),
    shareText(shares.frozen[index] ?? null),
    shareText(own.rounds[index]?.zeroShot ?? null),
    shareText(frozen.rounds[index]?.zeroShot ?? null),
  ]);
  const head = [
    say('round'),
    say('right labels, on its own feet'),
    say('right labels, frozen teacher'),
    say('score, on its own feet'),
    say('score, frozen teacher'),
  ];
  return (
    <Observed>
      <Making session={session} arms={ARMS} />
      <Figure nested chart={BY_ROUND} data={figure} />
      {rows.length > 0 && <Numbers table={{ head, rows }} label={say('Labels and scores by round')} testid="labels-by-round" />}
      {done && (
        <>
          <PartingText own={shares.own} frozen={shares.frozen} scores={partingOf(scoresOf(own).slice(1), scoresOf(frozen).slice(1))} />
          <p class="muted">{say('Each round asks other questions: compare the two runs in one round, not one round with the next.')}</p>
          <h3>{say('Which kinds, in which order?')}</h3>
          <FlipsTable made={own} labels={labels} />
          {labels.length === own.rounds.length && <SecondText made={own} labels={labels} />}
          <Explain session={session} chapter={NUMBER}>
            {say(
              'Round 1 is the same for both; from then on it answers with what it has learnt, and in the last two rounds {own} of its labels are right, while a frozen teacher answers as at the beginning for ever: {frozen}. Better labels make a better model, and a better model makes better labels.',
              { own: percent(endOf(shares.own) ?? 0), frozen: percent(endOf(shares.frozen) ?? 0) },
            )}
          </Explain>
        </>
      )}
    </Observed>
  );
}

function OwnFeet({ session }: { readonly session: Session }) {
  const guessed = session.lesson.guessed(NUMBER);
  const made = session.lessonRuns.made(ARMS);
  const [own, frozen] = made;
  const seen = isSeen(session, NUMBER, guessed, made);
  const rounds = Array.from({ length: ROUNDS }, (_, index) => index + 1);
  return (
    <>
      <p>
        {say(
          'Now {rounds} rounds, each answered by the model of the round before. Beside it a frozen teacher: the same questions, the same training, but all answers come from the model of the beginning. Answers that are learnt from are called labels.',
          { rounds: ROUNDS },
        )}
      </p>
      {(!seen || guessed.value.guess !== null) && (
        <Guess
          guessed={guessed}
          legend={say('From which round on are more of its labels right than of the frozen teacher’s?')}
          options={[
            ...rounds.map((round) => ({ value: String(round), label: say('round {round}', { round }) })),
            { value: 'never', label: say('never: they stay alike') },
          ]}
          show={() => void session.lessonRuns.start(ARMS)}
          able={canRun(session)}
          label={say('Run both')}
        />
      )}
      {seen && own !== undefined && frozen !== undefined && <Rounds session={session} own={own} frozen={frozen} />}
    </>
  );
}

function Content({ session }: { readonly session: Session }) {
  return (
    <Bundled session={session}>
      <OwnFeet session={session} />
    </Bundled>
  );
}

export const ownFeet: Chapter = {
  number: NUMBER,
  name: toSay('Stand on your own feet'),
  question: toSay('Why is round after round better than one good teacher?'),
  Content,
};
