/**
 * What a chart is: a title, a sentence, a table and a picture of the same data, all pure. The page draws them in its frame, and
 * `npm run results` for README.md. Knows no chart and no component.
 */
import type { PlotOptions } from '@observablehq/plot';
import type { Table } from '../../comparison/columns.ts';

export type PlotLibrary = typeof import('@observablehq/plot');

/** `Look` is what a drawing may be told beside its data. */
export type Chart<Data, Look = unknown> = {
  /** Unlike those of all other charts. */
  readonly name: string;
  readonly title: (data: Data) => string;
  /** What the picture shows, in a sentence. */
  readonly text: (data: Data) => string;
  readonly table: (data: Data) => Table;
  /** What the picture is of, for those who cannot see it. */
  readonly label: (data: Data) => string;
  /** Marks, scales and height of the picture for a width in CSS pixels. */
  readonly picture: (plot: PlotLibrary, data: Data, look: Look & { readonly width: number }) => PlotOptions;
};

/** Draws with the colours of CSS variables; `document` is the page's where none is given. */
export function drawChart<Data, Look>(
  plot: PlotLibrary,
  chart: Chart<Data, Look>,
  data: Data,
  look: Look & { readonly width: number },
  document?: Document,
): Element {
  return plot.plot({
    ...chart.picture(plot, data, look),
    ...(document === undefined ? {} : { document }),
    width: look.width,
    className: 'plot',
    ariaLabel: chart.label(data),
    ariaDescription: chart.text(data),
  });
}
