/** Every answer of a round in a table: filter by verdict, sort, page, open one for its whole provenance. */
import { decimal } from '../../locale.ts';
import { say, toSay } from '../language/language.ts';
import { Written } from '../language/say.tsx';
import { verdictOf } from '../../run/verdicts.ts';
import { Fragment } from 'preact';
import { useState } from 'preact/hooks';
import type { Sample } from '../../contracts/records.ts';
import { AlignedMark } from '../run/now.tsx';
import { RoundSelect } from '../run/round-select.tsx';
import { KindName } from '../page/named.tsx';
import { VerdictMark } from '../run/sample-way.tsx';
import { roundShown, worldOf } from '../session/outcome.ts';
import type { Session } from '../session/session.ts';
import { isBusy } from '../session/view.ts';
import { Tokens, tokensOf } from './tokens.tsx';
import { Transcript } from './transcript.tsx';
import { asWritten } from './written.ts';
import { percent } from '../../shares.ts';
import { UNGRADED, keptText } from '../words.ts';

const PAGE = 12;

const FILTERS = [
  { name: toSay('all'), accepts: () => true },
  { name: toSay('kept'), accepts: (sample: Sample) => sample.verdict === 'kept' },
  { name: toSay('dropped'), accepts: (sample: Sample) => sample.verdict !== 'kept' },
  { name: toSay('aligned'), accepts: (sample: Sample) => sample.aligned === true },
  { name: toSay('not aligned'), accepts: (sample: Sample) => sample.aligned === false },
] as const;
type FilterName = (typeof FILTERS)[number]['name'];

const SORTS = [
  { name: toSay('as asked'), key: (sample: Sample) => sample.index },
  { name: toSay('training order'), key: (sample: Sample) => sample.order ?? Infinity },
  { name: toSay('easiest first'), key: (sample: Sample) => sample.perplexity },
  { name: toSay('hardest first'), key: (sample: Sample) => -sample.perplexity },
] as const;
type SortName = (typeof SORTS)[number]['name'];

function Provenance({ sample }: { readonly sample: Sample }) {
  return (
    <dl class="provenance">
      <dt>{say('shown')}</dt>
      <dd>
        <Transcript context={sample.context} />
      </dd>
      <dt>{say('said')}</dt>
      <dd>
        <Tokens tokens={tokensOf(sample.pieces, sample.logProbs)} numbers />
      </dd>
      <dt>{say('verdict')}</dt>
      <dd>{say(verdictOf(sample.verdict).reason)}</dd>
      <dt>{say('numbers')}</dt>
      <dd>
        {say('perplexity {perplexity}', { perplexity: decimal(sample.perplexity, 3) })}
        {sample.difficulty !== null && say(', difficulty for the base model {difficulty}', { difficulty: decimal(sample.difficulty, 3) })}
        {sample.agreement !== undefined &&
          say(', said by {agreement} of the answers to this prompt', { agreement: percent(sample.agreement) })}
        {sample.order !== null && say(', number {order} in the training order', { order: sample.order + 1 })}
      </dd>
      <dt>{say('from')}</dt>
      <dd class="mono">
        {say('prompt {prompt} · demonstrations {demonstrations} · seed {seed}', {
          prompt: sample.promptId,
          demonstrations: sample.demonstrationIds.join(', ') || say('none'),
          seed: sample.seed,
        })}
      </dd>
    </dl>
  );
}

type RowProps = { readonly sample: Sample; readonly world: string | null; readonly open: boolean; readonly toggle: () => void };

function Row({ sample, world, open, toggle }: RowProps) {
  const details = `sample-${sample.round}-${sample.index}`;
  return (
    <Fragment>
      <tr role="row" data-open={open} data-kept={sample.verdict === 'kept'} onClick={toggle}>
        <td role="cell" class="number">
          {sample.index + 1}
        </td>
        <td role="cell" class="question">
          <button
            type="button"
            class="row-button"
            data-list-row
            aria-expanded={open}
            aria-controls={details}
            onClick={(event) => (event.stopPropagation(), toggle())}
          >
            <Written>{sample.question}</Written>
          </button>
          {/* the row opens by a click; an explanation in it is not the row */}
          <small onClick={(event) => event.stopPropagation()}>
            <KindName world={world} name={sample.kind} />
          </small>
        </td>
        <td role="cell" class="answer">
          {asWritten(sample.completion) === '' ? (
            <span class="muted">{say('no answer')}</span>
          ) : (
            <Written>{asWritten(sample.completion)}</Written>
          )}
        </td>
        <td role="cell">
          <VerdictMark verdict={sample.verdict} />
        </td>
        <td role="cell">
          <AlignedMark aligned={sample.aligned} />
        </td>
        <td role="cell" class="number" data-label={say('perplexity')}>
          {decimal(sample.perplexity, 2)}
        </td>
        <td role="cell" class="number" data-label={say('order')}>
          {sample.order === null ? '–' : sample.order + 1}
        </td>
      </tr>
      {open && (
        <tr role="row" class="details" id={details}>
          <td role="cell" colSpan={7}>
            <Provenance sample={sample} />
          </td>
        </tr>
      )}
    </Fragment>
  );
}

