/**
 * The charts of the page as files: the same drawing under its title and a legend, with the page's colours for light and dark paper in it.
 * Knows which charts README.md shows, and none of their marks.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as plot from '@observablehq/plot';
import { DOMParser } from 'linkedom';
import type { Comparison } from '../src/comparison/compare.ts';
import { trains } from '../src/ui/charts/arms.ts';
import { type Chart, drawChart } from '../src/ui/charts/chart.ts';
import { DIFFERENCES } from '../src/ui/charts/differences.ts';
import { ROUNDS, ROUNDS_SHOWN } from '../src/ui/charts/rounds.ts';
import { SCORES } from '../src/ui/charts/scores.ts';
import { ROOT } from './commit.ts';

const SVG = 'http://www.w3.org/2000/svg';

const WIDTH = 800;
/** Height of a title, and of the legend below it. */
const TITLE = 40;
const LEGEND = 20;

/** Words of the line under the title, each in a colour. */
type Legend = readonly { readonly text: string; readonly fill?: string }[];

const css = (name: string): string => readFileSync(join(ROOT, 'src/ui/css', name), 'utf8');

/** The page's look of a chart, with the colours that it uses written for light and for dark paper: not every viewer knows light-dark(). */
function style(): string {
  const rules = css('plot.css').replace(/\/\*.*?\*\/\s*/gs, '');
  const used = css('theme.css').match(/--(?:paper|ink|ink-2|rule|rule-strong|curve-\d|sans): .*;/g) ?? [];
  const on = (paper: '$1' | '$2') => used.map((line) => line.replace(/light-dark\((.*), (.*)\)/, paper));
  const dark = on('$2').filter((line, i) => line !== on('$1')[i]);
  return `.plot { ${on('$1').join(' ')} }\n@media (prefers-color-scheme: dark) { .plot { ${dark.join(' ')} } }\n${rules}`;
}

/** One element a line and two digits behind the point where it says a place, so that a difference between two versions can be read. */
function written(svg: string): string {
  const lines = svg.replaceAll(/>(?=<(?!\/|tspan|title))/g, '>\n').replaceAll(/>(?=<\/(?:g|svg)>)/g, '>\n');
  const short = (places: string): string => places.replaceAll(/-?\d+\.\d{3,}/g, (number) => String(Number(Number(number).toFixed(2))));
  return `${lines.replaceAll(/ (?!aria-)[\w-]+="[^"]*"/g, short)}\n`;
}

/** A chart as the text of a file. */
export function figureOf<Data, Look>(
  chart: Chart<Data, Look>,
  data: Data,
  look: Look & { readonly width: number },
  legend: Legend = [],
): string {
  const document = new DOMParser().parseFromString(`<svg xmlns="${SVG}"/>`, 'image/svg+xml') as unknown as Document;
  const set = (element: Element, attributes: Readonly<Record<string, string | number>>): Element => {
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    return element;
  };
  const make = (name: string, attributes: Readonly<Record<string, string | number>>, text = ''): Element => {
    const element = set(document.createElementNS(SVG, name), attributes);
    element.textContent = text;
    return element;
  };
  const svg = drawChart(plot, chart, data, look, document);
  const head = legend.length === 0 ? TITLE : TITLE + LEGEND;
  const height = Number(svg.getAttribute('height')) + head;
  set(svg, { xmlns: SVG, role: 'img', height, viewBox: `0 ${-head} ${look.width} ${height}` });
  const left = { x: 16, 'text-anchor': 'start' };
  const words = make('text', { ...left, y: 46 - head });
  words.append(...legend.map(({ text, fill = 'var(--ink-2)' }) => make('tspan', { fill }, text)));
  svg.prepend(
    make('style', {}, style()),
    make('rect', { y: -head, width: '100%', height: '100%', fill: 'var(--paper)' }),
    make('text', { ...left, y: 26 - head, 'font-size': 16, 'font-weight': 600 }, chart.title(data)),
    ...(legend.length === 0 ? [] : [words]),
  );
  return written(svg.outerHTML);
}

const SIGNS = { circle: '●', square: '■', triangle: '▲', diamond: '◆' } as const;

/** The figures of README.md that a comparison has something to show in, as text by name. */
export function drawFigures(comparison: Comparison): ReadonlyMap<string, string> {
  const { arms } = comparison;
  const mean = 'mean with its 95 % interval over n';
  const wide = { width: WIDTH, beside: true } as const;
  const figures = new Map<string, string>();
  const scores = [{ text: `returned rounds: ${mean} seeds; pale: one seed each; dashed: the base model, zero-shot` }];
  figures.set(SCORES.name, figureOf(SCORES, comparison, { ...wide, base: true }, scores));
  if (arms.some(({ difference }) => difference !== null)) {
    const differences = [
      { text: `points between returned rounds: ${mean} paired seeds; pale: one seed each; hollow: no clear difference` },
    ];
    figures.set(DIFFERENCES.name, figureOf(DIFFERENCES, comparison, { ...wide, seeds: true }, differences));
  }
  if (arms.some(trains)) {
    const rounds = [
      ...ROUNDS_SHOWN.map(({ label, colour, symbol }) => ({ text: `${SIGNS[symbol]} ${label}   `, fill: colour })),
      { text: `${mean} seeds; hollow: only the runs that had not stopped early` },
    ];
    figures.set(ROUNDS.name, figureOf(ROUNDS, comparison, { width: WIDTH }, rounds));
  }
  return figures;
}
