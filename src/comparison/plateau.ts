/**
 * Where a run will end, told after its second round: the solver-verifier gap (arXiv 2507.00075). The solver is the model asked cold (A_0), the
 * verifier the same model with demonstrations in view (A_k); what it gains is in proportion to the gap between them, and the gap closes in
 * proportion to itself. Pure arithmetic over scores; nothing is ever chosen by it.
 */
import type { Measured, RoundResult } from '../contracts/records.ts';

/** The round after which it is told. */
export const TOLD_AFTER = 2;

type Scored = { readonly zeroShot: number; readonly fewShot: number | null };

/**
 * The zero-shot score at which the solver meets the verifier, 0 to 1. With A' = a G and G' = -b G the solver ends at A + (a / b) G, and a / b is
 * what it gained so far over what the gap lost. Null where no few-shot score was taken, and where the gap did not close, for then the model
 * has no end.
 */
export function plateauOf(start: Scored, now: Scored): number | null {
  if (start.fewShot === null || now.fewShot === null) return null;
  const [before, gap] = [start.fewShot - start.zeroShot, now.fewShot - now.zeroShot];
  if (gap <= 0) return now.zeroShot;
  if (gap >= before) return null;
  const ahead = ((now.zeroShot - start.zeroShot) / (before - gap)) * gap;
  return Math.max(0, Math.min(1, now.zeroShot + ahead));
}

/** The same for a run; null before the second round. */
export function foretoldEnd(base: Pick<Measured, 'scores'> | null, rounds: readonly RoundResult[]): number | null {
  const now = rounds.find(({ round }) => round === TOLD_AFTER);
  return base === null || now === undefined ? null : plateauOf(base.scores, now);
}
