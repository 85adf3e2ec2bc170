/** Chapter 7: chains of look-ups, learnt from easy to hard, in no order, and from hard to easy. What the order changes, and what it does not. */
import { percent, shareText } from '../../../shares.ts';
import { BY_ROUND, type ByRound } from '../../charts/by-round.ts';
import { Figure, Numbers } from '../../charts/figure.tsx';
import { say, toSay } from '../../language/language.ts';
import { useSaid } from '../../language/say.tsx';
import type { Made } from '../../session/lesson-runs.ts';
import type { Session } from '../../session/session.ts';
import type { Chapter } from '../chapter.ts';
import { labelSharesOf, scoresOf } from '../findings.ts';
import { type OrderName, ORDERS } from '../lesson-arms.ts';
import { allMade, Bundled, canRun, isSeen, Making } from '../making.tsx';
import { Explain, Guess, Observed } from '../steps.tsx';

const NUMBER = 7;
const ARMS = [ORDERS.easy, ORDERS.off, ORDERS.hard] as const;
/** The first depth of which the base is not sure. */
const FRONTIER = 'depth 4';

const GUESSES: readonly { readonly value: OrderName | 'alike'; readonly label: string }[] = [
  { value: 'easy', label: toSay('easy to hard') },
  { value: 'off', label: toSay('no order') },
  { value: 'hard', label: toSay('hard to easy') },
  { value: 'alike', label: toSay('all three end within three points of each other') },
];

/** Scores that differ by no more than this are said to be alike: a few questions of a hundred. */
const ALIKE = 0.03;

/** The share of a kind after the base and each round. */
function kindShares({ base, rounds }: Made, kind: string): readonly number[] {
  return base === null ? [] : [base, ...rounds].map(({ byKind }) => byKind[kind] ?? 0);
}

/** Which order ended highest, or that they ended alike. */
export function endsText(made: readonly Made[]): string {
  const ends = made.map((run) => ({ name: say(run.arm), end: scoresOf(run).at(-1) ?? 0 })).toSorted((a, b) => b.end - a.end);
  const [first, last] = [ends[0], ends.at(-1)];
  if (first === undefined || last === undefined) return '';
  const list = ends.map(({ name, end }) => `${name} ${percent(end)}`).join(', ');
  if (first.end - last.end <= ALIKE + 1e-9) return say('They end alike: {list}.', { list });
  return say('{best} ends highest: {list}.', { best: first.name, list });
}

function Orders({ session, made }: { readonly session: Session; readonly made: readonly Made[] }) {
  const key = made.map(({ rounds, base }) => `${rounds.length}${base === null ? '' : '+'}`).join();
  const rounds = Math.max(1, ...made.map(({ config }) => config.rounds));
  const figure = useSaid(
    (): ByRound => ({
      title: say('Right answers to chains of four steps'),
      text: say('The base is sure of three steps; four are the first that it has to teach itself.'),
      label: say('Share of chains of four steps answered rightly, by round'),
      rounds,
      curves: made.map((run, look) => ({ name: say(run.arm), shares: kindShares(run, FRONTIER), look })),
    }),
    [key],
  );
  const labels = made.map(labelSharesOf);
  const rows = Array.from({ length: rounds }, (_, index) => [
    say('round {round}', { round: index + 1 }),
    ...labels.map((shares) => shareText(shares[index] ?? null)),
  ]);
  const [easy, , hard] = made;
  const done = allMade(made);
  const four = easy === undefined ? [] : kindShares(easy, FRONTIER);
  return (
    <Observed>
      <Making session={session} arms={ARMS} />
      <Figure nested chart={BY_ROUND} data={figure} />
      <h3>{say('How many of its labels were right?')}</h3>
      <Numbers
        table={{ head: [say('round'), ...made.map(({ arm }) => say(arm))], rows }}
        label={say('Right labels by round')}
        testid="labels-by-order"
      />
      {done && easy !== undefined && hard !== undefined && (
        <>
          <p data-testid="ends">
            <strong>{endsText(made)}</strong> {say('That is of all test questions, from one step to six.')}
          </p>
          <Explain session={session} chapter={NUMBER}>
            {say(
              'From easy to hard its first labels are right in {easy} and its last in {deep}: chains of four steps went from {before} to {after} in the first round, and then the labels are of depths at which it only guesses. On ten other seeds easy to hard ended 0.1 points above no order on four to six steps (95 % interval −1.5 to 1.6), so order decides here when it learns, hardly what it can in the end.',
              {
                easy: percent(labelSharesOf(easy)[0] ?? 0),
                deep: percent(labelSharesOf(easy).at(-1) ?? 0),
                before: percent(four[0] ?? 0),
                after: percent(four[1] ?? 0),
              },
            )}
          </Explain>
        </>
      )}
    </Observed>
  );
}

function EasyToHard({ session }: { readonly session: Session }) {
  const guessed = session.lesson.guessed(NUMBER);
  const made = session.lessonRuns.made(ARMS);
  const seen = isSeen(session, NUMBER, guessed, made);
  return (
    <>
      <p>
        {say(
          'Another world: chains of look-ups, such as “Who is the friend of the owner of the bell?”, of one to six steps. Everybody in it tells the truth, so there is nobody to become; what is hard is the number of steps. Three runs answer the same questions in another order.',
        )}
      </p>
      {(!seen || guessed.value.guess !== null) && (
        <Guess
          guessed={guessed}
          legend={say('Which order ends with most right answers?')}
          options={GUESSES.map(({ value, label }) => ({ value, label: say(label) }))}
          show={() => void session.lessonRuns.start(ARMS)}
          able={canRun(session)}
          label={say('Run all three')}
        />
      )}
      {seen && <Orders session={session} made={made} />}
    </>
  );
}

function Content({ session }: { readonly session: Session }) {
  return (
    <Bundled session={session}>
      <EasyToHard session={session} />
    </Bundled>
  );
}

export const easyToHard: Chapter = {
  number: NUMBER,
  name: toSay('Easy to hard'),
  question: toSay('Does it matter in which order it learns?'),
  Content,
};
