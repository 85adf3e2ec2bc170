/** The choice of a round, which says of the returned one that it is. */
import { markOf } from '../session/outcome.ts';
import type { RunView } from '../session/view.ts';

type Props = {
  readonly rounds: readonly number[];
  readonly round: number;
  readonly choose: (round: number) => void;
  readonly view: RunView;
  readonly testId: string;
  /** A round in words; its number without. */
  readonly nameOf?: (round: number) => string;
};

export function RoundSelect({ rounds, round, choose, view, testId, nameOf = String }: Props) {
  return (
    <select value={String(round)} onChange={(event) => choose(Number(event.currentTarget.value))} data-testid={testId}>
      {rounds.map((number) => (
        <option key={number} value={String(number)}>
          {nameOf(number)}
          {markOf(number, view)}
        </option>
      ))}
    </select>
  );
}
