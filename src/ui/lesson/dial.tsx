/**
 * A dial of how good a checker is, from none to one that never errs: a guess for each position, its run, and all that were made beside each other.
 * Knows no chapter.
 */
import { useId } from 'preact/hooks';
import { counted } from '../../locale.ts';
import { percent, shareText } from '../../shares.ts';
import { BY_ROUND, type ByRound } from '../charts/by-round.ts';
import { Figure, Numbers } from '../charts/figure.tsx';
import { say, toSay } from '../language/language.ts';
import { useSaid } from '../language/say.tsx';
import type { LessonArm, Made } from '../session/lesson-runs.ts';
import type { Session } from '../session/session.ts';
import { endOf, type Labels, scoresOf, totalOf } from './findings.ts';
import { CHECKED, CHECKERS, PROMPTS, ROUNDS, STEPPING } from './lesson-arms.ts';
import { canRun, Making, useLabels } from './making.tsx';
import { Guess } from './steps.tsx';

/** A position of the dial: its run, how that looks in the picture, its name there, and in words. */
type Position = { readonly arm: LessonArm; readonly look: number; readonly name: string; readonly text: string };

/** From none to one that never errs; these two look as they do wherever else the chapter draws them. */
const POSITIONS: readonly Position[] = [
  { arm: STEPPING, look: 0, name: toSay('no checker'), text: toSay('no checker') },
  { arm: CHECKERS.poor, look: 1, name: CHECKERS.poor.name, text: toSay('right in 60 of 100 verdicts') },
  { arm: CHECKERS.fair, look: 3, name: CHECKERS.fair.name, text: toSay('right in 75 of 100 verdicts') },
  { arm: CHECKERS.good, look: 4, name: CHECKERS.good.name, text: toSay('right in 90 of 100 verdicts') },
  { arm: CHECKED, look: 2, name: toSay('never errs'), text: toSay('never errs') },
];
const ARMS = POSITIONS.map(({ arm }) => arm);
/** Where it stands at first. */
const MIDDLE = 2;
/** Ends that differ by no more are said to be alike: a few questions of a hundred. */
const ALIKE = 0.05;

/** What came of a run with a checker: how many answers were kept, the share of them that is right, and where the score ends. */
type Turned = { readonly name: string; readonly text: string; readonly kept: number; readonly right: number; readonly end: number };

/** The end is the mean of the last two rounds, so that one lucky round does not decide; null until the run is made and its answers are read. */
function turnedOf({ name, text }: Position, made: Made, labels: readonly Labels[]): Turned | null {
  const end = endOf(scoresOf(made).slice(1));
  if (made.state !== 'made' || labels.length < ROUNDS || end === null) return null;
  const tallies = labels.map(totalOf);
  const sum = (of: 'right' | 'of'): number => tallies.reduce((total, tally) => total + tally[of], 0);
  return { name: say(name), text: say(text), kept: sum('of'), right: sum('right') / Math.max(1, sum('of')), end };
}

/** How a run with a checker ended against the one without, in a sentence with what was kept. */
export function turnedText(none: Pick<Turned, 'right' | 'end'>, turned: Omit<Turned, 'name'>): string {
  const parts = {
    checker: turned.text,
    kept: turned.kept,
    of: ROUNDS * PROMPTS,
    right: percent(turned.right),
    before: percent(none.right),
    end: percent(turned.end),
    none: percent(none.end),
  };
  const gap = turned.end - none.end;
  if (Math.abs(gap) <= ALIKE + 1e-9)
    return say(
      'Checker {checker}: {kept} of {of} answers were kept, {right} of them right ({before} without it), and it ends about where it ends alone: {end}, {none}.',
      parts,
    );
  return gap > 0
    ? say(
        'Checker {checker}: {kept} of {of} answers were kept, {right} of them right ({before} without it), and it ends higher than alone: {end}, not {none}.',
        parts,
      )
    : say(
        'Checker {checker}: {kept} of {of} answers were kept, {right} of them right ({before} without it), and it ends lower than alone: {end}, not {none}.',
        parts,
      );
}

