/**
 * The pictures of an experiment as SVG text: every seed with the mean of its arm, paired differences, and scores by round. Each brings
 * its own colours for light and dark paper. Knows no file.
 */
import * as plot from '@observablehq/plot';
import { DOMParser } from 'linkedom';
import type { ArmRow, Comparison } from '../src/comparison/compare.ts';
import type { Difference, Interval } from '../src/comparison/statistics.ts';
import { brackets, points, share1 } from '../src/comparison/text.ts';

const SVG = 'http://www.w3.org/2000/svg';

export type FigureName = 'scores' | 'differences' | 'rounds';

/** Words of the line under the title, each in a colour. */
type Words = readonly { readonly text: string; readonly fill?: string }[];
type Frame = { readonly title: string; readonly words: Words; readonly description: string };
type Seed = { readonly arm: string; readonly seed: number; readonly value: number };
/** `of` is how many runs the arm has; fewer made the later rounds where some stopped early. */
type Curve = { readonly arm: string; readonly key: string; readonly round: number; readonly of: number } & Interval;

const WIDTH = 800;
const ROW = 36;
/** Room for title, axis and names. */
const [TOP, BOTTOM, LEFT, RIGHT] = [68, 34, 176, 196];
const COLUMNS = 3;

/** The colours of the page, src/ui/css/theme.css. */
const STYLE = `.figure {
  --paper: #fcfbf8; --ink: #1e1d1a; --ink-2: #5b574e; --rule: #e2ddd2; --curve-1: #0068a8; --curve-2: #c24f00; --curve-3: #007a5a;
  color: var(--ink);
  font: 12px system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif;
}
@media (prefers-color-scheme: dark) {
  .figure {
    --paper: #15171b; --ink: #eae7e0; --ink-2: #aaa69c; --rule: #2d3138; --curve-1: #62b3f2; --curve-2: #f59b57; --curve-3: #45c9a0;
  }
}`;

/** Told apart by hue, dash and marker. */
const CURVES = [
  { key: 'fewShot', label: 'few-shot', colour: 'var(--curve-2)', dash: '7 4', symbol: 'square' },
  { key: 'zeroShot', label: 'zero-shot', colour: 'var(--curve-1)', dash: '', symbol: 'circle' },
  { key: 'labelQuality', label: 'label quality', colour: 'var(--curve-3)', dash: '2 3', symbol: 'diamond' },
] as const;

const withN = (interval: Interval, number: (share: number) => string): string => `${brackets(interval, number)}, n ${interval.n}`;
const grid = { stroke: 'var(--rule)', strokeOpacity: 1 };
const axis = { tickSize: 0, label: null, fill: 'var(--ink-2)' };
const wholePercent = (share: number): string => `${Math.round(100 * share)} %`;

/** The smallest range in whole steps that holds the values; never empty. */
function domainOf(values: readonly number[], step: number): [number, number] {
  const [low, high] = [Math.floor(Math.min(...values) / step), Math.ceil(Math.max(...values) / step)];
  return [low * step, Math.max(high, low + 1) * step];
}

/** Draws, puts title and paper behind it, and gives the text of the file. */
function draw(options: plot.PlotOptions, { title, words, description }: Frame): string {
  const document = new DOMParser().parseFromString(`<svg xmlns="${SVG}"/>`, 'image/svg+xml') as unknown as Document;
  const svg = plot.plot({
    ...options,
    document,
    width: WIDTH,
    marginTop: options.marginTop ?? TOP,
    marginBottom: BOTTOM,
    className: 'figure',
    ariaLabel: title,
    ariaDescription: description,
  });
  const make = (name: string, attributes: Readonly<Record<string, string | number>>, text = ''): Element => {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    element.textContent = text;
    return element;
  };
  svg.setAttribute('xmlns', SVG);
  svg.setAttribute('role', 'img');
  const legend = make('text', { x: 16, y: 46, 'text-anchor': 'start', fill: 'var(--ink-2)' });
  for (const { text, fill = 'var(--ink-2)' } of words) legend.append(make('tspan', { fill }, text));
  svg.prepend(
    make('style', {}, STYLE),
    make('rect', { width: '100%', height: '100%', fill: 'var(--paper)' }),
    make('text', { x: 16, y: 26, 'text-anchor': 'start', 'font-size': 16, 'font-weight': 600 }, title),
    legend,
  );
  return `${svg.outerHTML}\n`;
}

/** The names of the arms at the left, one row each. */
function rows(arms: readonly ArmRow[]): { readonly options: plot.PlotOptions; readonly names: plot.Markish } {
  return {
    options: {
      height: TOP + BOTTOM + ROW * arms.length,
      marginLeft: LEFT,
      marginRight: RIGHT,
      y: { type: 'point', domain: arms.map(({ name }) => name), padding: 0.5, label: null },
    },
    names: plot.axisY({ ...axis, lineWidth: 13, fill: 'var(--ink)' }),
  };
}

