/**
 * The picture of the rooms of src/ in docs/rooms.svg: a stair from the roof down, a dot for each room that a room may import, and the name of
 * that room at the foot of the dot's column. Pure text, made from the table in scripts/layers.ts; knows no file.
 */

/** What is drawn of a room: its name, the rooms that it may import, and why no other. */
type Drawn = { readonly name: string; readonly sees: readonly string[]; readonly because: string };

const ROW = 26;
const COLUMN = 38;
const LEFT = 104;
const TOP = 16;

const STYLE = `
  :root { --paper: #fcfbf8; --ink: #1e1d1a; --ink-2: #5b574e; --rule: #e2ddd2; --dot: #0068a8; }
  @media (prefers-color-scheme: dark) { :root { --paper: #15171b; --ink: #eae7e0; --ink-2: #aaa69c; --rule: #2d3138; --dot: #62b3f2; } }
  .paper { fill: var(--paper); }
  text { font: 600 13px ui-monospace, 'SF Mono', Menlo, Consolas, monospace; fill: var(--ink); text-anchor: end; }
  .legend text { font: 400 13px system-ui, sans-serif; fill: var(--ink-2); text-anchor: start; }
  line { stroke: var(--rule); }
  rect.room { fill: var(--ink-2); }
  circle { fill: var(--dot); }`;

const LEGEND = ['A dot: the room of this row may import', 'the room at the foot of the column.', 'All dots lie below: no import goes up.'];

/** `rooms` from the bottom up, as the table has them. */
export function drawRooms(rooms: readonly Drawn[]): string {
  const down = rooms.toReversed();
  const x = (column: number): number => LEFT + COLUMN * (column + 0.5);
  const y = (row: number): number => TOP + ROW * (row + 0.5);
  const place = new Map(down.map(({ name }, i) => [name, i]));
  const foot = (name: string): number => place.get(name) ?? 0;

  const [width, height] = [LEFT + COLUMN * down.length + 12, 2 * TOP + ROW * down.length];
  const guides = down.flatMap(({ name, sees }, row) => {
    const above = down.findIndex((other) => other.sees.includes(name)); // the highest room that sees it
    const far = Math.max(row, ...sees.map(foot));
    const across = far > row ? [`<line x1="${x(row)}" y1="${y(row)}" x2="${x(far)}" y2="${y(row)}"/>`] : [];
    return above < 0 ? across : [...across, `<line x1="${x(row)}" y1="${y(above)}" x2="${x(row)}" y2="${y(row)}"/>`];
  });
  const steps = down.map(({ name, sees, because }, row) => {
    const dots = sees.map((seen) => `<circle cx="${x(foot(seen))}" cy="${y(row)}" r="5"/>`).join('');
    const room = `<rect class="room" x="${x(row) - 5}" y="${y(row) - 5}" width="10" height="10" rx="2"/>`;
    return `<g><title>${because}</title><text x="${x(row) - 12}" y="${y(row) + 4.5}">${name}</text>${room}${dots}</g>`;
  });
  const legend = LEGEND.map((line, i) => `<text x="20" y="${height - TOP - 20 * (LEGEND.length - i) + 8}">${line}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc">
<title id="title">Which room of src/ may import which</title>
<desc id="desc">${down.map(({ name, sees }) => `${name}: ${sees.length === 0 ? 'none' : sees.join(', ')}`).join('; ')}</desc>
<style>${STYLE}
</style>
<rect class="paper" width="100%" height="100%"/>
${[...guides, ...steps].join('\n')}
<g class="legend">${legend.join('')}</g>
</svg>
`;
}
