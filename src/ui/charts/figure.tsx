/**
 * The frame of every chart: title, one-sentence summary, the drawing, and the same numbers as a table behind a button. Loads the
 * plotting library after first paint. Knows no chart.
 */
import { language, say, sayName } from '../language/language.ts';
import { signal } from '@preact/signals';
import type { Table } from '../../comparison/columns.ts';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type Chart, drawChart, type PlotLibrary } from './chart.ts';

const library = signal<PlotLibrary | null>(null);
const unavailable = signal(false);

/** Fetches the plotting library when the page has been painted. */
export function loadPlots(): void {
  requestAnimationFrame(() =>
    setTimeout(() => {
      import('@observablehq/plot').then(
        (loaded) => (library.value = loaded),
        () => (unavailable.value = true),
      );
    }),
  );
}

/** A length of the page as a chart counts it: pixels where text is 16 pixels high, so that a chart grows with the text around it. */
function unscaled(pixels: number): number {
  const size = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return Math.floor((16 * pixels) / (size > 0 ? size : 16));
}

/** Narrower than this a chart says nothing. */
const LEAST = 240;

/** Width that a chart in an element has, 0 before it is laid out; and how many times wider it is than its element, where that is too narrow for any. */
export function useWidth() {
  const element = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(0);
  useLayoutEffect(() => {
    if (element.current === null) return;
    const observer = new ResizeObserver(([entry]) => setRoom(unscaled(entry?.contentRect.width ?? 0)));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return room === 0 ? { element, width: 0, wider: 1 } : { element, width: Math.max(LEAST, room), wider: Math.max(1, LEAST / room) };
}

/** The numbers of a table in a frame that scrolls sideways where it must. */
export function Numbers({ table, label, testid }: { readonly table: Table; readonly label: string; readonly testid?: string }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table class="numbers" aria-label={label} data-testid={testid}>
        <thead>
          <tr>
            {table.head.map((cell) => (
              <th key={cell} scope="col">
                {sayName(cell)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) =>
                column === 0 ? (
                  <th key={column} scope="row">
                    {sayName(cell)}
                  </th>
                ) : (
                  <td key={column}>{sayName(cell)}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type FigureProps<Data, Look> = {
  readonly chart: Chart<Data, Look>;
  /** The same object as long as the picture is the same; so with `look`. */
  readonly data: Data;
  readonly look?: Look;
  /** Inside a section with a title of its own. */
  readonly nested?: boolean;
  /** The figure's main number, beside the title. */
  readonly headline?: ComponentChildren;
  readonly children?: ComponentChildren;
};

export function Figure<Data, Look>({ chart, data, look, nested = false, headline, children }: FigureProps<Data, Look>) {
  const { element, width, wider } = useWidth();
  const [asTable, setAsTable] = useState(false);
  const id = useId();
  const [named, turn] = [`${id}-title`, `${id}-turn`];
  const plot = library.value;
  const spoken = language();
  useEffect(() => {
    if (plot === null || width === 0 || asTable) return;
    const picture = drawChart(plot, chart, data, { ...(look as Look), width });
    // the picture as a whole has a name; groups inside may have none
    for (const group of picture.querySelectorAll('g[aria-label]')) group.setAttribute('aria-hidden', 'true');
    element.current?.replaceChildren(picture);
  }, [plot, width, asTable, chart, data, look, spoken]);
  const title = chart.title(data);
  const table = chart.table(data);
  return (
    <figure class="figure" aria-labelledby={named} data-testid={`chart-${chart.name}`}>
      <figcaption>
        <div class="section-head">
          {nested ? <h3 id={named}>{title}</h3> : <h2 id={named}>{title}</h2>}
          {headline}
          {/* of several charts each says whose numbers */}
          <button type="button" class="link" id={turn} aria-labelledby={`${named} ${turn}`} onClick={() => setAsTable(!asTable)}>
            {asTable ? say('as a picture') : say('as numbers')}
          </button>
        </div>
        <p class="summary">{chart.text(data)}</p>
      </figcaption>
      {asTable &&
        (table.rows.length === 0 ? (
          <p class="empty">{say('No numbers yet.')}</p>
        ) : (
          <Numbers table={table} label={say('{title}, as numbers', { title })} />
        ))}
      <div
        class="drawing"
        ref={element}
        hidden={asTable}
        data-ready={plot !== null}
        data-scrolls={wider > 1}
        {...(wider > 1 ? { tabIndex: 0, role: 'region', 'aria-label': title } : {})}
      >
        {unavailable.value && (
          <p class="empty">{say('The charts could not be loaded. Reload the page; the numbers are behind the button.')}</p>
        )}
      </div>
      {children}
    </figure>
  );
}
