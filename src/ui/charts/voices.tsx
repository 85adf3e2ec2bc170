/** Who speaks, as a table with a bar for each: the highest rung on top. Knows no model and no session. */
import type { ComponentChildren } from 'preact';
import { say, sayName } from '../language/language.ts';

type Props = {
  /** From the lowest rung up; a name of the world is said, an element stands as it is. */
  readonly names: readonly ComponentChildren[];
  /** Shares, 0 to 1; null while they are asked for. */
  readonly bars: readonly number[] | null;
  /** Drawn as an outline, to see what moved. */
  readonly ghost: readonly number[] | null;
  readonly label: string;
  /** How a share is said. */
  readonly say: (share: number) => string;
  /** The share of a bar that is as wide as there is room. */
  readonly widest?: number;
};

export function Voices({ names, bars, ghost, label, say: write, widest = 0.5 }: Props) {
  if (bars === null) return <p class="empty">{say('Asking the model…')}</p>;
  return (
    <table class="voices" aria-label={label} style={{ '--widest': widest }}>
      <tbody>
        {names
          .map((name, rung) => ({ rung, name, share: bars[rung] ?? 0, before: ghost?.[rung] ?? null }))
          .toReversed()
          .map(({ rung, name, share, before }) => (
            <tr key={rung}>
              <th scope="row">{typeof name === 'string' ? sayName(name) : name}</th>
              <td class="voice" style={{ '--share': share, '--ghost': before ?? 0 }} data-ghost={before !== null}>
                <span aria-hidden="true" />
              </td>
              <td class="number">{write(share)}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}
