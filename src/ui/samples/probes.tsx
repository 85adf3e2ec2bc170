/**
 * What else changed: what a run with a kit asked once at its end, of the base and of the returned round. The numbers as a table, and both
 * models' answers in their own words, side by side.
 */
import { type ProbeLine, probeLines } from '../../comparison/probes.ts';
import type { Probes as Found, SaidAnswer } from '../../contracts/records.ts';
import { percent } from '../../shares.ts';
import { type Piece, wordDiff } from '../chat/word-diff.ts';
import { roundName } from '../session/outcome.ts';
import type { Session } from '../session/session.ts';

const amount = (value: number, { unit }: ProbeLine): string => (unit === 'share' ? percent(value) : String(Math.round(value)));
const unitOf = ({ unit, n }: ProbeLine): string => (unit === 'share' ? `of ${n}` : `tokens, ${n} answers`);

function Numbers({ lines, returned }: { readonly lines: readonly ProbeLine[]; readonly returned: string }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Numbers of what else changed">
      <table class="probe-numbers" data-testid="probe-numbers">
        <thead>
          <tr>
            <th scope="col">what</th>
            <th scope="col" class="number">
              base model
            </th>
            <th scope="col" class="number">
              {returned}
            </th>
            <th scope="col">of how many</th>
            <th scope="col">note</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.what}>
              <th scope="row">{line.what}</th>
              <td class="number">{amount(line.base, line)}</td>
              <td class="number">{amount(line.returned, line)}</td>
              <td>{unitOf(line)}</td>
              <td>{line.note}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Said({
  pieces,
  said: { declines, ended, tokens },
  label,
}: {
  readonly pieces: readonly Piece[];
  readonly said: SaidAnswer;
  readonly label: string;
}) {
  return (
    <td class="answer" dir="auto" lang="en" data-label={label}>
      {pieces.length === 0 ? (
        <span class="muted">no answer</span>
      ) : (
        pieces.map(({ text, same }, i) => (same ? <span key={i}>{text}</span> : <mark key={i}>{text}</mark>))
      )}
      <small class="muted">
        {tokens} tokens{ended ? '' : ', cut off'}
        {declines === true ? ', declines' : ''}
      </small>
    </td>
  );
}

function Answers({ base, returned, name }: { readonly base: Found['base']; readonly returned: Found['returned']; readonly name: string }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Answers before and after">
      <table class="flip-table" data-testid="probe-answers">
        <thead>
          <tr>
            <th scope="col">question</th>
            <th scope="col">base model</th>
            <th scope="col">{name}</th>
          </tr>
        </thead>
        <tbody>
          {base.said.map((before, i) => {
            const after = returned.said[i];
            if (after === undefined) return null;
            const [was, is] = wordDiff(before.text, after.text);
            return (
              <tr key={before.id}>
                <td class="question">
                  {before.question}
                  <small>{before.kind}</small>
                </td>
                <Said pieces={was} said={before} label="base model" />
                <Said pieces={is} said={after} label={name} />
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** Nothing in a world, and for runs that asked no probes. */
export function ProbesSection({ session }: { readonly session: Session }) {
  const { result } = session.plotted.value;
  if (result?.probes === undefined) return null;
  const { probes, bestRound } = result;
  const name = roundName(bestRound).replace('the ', '');
  return (
    <section class="section probes" aria-labelledby="probes-title" data-testid="probes">
      <div class="section-head">
        <h2 id="probes-title">What else changed</h2>
        <p class="summary">
          Asked once at the end; no round was chosen by it.
          {bestRound === 0 ? ' The base model was returned, so both columns are one model.' : ''}
        </p>
      </div>
      <Numbers lines={probeLines(probes)} returned={name} />
      {probes.base.said.length > 0 && (
        <details open={probes.base.said.length <= 8}>
          <summary>
            <h3>{probes.base.said.length} answers in its own words</h3> <span class="muted">what differs is marked</span>
          </summary>
          <Answers base={probes.base} returned={probes.returned} name={name} />
        </details>
      )}
    </section>
  );
}
