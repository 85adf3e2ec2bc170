/** How aligned is it? Zero-, one- and few-shot scores, sampled answers and label quality by round, the base model as round 0. */
import { say } from '../language/language.ts';
import { percent, hundredths, shareText } from '../../shares.ts';
import { endingText, expectedShown, expectedText, markOf, roundShown, scoresShown, shownText, standing } from '../session/outcome.ts';
import type { RunView } from '../session/view.ts';
import { leftOutText, UNTAKEN } from '../words.ts';
import type { Table } from '../../comparison/columns.ts';
import type { Chart } from './chart.ts';
import { EXPECTED, SERIES } from './series.ts';
import { endLabels, GRID, LEFT, roundLabel, roundsAxis, SHARES } from './parts.ts';

const HEIGHT = 300;
const TICKS = [0, 0.25, 0.5, 0.75, 1];
/** Answers of a round from which their share says something. */
const FEWEST_ANSWERS = 5;

/** A run, and the rounds that there is room for. */
type Alignment = { readonly view: RunView; readonly rounds: number };

type Point = { readonly round: number; readonly share: number };

function pointsOf(view: RunView, key: (typeof SERIES)[number]['key']): readonly Point[] {
  const points = view.rounds.flatMap((result) => {
    const share = result[key] ?? null;
    return share === null ? [] : [{ round: result.round, share }];
  });
  if (key === 'labelQuality' || view.base === null) return points;
  const share = view.base.scores[key] ?? null;
  return share === null ? points : [{ round: 0, share }, ...points];
}

/** Label quality of the round that is being answered now, before it counts. */
function soFar(view: RunView): readonly Point[] {
  const round = view.rounds.length + 1;
  const samples = view.samples.get(round);
  if (samples === undefined || samples.length < FEWEST_ANSWERS || samples.some(({ aligned }) => aligned === null)) return [];
  return [{ round, share: samples.filter((sample) => sample.aligned).length / samples.length }];
}

/** How the zero-shot score moved, in one sentence. */
function textOf({ view }: Alignment): string {
  if (view.base === null) return say('The first point appears when the base model has been measured.');
  const base = say('Asked cold, the base model answers {zeroShot} of the test questions as it should', {
    zeroShot: percent(view.base.scores.zeroShot),
  });
  const { fewShot } = view.base.scores;
  const missing = leftOutText(view.base.leftOut ?? []);
  const why = `${missing === '' ? '' : ` ${missing}`}${view.base.scores.sampled === null ? ` ${say(UNTAKEN)}` : ''}`;
  if (view.rounds.length > 0) {
    const shown = roundShown(view);
    const score = percent(scoresShown(view)?.zeroShot ?? 0);
    const how = {
      latest: say('after round {shown} it is {score}', { shown, score }),
      returned: say('round {shown}, which the run returned, {score}', { shown, score }),
      'best so far': say('round {shown}, the best so far, {score}', { shown, score }),
    };
    const after = shown === 0 ? '' : `; ${how[standing(view)]}`;
    const more = [endingText(view), expectedText(view)].filter((text) => text !== '').map((text) => ` ${text}`);
    return `${base}${after}.${more.join('')}${why}`;
  }
  return fewShot === null
    ? `${base}.${why}`
    : `${base}; ${say('with a few demonstrations in view, {fewShot}', { fewShot: percent(fewShot) })}.${why}`;
}