/** A mean with its interval in the upper half of an arm's row, its seeds in the lower, its numbers at the right. */
function row(arm: ArmRow, value: Interval, seeds: readonly Seed[], colour: string, number: (share: number) => string): plot.Markish[] {
  return [
    plot.dot(seeds, {
      x: 'value',
      y: 'arm',
      dy: 7,
      r: 3,
      fill: colour,
      fillOpacity: 0.45,
      title: (one: Seed) => `${one.arm}, seed ${one.seed}: ${number(one.value)}`,
    }),
    plot.ruleY([value], { y: [arm.name], x1: 'low', x2: 'high', dy: -5, stroke: colour, strokeWidth: 2.5 }),
    plot.dot([value], { x: 'mean', y: [arm.name], dy: -5, r: 4.5, fill: colour, stroke: 'var(--paper)' }),
    plot.text([withN(value, number)], { text: (text: string) => text, y: [arm.name], frameAnchor: 'right', textAnchor: 'start', dx: 12 }),
  ];
}

function drawScores({ reference, arms }: Comparison): string {
  const { options, names } = rows(arms);
  const base = (arms.find(({ arm, curve }) => arm === reference && curve.length > 0) ?? arms.find(({ curve }) => curve.length > 0))
    ?.curve[0];
  const ends = arms.flatMap(({ values, score: { low, high } }) => [low, high, ...values]);
  const seeds = (arm: ArmRow) => arm.values.map((value, index) => ({ arm: arm.name, seed: arm.seeds[index] ?? 0, value }));
  return draw(
    {
      ...options,
      x: { domain: domainOf(base === undefined ? ends : [base.zeroShot.mean, ...ends], 0.05) },
      marks: [
        plot.gridX(grid),
        plot.axisX({ ...axis, tickFormat: wholePercent }),
        names,
        plot.ruleX(base === undefined ? [] : [base.zeroShot.mean], { stroke: 'var(--ink-2)', strokeDasharray: '4 3' }),
        ...arms.map((arm) => row(arm, arm.score, seeds(arm), 'var(--curve-1)', share1)),
      ],
    },
    {
      title: 'Aligned answers to the test questions, zero-shot where no other measure is named',
      words: [{ text: 'mean with its 95 % interval over n seeds; pale: one seed each; dashed: the base model, zero-shot' }],
      description: arms.map(({ name, score }) => `${name}, %: ${withN(score, share1)}`).join('. '),
    },
  );
}

function drawDifferences({ reference, against: name, arms }: Comparison): string | null {
  const others = arms.flatMap(({ difference, ...arm }) => (difference === null ? [] : [{ ...arm, difference }]));
  if (others.length === 0 || name === null) return null;
  const { options, names } = rows(others);
  const seeds = (arm: ArmRow): readonly Seed[] => {
    const like = arms.find((row) => row.arm === reference && row.measure === arm.measure);
    return arm.seeds.flatMap((seed, index) => {
      const other = like?.values[like.seeds.indexOf(seed)];
      return other === undefined ? [] : [{ arm: arm.name, seed, value: (arm.values[index] ?? 0) - other }];
    });
  };
  const colour = ({ verdict }: Difference) => (verdict === 'better' || verdict === 'worse' ? 'var(--curve-1)' : 'var(--ink-2)');
  const ends = others.flatMap(({ difference: { low, high } }) => [low, high]);
  return draw(
    {
      ...options,
      x: { domain: domainOf([0, ...ends, ...others.flatMap((arm) => seeds(arm).map(({ value }) => value))], 0.02) },
      marks: [
        plot.gridX(grid),
        plot.axisX({ ...axis, tickFormat: points }),
        names,
        plot.ruleX([0], { stroke: 'var(--ink)' }),
        ...others.map((arm) => row(arm, arm.difference, seeds(arm), colour(arm.difference), points)),
      ],
    },
    {
      title: `Difference to ${name}, in percentage points`,
      words: [{ text: 'mean with its 95 % interval over n paired seeds; pale: one seed each; grey: no clear difference' }],
      description: others.map(({ name, difference }) => `${name}: ${withN(difference, points)}`).join('. '),
    },
  );
}

function curvesOf({ name: arm, curve, seeds }: ArmRow): readonly Curve[] {
  return curve.flatMap(({ round, ...values }) =>
    CURVES.flatMap(({ key }) => {
      const value = values[key];
      return value === null ? [] : [{ arm, key, round, of: seeds.length, ...value }];
    }),
  );
}

