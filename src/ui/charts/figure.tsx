/**
 * The frame of every chart: title, one-sentence summary, the drawing, and the same numbers as a table behind a button. Loads the
 * plotting library after first paint. Knows no chart.
 */
import type { Table } from '../../comparison/columns.ts';
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

export type PlotLibrary = typeof import('@observablehq/plot');

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

/** Width of an element in CSS pixels, 0 before it is laid out. */
function useWidth() {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    if (element.current === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return { element, width };
}

/** The numbers of a table in a frame that scrolls sideways where it must. */
export function Numbers({ table, label, testid }: { readonly table: Table; readonly label: string; readonly testid?: string }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table class="numbers" data-testid={testid}>
        <thead>
          <tr>
            {table.head.map((cell) => (
              <th key={cell} scope="col">
                {cell}
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
                    {cell}
                  </th>
                ) : (
                  <td key={column}>{cell}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export type FigureProps = {
  readonly testid: string;
  readonly title: string;
  readonly summary: string;
  readonly table: Table;
  /** Draws for a width in CSS pixels; a new function means a new drawing. */
  readonly draw: (plot: PlotLibrary, width: number) => Element;
  /** Inside a section with a title of its own. */
  readonly nested?: boolean;
  /** The figure's main number, beside the title. */
  readonly headline?: ComponentChildren;
  readonly children?: ComponentChildren;
};

export function Figure({ testid, title, summary, table, draw, nested = false, headline, children }: FigureProps) {
  const { element, width } = useWidth();
  const [asTable, setAsTable] = useState(false);
  const plot = library.value;
  useEffect(() => {
    if (plot !== null && width > 0 && !asTable) element.current?.replaceChildren(draw(plot, width));
  }, [plot, width, asTable, draw]);
  return (
    <figure class="figure" data-testid={testid}>
      <figcaption>
        <div class="section-head">
          {nested ? <h3>{title}</h3> : <h2>{title}</h2>}
          {headline}
          <button type="button" class="link" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
            {asTable ? 'as a picture' : 'as numbers'}
          </button>
        </div>
        <p class="summary">{summary}</p>
      </figcaption>
      {asTable &&
        (table.rows.length === 0 ? <p class="empty">No numbers yet.</p> : <Numbers table={table} label={`${title}, as numbers`} />)}
      <div class="drawing" ref={element} hidden={asTable} data-ready={plot !== null}>
        {unavailable.value && <p class="empty">The charts could not be loaded. Reload the page; the numbers are behind the button.</p>}
      </div>
      {children}
    </figure>
  );
}