/** The curves of all positions that were tried, and a row for each that is made. */
function Tried({ made, turned }: { readonly made: readonly (Made | undefined)[]; readonly turned: readonly Turned[] }) {
  const title = say('The same run with each checker');
  const names = POSITIONS.map(({ name }) => say(name));
  const key = made.map((run) => (run === undefined ? '' : `${run.rounds.length}${run.base === null ? '' : '+'}`)).join();
  const figure = useSaid(
    (): ByRound => ({
      title,
      text: say('Every position of the dial that was tried.'),
      label: say('Share of test questions answered as they should be, by round'),
      rounds: ROUNDS,
      curves: POSITIONS.flatMap(({ look }, place) => {
        const run = made[place];
        return run === undefined || run.base === null ? [] : [{ name: names[place] ?? run.arm, shares: scoresOf(run), look }];
      }),
    }),
    [key],
  );
  const head = [say('checker'), say('answers kept'), say('right among them'), say('score, mean of the last two rounds')];
  const rows = turned.map(({ name, kept, right, end }) => [name, counted(kept), shareText(right), shareText(end)]);
  return (
    <>
      <Figure nested chart={BY_ROUND} data={figure} />
      <Numbers table={{ head, rows }} label={title} testid="dial-runs" />
    </>
  );
}

/** What is to be set: the ends of the scale below it, what it stands at above. */
function Scale({ at, turn }: { readonly at: number; readonly turn: (to: number) => void }) {
  const id = useId();
  const text = say(POSITIONS[at]?.text ?? '');
  return (
    <div class="dial-scale">
      <label for={id}>
        {say('The checker:')} <strong aria-hidden="true">{text}</strong>
      </label>
      <input
        id={id}
        type="range"
        min={0}
        max={POSITIONS.length - 1}
        step={1}
        value={at}
        aria-valuetext={text}
        onInput={(event) => turn(Number(event.currentTarget.value))}
        data-testid="dial-position"
      />
      <div class="dial-ends" aria-hidden="true">
        <span>{say('no checker')}</span>
        <span>{say('never errs')}</span>
      </div>
    </div>
  );
}

/** The dial; the runs without a checker and with one that never errs are made before. */
export function Dial({ session, chapter }: { readonly session: Session; readonly chapter: number }) {
  const id = useId();
  const dial = session.lesson.keep(chapter, 'dial', MIDDLE);
  const at = dial.value;
  const made = session.lessonRuns.made(ARMS);
  const labels = made.map((run) => useLabels(session, run)); // always as many
  // a run that another visitor made comes after a guess too; those without a checker and with the best one are the chapter's
  const open = POSITIONS.map(
    (_, place) =>
      place === 0 ||
      place === POSITIONS.length - 1 ||
      session.lesson.knows(chapter) ||
      session.lesson.guessed(chapter, `dial-${place}`).value.shown,
  );
  const tried = made.map((run, place) => (open[place] === true ? run : undefined));
  const turned = POSITIONS.map((position, place) => {
    const run = tried[place];
    return run === undefined ? null : turnedOf(position, run, labels[place] ?? []);
  });
  const [none = null, now = null] = [turned[0], turned[at]];
  const arms = ARMS.slice(at, at + 1);
  const guessed = session.lesson.guessed(chapter, `dial-${at}`);
  const { guess, shown } = guessed.value;
  const running = session.lessonRuns.running.value;
  return (
    <section class="dial" id={id} aria-labelledby={`${id}-title`} data-testid="dial">
      <h3 id={`${id}-title`}>{say('How good must a checker be?')}</h3>
      <p>
        {say(
          'Between no checker and one that never errs there are those that err both ways: they keep wrong answers, and drop right ones. Turn the dial, guess, and run it.',
        )}
      </p>
      <Scale at={at} turn={(to) => (dial.value = to)} />
      {(shown ? guess !== null : made[at]?.state === 'waiting' || open[at] !== true) && (
        <Guess
          key={at}
          guessed={guessed}
          legend={say('Where does it end, against the run without a checker?')}
          options={[
            { value: 'lower', label: say('more than five points lower') },
            { value: 'alike', label: say('within five points') },
            { value: 'higher', label: say('more than five points higher') },
          ]}
          show={() => void session.lessonRuns.start(arms)}
          able={canRun(session)}
          label={say('Run with this checker')}
          next={id}
        />
      )}
      {(running || shown) && <Making session={session} arms={running ? ARMS : arms} />}
      {none !== null && now !== null && (
        <p role="status" data-testid="dial-turned">
          <strong>
            {at === 0
              ? say('Without a checker it learns from all that it keeps, right or wrong: {right} of it was right, and it ends at {end}.', {
                  right: percent(none.right),
                  end: percent(none.end),
                })
              : turnedText(none, now)}
          </strong>{' '}
          {say('These ends are means of the last two rounds.')}
        </p>
      )}
      <Tried made={tried} turned={turned.filter((one) => one !== null)} />
    </section>
  );
}