/** Is the mean of all the arm's runs? */
function isWhole({ n, of }: Curve): boolean {
  return n === of;
}

function drawRounds({ arms }: Comparison): string | null {
  const trained = arms.filter(({ curve }) => curve.length > 1);
  if (trained.length === 0) return null;
  const place = new Map(trained.map(({ name }, index) => [name, index]));
  const fx = ({ arm }: { readonly arm: string }) => (place.get(arm) ?? 0) % COLUMNS;
  const fy = ({ arm }: { readonly arm: string }) => Math.floor((place.get(arm) ?? 0) / COLUMNS);
  const all = trained.flatMap(curvesOf);
  const last = Math.max(...all.map(({ round }) => round));
  const titles = trained.map(({ name }) => ({ arm: name }));
  return draw(
    {
      height: TOP + 20 + BOTTOM + 190 * Math.ceil(trained.length / COLUMNS),
      marginTop: TOP + 20,
      marginLeft: 52,
      marginRight: 16,
      x: { domain: [-0.2, last + 0.2] },
      // A step more below, for the line of n.
      y: { domain: domainOf([1, ...all.map((point) => (isWhole(point) ? point.low : point.mean) - 0.1)], 0.1) },
      fx: { axis: null, padding: 0.08, domain: Array.from({ length: Math.min(COLUMNS, trained.length) }, (_, column) => column) },
      fy: { axis: null, padding: 0.3 },
      marks: [
        plot.gridY({ ...grid, ticks: 4 }),
        plot.axisY({ ...axis, ticks: 4, tickFormat: wholePercent }),
        plot.axisX({
          ...axis,
          ticks: Array.from({ length: last + 1 }, (_, round) => round),
          tickFormat: (round: number) => (round === 0 ? 'base' : String(round)),
        }),
        plot.text(titles, { fx, fy, text: 'arm', frameAnchor: 'top-left', lineAnchor: 'bottom', lineWidth: 19, dy: -6, fontWeight: 600 }),
        ...CURVES.flatMap(({ key, label, colour, dash, symbol }) => {
          const curve = all.filter((point) => point.key === key);
          const title = (point: Curve) =>
            `${point.arm}, ${point.round === 0 ? 'base' : `round ${point.round}`}, ${label}, %: ${withN(point, share1)} of ${point.of}`;
          // A band or a full line for a part of the runs would look like one for all of them.
          const whole = curve.filter(isWhole);
          return [
            plot.areaY(whole, { fx, fy, x: 'round', y1: 'low', y2: 'high', fill: colour, fillOpacity: 0.14 }),
            plot.line(curve, { fx, fy, x: 'round', y: 'mean', stroke: colour, strokeOpacity: 0.5 }),
            plot.line(whole, { fx, fy, x: 'round', y: 'mean', stroke: colour, strokeWidth: 2, strokeDasharray: dash }),
            plot.dot(curve, {
              fx,
              fy,
              x: 'round',
              y: 'mean',
              fill: (point: Curve) => (isWhole(point) ? colour : 'var(--paper)'),
              stroke: (point: Curve) => (isWhole(point) ? 'var(--paper)' : colour),
              r: 4,
              symbol,
              title,
            }),
          ];
        }),
        plot.text(
          all.filter(({ key }) => key === 'zeroShot'),
          {
            fx,
            fy,
            x: 'round',
            text: ({ n, round }: Curve) => (round === 0 ? `n ${n}` : String(n)),
            frameAnchor: 'bottom',
            dy: -3,
            fontSize: 11,
            fill: 'var(--ink-2)',
          },
        ),
      ],
    },
    {
      title: 'Scores by round',
      words: [
        ...CURVES.map(({ label, colour, symbol }) => ({
          text: `${{ circle: '●', square: '■', diamond: '◆' }[symbol]} ${label}   `,
          fill: colour,
        })),
        { text: 'mean and 95 % interval of n seeds; hollow: only the runs that had not stopped early' },
      ],
      description: trained
        .map(({ name, curve }) => `${name}, zero-shot: ${curve.map(({ zeroShot: { mean, n } }) => `${share1(mean)} (n ${n})`).join(', ')}`)
        .join('. '),
    },
  );
}

/** The pictures that a comparison has something to show in. */
export function drawFigures(comparison: Comparison): ReadonlyMap<FigureName, string> {
  const drawn = [
    ['scores', drawScores(comparison)],
    ['differences', drawDifferences(comparison)],
    ['rounds', drawRounds(comparison)],
  ] as const;
  return new Map(drawn.flatMap(([name, text]) => (text === null ? [] : [[name, text] as const])));
}