export function Samples({ session }: { readonly session: Session }) {
  const view = session.plotted.value;
  const { samples } = view;
  const rounds = [...samples.keys()].toSorted((a, b) => a - b);
  const [chosen, choose] = useState<number | null>(null);
  const [filter, setFilter] = useState<FilterName>('all');
  const [sort, setSort] = useState<SortName>('as asked');
  const [page, setPage] = useState(0);
  const [open, setOpen] = useState<number | null>(null);
  const [shown, newest] = [roundShown(view), rounds.at(-1) ?? null];
  const usual = !isBusy(view.status) && samples.has(shown) ? shown : newest;
  const round = chosen !== null && samples.has(chosen) ? chosen : usual;
  const all = round === null ? [] : (samples.get(round) ?? []);
  const accepts = FILTERS.find((other) => other.name === filter)?.accepts ?? FILTERS[0].accepts;
  const key = SORTS.find((other) => other.name === sort)?.key ?? SORTS[0].key;
  const rows = all.filter(accepts).toSorted((a, b) => key(a) - key(b));
  const pages = Math.max(1, Math.ceil(rows.length / PAGE));
  const at = Math.min(page, pages - 1);
  const graded = all.filter((sample) => sample.aligned !== null);
  const aligned = graded.filter((sample) => sample.aligned).length;
  const go = (next: number) => {
    setPage(next);
    setOpen(null);
  };
  return (
    <section class="section samples" aria-labelledby="samples-title" data-testid="samples">
      <div class="section-head">
        <h2 id="samples-title">{say('What it taught itself with')}</h2>
        {all.length > 0 && (
          <p class="summary">
            {keptText(all)}. {graded.length === 0 ? say(UNGRADED) : say('{share} aligned.', { share: percent(aligned / graded.length) })}
          </p>
        )}
      </div>
      {round === null ? (
        <p class="empty">{say('Every answer of every round will be listed here, kept or dropped and why.')}</p>
      ) : (
        <>
          <div class="tools">
            <label>
              {say('round')}{' '}
              <RoundSelect rounds={rounds} round={round} choose={(number) => (choose(number), go(0))} view={view} testId="samples-round" />
            </label>
            <div class="segments" role="group" aria-label={say('Filter')} data-filter>
              {FILTERS.map(({ name, accepts: wanted }) => (
                <button key={name} type="button" aria-pressed={name === filter} onClick={() => (setFilter(name), go(0))}>
                  {say(name)} <span class="count">{all.filter(wanted).length}</span>
                </button>
              ))}
            </div>
            <label>
              {say('sorted')}{' '}
              <select value={sort} onChange={(event) => (setSort(event.currentTarget.value as SortName), go(0))}>
                {SORTS.map(({ name }) => (
                  <option key={name} value={name}>
                    {say(name)}
                  </option>
                ))}
              </select>
            </label>
          </div>
          <div class="scroll" tabIndex={0} role="region" aria-label={say('Samples')}>
            <table role="table" class="sample-table" aria-label={say('Samples')} data-testid="samples-table">
              <thead role="rowgroup">
                <tr role="row">
                  <th role="columnheader" scope="col" class="number">
                    #
                  </th>
                  <th role="columnheader" scope="col">
                    {say('question')}
                  </th>
                  <th role="columnheader" scope="col">
                    {say('its answer')}
                  </th>
                  <th role="columnheader" scope="col">
                    {say('verdict')}
                  </th>
                  <th role="columnheader" scope="col">
                    {say('graded')}
                  </th>
                  <th role="columnheader" scope="col" class="number">
                    {say('perplexity')}
                  </th>
                  <th role="columnheader" scope="col" class="number">
                    {say('order')}
                  </th>
                </tr>
              </thead>
              <tbody role="rowgroup">
                {rows.slice(at * PAGE, (at + 1) * PAGE).map((sample) => (
                  <Row
                    key={sample.index}
                    sample={sample}
                    world={worldOf(view)}
                    open={open === sample.index}
                    toggle={() => setOpen(open === sample.index ? null : sample.index)}
                  />
                ))}
              </tbody>
            </table>
            {rows.length === 0 && <p class="empty">{say('No answer of this round is “{filter}”.', { filter: say(filter) })}</p>}
          </div>
          {pages > 1 && (
            <nav class="pages" aria-label={say('Pages of the table')}>
              <button type="button" data-list-page="previous" onClick={() => go(at - 1)} disabled={at === 0}>
                {say('Previous')}
              </button>
              <span>
                {say('{first} to {last} of {total}', {
                  first: at * PAGE + 1,
                  last: Math.min(rows.length, (at + 1) * PAGE),
                  total: rows.length,
                })}
              </span>
              <button type="button" data-list-page="next" onClick={() => go(at + 1)} disabled={at === pages - 1}>
                {say('Next')}
              </button>
            </nav>
          )}
        </>
      )}
    </section>
  );
}
