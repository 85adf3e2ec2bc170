/** Chapter 4: one round. It learns from its own answers, wrong ones among them, and gets better all the same: a majority decides. */
import { percent, shareText } from '../../../shares.ts';
import { BY_ROUND, type ByRound } from '../../charts/by-round.ts';
import { Figure, Numbers } from '../../charts/figure.tsx';
import { listed, say, sayName, toSay } from '../../language/language.ts';
import { Written, useSaid } from '../../language/say.tsx';
import type { Made } from '../../session/lesson-runs.ts';
import type { Session } from '../../session/session.ts';
import type { Chapter } from '../chapter.ts';
import { DrawnCurve, type Drawing, undrawn } from '../drawn-curve.tsx';
import { distanceOf } from '../drawing.ts';
import { flippedOf, type Labels, pathsOf, scoresOf, totalOf } from '../findings.ts';
import { exampleOf, HARD_KINDS, kindText } from '../kind-words.ts';
import { FIRST_ROUND, PROMPTS, ROUNDS } from '../lesson-arms.ts';
import { Bundled, canRun, isSeen, Making, useLabels } from '../making.tsx';
import { Explain, Guess, Observed } from '../steps.tsx';

const NUMBER = 4;

/** What was drawn stays for the next chapter, which goes on with the same run. */
export function drawingOf(session: Session) {
  return session.lesson.keep<Drawing>(NUMBER, 'drawn', undrawn(ROUNDS));
}

/** "17 points": a difference of shares without its sign. */
const pointsApart = (difference: number): number => Math.round(Math.abs(difference) * 100);

/** How far what was drawn is from what came, in one sentence; empty where nothing was drawn or measured. */
export function distanceText({ drawn, touched }: Drawing, scores: readonly number[]): string {
  const distance = touched ? distanceOf(drawn, scores) : null;
  if (distance === null) return '';
  const mean = pointsApart(distance.mean);
  if (distance.apart === 0) return say('What you drew is what came.');
  const parts = { mean, apart: pointsApart(distance.apart), round: distance.round };
  if (distance.round === 0)
    return distance.apart > 0
      ? say('Your curve is {mean} points off on average, most before any round: it began {apart} points higher than you drew.', parts)
      : say('Your curve is {mean} points off on average, most before any round: it began {apart} points lower than you drew.', parts);
  return distance.apart > 0
    ? say('Your curve is {mean} points off on average, most after round {round}: {apart} points more came than you drew.', parts)
    : say('Your curve is {mean} points off on average, most after round {round}: {apart} points less came than you drew.', parts);
}

/** A kind's right labels as a share; null where no answer was of that kind. */
export function labelShare(labels: Labels | undefined, kind: string): number | null {
  const tally = labels?.[kind];
  return tally === undefined || tally.of === 0 ? null : tally.right / tally.of;
}

/** Which kinds flipped, as a sentence. */
function flippedText(made: Made): string {
  const [first, ...others] = flippedOf(made);
  if (first === undefined) return say('No kind is answered right nine times out of ten yet that was not so before.');
  if (others.length === 0) return say('One kind flipped: {kind}.', { kind: sayName(first.kind) });
  return say('{count} kinds flipped: {kinds}.', {
    count: others.length + 1,
    kinds: listed([first, ...others].map(({ kind }) => sayName(kind))),
  });
}

/** Why it gets better though many labels are wrong, from what this round measured. */
function WhyBetter({ made, labels }: { readonly made: Made; readonly labels: Labels }) {
  const { right, of } = totalOf(labels);
  const flipped = flippedOf(made)[0];
  const all = percent(right / Math.max(1, of));
  const paths = pathsOf(made);
  const others = paths
    .filter(({ shares }) => (shares.at(-1) ?? 0) < 0.5)
    .map(({ kind }) => ({ kind, share: labelShare(labels, kind) ?? 0 }))
    .toSorted((a, b) => a.share - b.share);
  // a majority that did not turn its kind asks for a word more than a minority does
  const narrow = others.findLast(({ share }) => share > 0.5);
  const rest = narrow ?? others[0];
  const share = flipped === undefined ? null : labelShare(labels, flipped.kind);
  const end =
    rest === undefined
      ? ''
      : narrow !== undefined
        ? ` ${say('On {kind} {share} were right too, which was not enough yet: there the old answer is still the habit.', { kind: sayName(narrow.kind), share: percent(narrow.share) })}`
        : ` ${say('Of its labels on {kind} only {share} were right, so there the old answer is still the habit.', { kind: sayName(rest.kind), share: percent(rest.share) })}`;
  if (flipped === undefined || share === null)
    return (
      <>
        {say('{all} of its labels were right, and no kind has flipped yet: one round moves a habit only so far.', { all })}
        {end}
      </>
    );
  if (share < 0.5)
    return (
      <>
        {say(
          'Only {share} of its labels on {kind} were right, yet it flipped: wrong answers differ from each other, and the commonest one becomes the habit.',
          { share: percent(share), kind: sayName(flipped.kind) },
        )}
        {end}
      </>
    );
  return (
    <>
      {say(
        'On {kind} {share} of its labels were right, though only {all} of all labels: training makes the commonest answer the habit, and a clear majority is enough.',
        { kind: sayName(flipped.kind), share: percent(share), all },
      )}
      {end}
    </>
  );
}

