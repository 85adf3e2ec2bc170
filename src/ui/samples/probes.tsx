/**
 * What else changed: what a run with a kit asked once at its end, of the base and of the returned round. The numbers as a table, and both
 * models' answers in their own words, side by side.
 */
import { say, sayName } from '../language/language.ts';
import { Written } from '../language/say.tsx';
import { ANSWER_LINES, type ProbeLine, probeLines } from '../../comparison/probes.ts';
import type { Probes as Found, SaidAnswer } from '../../contracts/records.ts';
import { percent } from '../../shares.ts';
import { type Piece, wordDiff } from '../chat/word-diff.ts';
import { roundName } from '../session/outcome.ts';
import type { Session } from '../session/session.ts';

const amount = (value: number, { unit }: ProbeLine): string =>
  unit === 'share' ? percent(value) : say('{count, plural, one {# token} other {# tokens}}', { count: Math.round(value) });
/** What is behind a line, and what its share alone does not say. */
function basisOf({ what, n, note }: ProbeLine): string {
  const basis = ANSWER_LINES.includes(what) ? say('{n} answers', { n }) : say('{n} questions', { n });
  return note === null
    ? basis
    : `${basis}; ${typeof note === 'string' ? say(note) : say('of {known} that the base had right, {still} still are', note)}`;
}

/** `name` is what the base is set against; null where it was returned itself. */
function Numbers({ lines, name }: { readonly lines: readonly ProbeLine[]; readonly name: string | null }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={say('Numbers of what else changed')}>
      <table class="probe-numbers" aria-label={say('Numbers of what else changed')} data-testid="probe-numbers">
        <thead>
          <tr>
            <th scope="col">{say('what')}</th>
            <th scope="col" class="number">
              {say('base model')}
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
                {sayName(line.what)}
                <small class="muted">{basisOf(name === null ? { ...line, note: null } : line)}</small>
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
    <td class="answer" data-label={label}>
      {pieces.length === 0 ? (
        <span class="muted">{say('no answer')}</span>
      ) : (
        <Written>{pieces.map(({ text, same }, i) => (same ? <span key={i}>{text}</span> : <mark key={i}>{text}</mark>))}</Written>
      )}
      <small class="muted">
        {say('{count, plural, one {# token} other {# tokens}}', { count: tokens })}
        {ended ? '' : say(', cut off')}
        {declines === true ? say(', declines') : ''}
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
    <div class="scroll" tabIndex={0} role="region" aria-label={say('Answers before and after')}>
      <table class="flip-table" aria-label={say('Answers before and after')} data-testid="probe-answers">
        <thead>
          <tr>
            <th scope="col">{say('question')}</th>
            <th scope="col">{say('base model')}</th>
            {name !== null && <th scope="col">{name}</th>}
          </tr>
        </thead>
        <tbody>
          {base.said.map((before, i) => {
            const after = returned.said[i] ?? before;
            const [was, is] = wordDiff(before.text, after.text);
            return (
              <tr key={before.id}>
                <td class="question">
                  <Written>{before.question}</Written>
                  <small>{sayName(before.kind)}</small>
                </td>
                <Said pieces={was} said={before} label={say('base model')} />
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
        <h2 id="probes-title">{say('What else changed')}</h2>
        <p class="summary">
          {name === null
            ? say('The base model was returned, so nothing did. These are its numbers.')
            : say('Asked once at the end, of the base model and of {name}, which was returned; no round was chosen by it.', { name })}
        </p>
      </div>
      <Numbers lines={probeLines(probes)} name={name} />
      {answers > 0 && (
        <details open={answers <= 8}>
          <summary>
            <h3>{say('{answers, plural, one {# answer} other {# answers}} in its own words', { answers })}</h3>{' '}
            {name !== null && <span class="muted">{say('what differs is marked')}</span>}
          </summary>
          <Answers base={probes.base} returned={probes.returned} name={name} />
        </details>
      )}
    </section>
  );
}
