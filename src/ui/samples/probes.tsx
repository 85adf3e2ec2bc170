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

const amount = (value: number, { unit }: ProbeLine): string => (unit === 'share' ? percent(value) : `${Math.round(value)} tokens`);
const basisOf = ({ what, n, note }: ProbeLine): string =>
  [what.includes('answer') ? `${n} answers` : `${n} questions`, note].filter((text) => text !== '').join('; ');

/** `name` is what the base is set against; null where it was returned itself. */
function Numbers({ lines, name }: { readonly lines: readonly ProbeLine[]; readonly name: string | null }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Numbers of what else changed">
      <table class="probe-numbers" data-testid="probe-numbers">
        <thead>
          <tr>
            <th scope="col">what</th>
            <th scope="col" class="number">
              base model
            </th>
            {name !== null && (
              <th scope="col" class="number">
                {name}
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.what}>
              <th scope="row">
                {line.what}
                <small class="muted">{basisOf(name === null ? { ...line, note: '' } : line)}</small>
              </th>
              <td class="number">{amount(line.base, line)}</td>
              {name !== null && <td class="number">{amount(line.returned, line)}</td>}
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

function Answers({
  base,
  returned,
  name,
}: {
  readonly base: Found['base'];
  readonly returned: Found['returned'];
  readonly name: string | null;
}) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Answers before and after">
      <table class="flip-table" data-testid="probe-answers">
        <thead>
          <tr>
            <th scope="col">question</th>
            <th scope="col">base model</th>
            {name !== null && <th scope="col">{name}</th>}
          </tr>
        </thead>
        <tbody>
          {base.said.map((before, i) => {
            const after = returned.said[i] ?? before;
            const [was, is] = wordDiff(before.text, after.text);
            return (
              <tr key={before.id}>
                <td class="question" dir="auto">
                  {before.question}
                  <small>{before.kind}</small>
                </td>
                <Said pieces={was} said={before} label="base model" />
                {name !== null && <Said pieces={is} said={after} label={name} />}
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
  const name = bestRound === 0 ? null : roundName(bestRound);
  const { length: answers } = probes.base.said;
  return (
    <section class="section probes" aria-labelledby="probes-title" data-testid="probes">
      <div class="section-head">
        <h2 id="probes-title">What else changed</h2>
        <p class="summary">
          {name === null
            ? 'The base model was returned, so nothing did. These are its numbers.'
            : `Asked once at the end, of the base model and of ${name}, which was returned; no round was chosen by it.`}
        </p>
      </div>
      <Numbers lines={probeLines(probes)} name={name} />
      {answers > 0 && (
        <details open={answers <= 8}>
          <summary>
            <h3>{answers} answers in its own words</h3> {name !== null && <span class="muted">what differs is marked</span>}
          </summary>
          <Answers base={probes.base} returned={probes.returned} name={name} />
        </details>
      )}
    </section>
  );
}