/** The round by kind: right answers before, right labels, right answers after. */
function KindsTable({ made, labels }: { readonly made: Made; readonly labels: Labels }) {
  const rows = pathsOf(made).map(({ kind, shares }) => {
    const tally = labels[kind];
    return [
      kindText(kind),
      shareText(shares[0] ?? null),
      tally === undefined ? '–' : say('{right} of {of}', { right: tally.right, of: tally.of }),
      shareText(shares[1] ?? null),
    ];
  });
  const head = [say('kind'), say('right before'), say('labels that were right'), say('right after')];
  return <Numbers table={{ head, rows }} label={say('The round by kind')} testid="round-by-kind" />;
}

function Round({ session, made }: { readonly session: Session; readonly made: Made }) {
  const drawing = drawingOf(session).value;
  const scores = scoresOf(made);
  const [labels] = useLabels(session, made);
  const done = made.state === 'made';
  const { base, rounds } = made;
  const figure = useSaid(
    (): ByRound => ({
      title: say('What you drew, and what came'),
      text: scores.length < 2 ? say('The curve grows when the round is done.') : distanceText(drawing, scores) || say('Nothing was drawn.'),
      label: say('Share of test questions answered as they should be, by round'),
      rounds: ROUNDS,
      curves: [
        ...(drawing.touched ? [{ name: say('drawn'), shares: drawing.drawn, look: 'drawn' as const }] : []),
        { name: say('measured'), shares: scores, look: 0 },
      ],
    }),
    [drawing, base, rounds],
  );
  const total = labels === undefined ? null : totalOf(labels);
  return (
    <Observed>
      <Making session={session} arms={[FIRST_ROUND]} />
      <Figure nested chart={BY_ROUND} data={figure} />
      {done && labels !== undefined && total !== null && (
        <>
          <p data-testid="round-labels">
            <strong>
              {say('{right} of the {of} answers that it learnt from were right: {share}.', {
                right: total.right,
                of: total.of,
                share: percent(total.right / Math.max(1, total.of)),
              })}
            </strong>{' '}
            {flippedText(made)} {say('A kind has flipped when nine of ten of its questions are answered rightly.')}
          </p>
          <KindsTable made={made} labels={labels} />
          <Explain session={session} chapter={NUMBER}>
            <WhyBetter made={made} labels={labels} />
          </Explain>
        </>
      )}
    </Observed>
  );
}

function OneRound({ session }: { readonly session: Session }) {
  const guessed = session.lesson.guessed(NUMBER);
  const made = session.lessonRuns.made([FIRST_ROUND]);
  const [round] = made;
  const seen = isSeen(session, NUMBER, guessed, made);
  return (
    <>
      <p>
        {say(
          'In a round it answers {prompts} questions, each with an example in view, and is trained on its own answers without the example. Nobody corrects them. Then it is asked other questions, cold.',
          { prompts: PROMPTS },
        )}
      </p>
      {!seen && (
        <>
          <p>{say('Draw how many of these questions it answers as it should, over six rounds. This chapter runs the first one.')}</p>
          <DrawnCurve drawing={drawingOf(session)} label={say('Your curve: drag over it, or change a round with the arrow keys')} />
        </>
      )}
      {(!seen || guessed.value.guess !== null) && (
        <Guess
          guessed={guessed}
          legend={say('Which kind of question flips first, to nine right answers out of ten?')}
          options={HARD_KINDS.map((kind) => ({
            value: kind,
            label: (
              <>
                {kindText(kind)} <Written>“{exampleOf(kind)}”</Written>
              </>
            ),
          }))}
          show={() => void session.lessonRuns.start([FIRST_ROUND])}
          able={canRun(session)}
          label={say('Run one round')}
        />
      )}
      {seen && round !== undefined && <Round session={session} made={round} />}
    </>
  );
}

function Content({ session }: { readonly session: Session }) {
  return (
    <Bundled session={session}>
      <OneRound session={session} />
    </Bundled>
  );
}

export const oneRound: Chapter = {
  number: NUMBER,
  name: toSay('One round'),
  question: toSay('How can it learn from its own answers, wrong ones among them?'),
  Content,
};
