/**
 * Matrix products without workgroup memory, for adapters that compute on the CPU: there a barrier is dear, and each load of a number
 * is a loop over the threads that are computed together, dearer than several multiplications. So a tile is as large as registers
 * allow, and a step takes four inner indices: four multiplications between a load and a store of each sum.
 *
 * `quads`: four neighbouring threads share a tile of 16 columns, four columns each. Each loads another quarter of the rows, and
 * hands its numbers to the others, so that nothing is loaded four times. Needs the feature `subgroups`, and that threads are numbered in the order of their quads, as all
 * implementations do.
 * Otherwise each thread has a tile of four columns of its own.
 */
import { AXES, countTiles, functionsOf, placeTile, range, type Part, type Tile, type WrittenPart } from './webgpu-part.ts';

/** The four sums of one row: each the chain of its old value and four products. */
function rowOfSums(r: number, left: readonly string[], right: (q: number, step: number) => string): string {
  const sums = range(4).map((q) => {
    const chain = left.reduce((sum, value, step) => `fma(${value}, ${right(q, step)}, ${sum})`, `s${r}_${q}`);
    return `s${r}_${q} = ${chain};`;
  });
  return sums.join(' ');
}

/** The columns of B, or rows of A, that a thread reads in a phase: their names, and where they begin, computed before the loop. */
type Reads = { readonly text: string; readonly at: (n: number, k: string) => string };

function readsOf(reader: string, outers: readonly string[], count: string, along: 'inner' | 'outer', names: string): Reads {
  // What lies beyond the end is read from the last place within, and not stored.
  const last = `${count} - ${along === 'inner' ? 1 : 4}u`;
  const text = outers.map((o, n) => `let ${names}o${n} = min(${o}, ${last}); let ${names}s${n} = ${reader}start(${names}o${n}, matrix);`);
  return { text: text.join(' '), at: (n, k) => `${reader}(${names}s${n}, ${names}o${n}, ${k})` };
}

/** Rows 4i .. 4i+3 of A, times what is loaded of B. */
function fourRows(i: number, along: 'inner' | 'outer', a: Reads, quads: boolean, right: (q: number, step: number) => string): string {
  const inner = along === 'inner';
  if (!quads) {
    const loads = range(4).map((n) => `let x${n} = ${inner ? a.at(4 * i + n, 'k') : a.at(i, `k + ${n}u`)};`);
    const value = (r: number, step: number): string => (inner ? `x${r}.${AXES[step]}` : `x${step}.${AXES[r]}`);
    const rows = range(4).map((r) =>
      rowOfSums(
        4 * i + r,
        range(4).map((step) => value(r, step)),
        right,
      ),
    );
    return `{ ${loads.join(' ')}\n      ${rows.join('\n      ')} }`;
  }
  const rows = range(4).map((r) => {
    const given = inner
      ? `let z = quadBroadcast(x, ${r}u);`
      : `let z = vec4<f32>(${range(4)
          .map((step) => `quadBroadcast(x.${AXES[r]}, ${step}u)`)
          .join(', ')});`;
    return `{ ${given} ${rowOfSums(
      4 * i + r,
      AXES.map((axis) => `z.${axis}`),
      right,
    )} }`;
  });
  return `{ let x = ${a.at(i, inner ? 'k' : 'k + own')};\n      ${rows.join('\n      ')} }`;
}

/** The text of a part as a function `name`. */
export function registersPart(name: string, part: Part, tile: Tile, quads: boolean): WrittenPart {
  // Where some operand is read four columns at a time, a thread's columns are neighbours; else neighbouring threads have neighbouring columns.
  const together = !quads || part.phases.some(({ b }) => b.along === 'outer');
  const column = (q: number): string => (together ? `first + ${q}u` : `first + ${4 * q}u`);
  const phases = part.phases.map((phase, p) => {
    const [innerA, innerB] = [phase.a.along === 'inner', phase.b.along === 'inner'];
    const rows = range(innerA && !quads ? tile.rows : tile.rows / 4).map((n) => {
      if (innerA) return quads ? `row0 + ${4 * n}u + own` : `row0 + ${n}u`;
      return `row0 + ${4 * n}u`;
    });
    const a = readsOf(`${name}a${p}`, rows, part.rows, phase.a.along, 'x');
    const b = readsOf(`${name}b${p}`, innerB ? range(4).map(column) : ['first'], part.columns, phase.b.along, 'y');
    const right = (q: number, step: number): string => (innerB ? `y${q}.${AXES[step]}` : `y${step}.${AXES[q]}`);
    return `
  {
  ${a.text}
  ${b.text}
  let to = ${phase.to};
  for (var k = ${phase.from ?? '0u'}; k < to; k += 4u) {
    ${range(4)
      .map((n) => `let y${n} = ${innerB ? b.at(n, 'k') : b.at(0, `k + ${n}u`)};`)
      .join(' ')}
    ${range(tile.rows / 4)
      .map((i) => fourRows(i, phase.a.along, a, quads, right))
      .join('\n    ')}
  }
  }`;
  });
  const [sums, columns] = [range(tile.rows).flatMap((r) => range(4).map((q) => ({ r, q, sum: `s${r}_${q}` }))), quads ? 16 : 4];
  const declare = `${functionsOf(name, part)}
fn ${name}(block: u32, lane: u32) {${countTiles(part, tile)}
  let number = block * ${tile.tiles}u + lane${quads ? ' / 4u' : ''};
  let tile = min(number, tiles - 1u); // all threads go on together, since some hand on values
  ${placeTile(part, tile)}
  let own = lane % 4u;
  let first = column0${quads ? ` + own${together ? ' * 4u' : ''}` : ''};
  ${range(tile.rows)
    .map((r) =>
      range(4)
        .map((q) => `var s${r}_${q} = 0.0;`)
        .join(' '),
    )
    .join('\n  ')}
  ${phases.join('')}
  if (number >= tiles) { return; }
  if (row0 + ${tile.rows}u <= ${part.rows} && column0 + ${columns}u <= ${part.columns}) {
    ${sums.map(({ r, q, sum }) => `${name}store(row0 + ${r}u, ${column(q)}, matrix, ${sum});`).join(' ')}
  } else {
    var sums = array<f32, ${sums.length}>(${sums.map(({ sum }) => sum).join(', ')});
    for (var i = 0u; i < ${sums.length}u; i++) {
      let row = row0 + i / 4u;
      let column = first + i % 4u * ${together ? 1 : 4}u;
      if (row < ${part.rows} && column < ${part.columns}) { ${name}store(row, column, matrix, sums[i]); }
    }
  }
}`;
  return { declare };
}