function tableOf({ view }: Alignment): Table {
  const base = view.base === null ? [] : [{ ...view.base, ...view.base.scores, labelQuality: null, retained: null, name: say('base') }];
  const expected = expectedShown(view);
  const rounds = view.rounds.map((result) => ({ ...result, name: `${roundLabel(result.round)}${markOf(result.round, view)}` }));
  return {
    head: [
      '',
      say('zero-shot'),
      say('sampled'),
      say('one-shot'),
      say('few-shot'),
      say('label quality'),
      say('validation'),
      say('out of distribution'),
      say('facts kept'),
      ...(expected.length === 0 ? [] : [say('zero-shot, exact reader'), say('label quality, exact reader')]),
    ],
    rows: [...base, ...rounds].map((row, round) => [
      row.name,
      ...[row.zeroShot, row.sampled ?? null, row.oneShot, row.fewShot, row.labelQuality].map(shareText),
      ...[row.validation, row.outOfDistribution, row.retained ?? null].map(shareText),
      ...(expected.length === 0 ? [] : [expected[round]?.zeroShot ?? null, expected[round]?.labelQuality ?? null].map(shareText)),
    ]),
  };
}

export const ALIGNMENT: Chart<Alignment> = {
  name: 'alignment',
  title: () => say('How aligned is it?'),
  label: () => say('How aligned is it, by round'),
  text: textOf,
  table: tableOf,
  picture: (plot, { view, rounds }, { width }) => {
    const narrow = width < 560;
    const now = soFar(view);
    const curves = SERIES.map((look) => ({ ...look, points: pointsOf(view, look.key) })).filter(({ points }) => points.length > 0);
    const ends = curves.map(({ colour, label, short, points }) => {
      const { round, share: end } = points.at(-1) ?? { round: 0, share: 0 };
      return { round, end, colour, label: `${say(narrow ? short : label)} ${hundredths(end, 0)}` };
    });
    const rests = view.rounds.length > 0 && standing(view) !== 'latest';
    const best = roundShown(view);
    const bestPoint = rests ? pointsOf(view, 'zeroShot').filter(({ round }) => round === best) : [];
    const [room, top, bottom] = [narrow ? 72 : 124, 16, rests ? 44 : 30];
    const at = { x: 'round', y: 'share' };
    return {
      height: HEIGHT,
      marginLeft: LEFT,
      marginRight: room,
      marginTop: top,
      marginBottom: bottom,
      x: roundsAxis(rounds, width - LEFT - room, (round) => (rests && round === best ? say(standing(view)) : '')),
      y: { ...SHARES, domain: [0, 1], ticks: TICKS },
      marks: [
        plot.gridY({ ...GRID, ticks: TICKS }),
        plot.ruleX(now, { x: 'round', stroke: 'var(--rule-strong)', strokeDasharray: '1 3' }),
        plot.line(expectedShown(view, rounds), { x: 'round', y: 'zeroShot', stroke: EXPECTED.colour, strokeDasharray: EXPECTED.dash }),
        ...curves.map(({ points, colour, dash }) => plot.line(points, { ...at, stroke: colour, strokeWidth: 2, strokeDasharray: dash })),
        ...curves.map(({ points, colour, symbol, label }) =>
          plot.dot(points, {
            ...at,
            fill: colour,
            stroke: 'var(--paper)',
            strokeWidth: 1.5,
            r: 5,
            symbol,
            title: (p: Point) => `${say(label)}, ${roundLabel(p.round)}: ${percent(p.share)}`,
          }),
        ),
        plot.dot(bestPoint, { ...at, r: 10, stroke: 'var(--curve-1)', strokeWidth: 1.5, title: () => shownText(view) }),
        plot.dot(now, { ...at, r: 5, symbol: 'diamond', stroke: 'var(--curve-3)', strokeWidth: 2, fill: 'var(--paper)' }),
        // Low on the dotted line, where no curve and no label stands.
        plot.text(now, {
          x: 'round',
          y: 0.05,
          text: ({ share }: Point) => say('{share} so far', { share: percent(share) }),
          fill: 'var(--ink-2)',
          dx: -6,
          textAnchor: 'end',
        }),
        endLabels(plot, ends, {
          x: Math.max(0, ...ends.map(({ round }) => round)),
          least: 0,
          most: 1,
          high: HEIGHT - top - bottom,
          room: Infinity,
        }),
      ],
    };
  },
};
