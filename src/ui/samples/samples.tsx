/** Every answer of a round in a table: filter by verdict, sort, page, open one for its whole provenance. */
import { verdictOf } from '../../run/verdicts.ts';
import { Fragment } from 'preact';
import { useState } from 'preact/hooks';
import type { Sample } from '../../contracts/records.ts';
import { AlignedMark, VerdictMark } from '../run/now.tsx';
import { RoundSelect } from '../run/round-select.tsx';
import { roundShown } from '../session/outcome.ts';
import type { Session } from '../session/session.ts';
import { isBusy } from '../session/view.ts';
import { Tokens, tokensOf } from './tokens.tsx';
import { Transcript } from './transcript.tsx';
import { asWritten } from './written.ts';
import { percent } from '../../shares.ts';
import { UNGRADED, keptText } from '../words.ts';

const PAGE = 12;

const FILTERS = [
  { name: 'all', accepts: () => true },
  { name: 'kept', accepts: (sample: Sample) => sample.verdict === 'kept' },
  { name: 'dropped', accepts: (sample: Sample) => sample.verdict !== 'kept' },
  { name: 'aligned', accepts: (sample: Sample) => sample.aligned === true },
  { name: 'not aligned', accepts: (sample: Sample) => sample.aligned === false },
] as const;
type FilterName = (typeof FILTERS)[number]['name'];

const SORTS = [
  { name: 'as asked', key: (sample: Sample) => sample.index },
  { name: 'training order', key: (sample: Sample) => sample.order ?? Infinity },
  { name: 'easiest first', key: (sample: Sample) => sample.perplexity },
  { name: 'hardest first', key: (sample: Sample) => -sample.perplexity },
] as const;
type SortName = (typeof SORTS)[number]['name'];

function Provenance({ sample }: { readonly sample: Sample }) {
  return (
    <dl class="provenance">
      <dt>shown</dt>
      <dd>
        <Transcript context={sample.context} />
      </dd>
      <dt>said</dt>
      <dd>
        <Tokens tokens={tokensOf(sample.pieces, sample.logProbs)} numbers />
      </dd>
      <dt>verdict</dt>
      <dd>{verdictOf(sample.verdict).reason}</dd>
      <dt>numbers</dt>
      <dd>
        perplexity {sample.perplexity.toFixed(3)}
        {sample.difficulty !== null && `, difficulty for the base model ${sample.difficulty.toFixed(3)}`}
        {sample.agreement !== undefined && `, said by ${percent(sample.agreement)} of the answers to this prompt`}
        {sample.order !== null && `, number ${sample.order + 1} in the training order`}
      </dd>
      <dt>from</dt>
      <dd class="mono">
        prompt {sample.promptId} · demonstrations {sample.demonstrationIds.join(', ') || 'none'} · seed {sample.seed}
      </dd>
    </dl>
  );
}

function Row({ sample, open, toggle }: { readonly sample: Sample; readonly open: boolean; readonly toggle: () => void }) {
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
            aria-expanded={open}
            aria-controls={details}
            onClick={(event) => (event.stopPropagation(), toggle())}
          >
            {sample.question}
          </button>
          <small>{sample.kind}</small>
        </td>
        <td role="cell" class="answer" dir="auto">
          {asWritten(sample.completion) || <span class="muted">no answer</span>}
        </td>
        <td role="cell">
          <VerdictMark sample={sample} />
        </td>
        <td role="cell">
          <AlignedMark aligned={sample.aligned} />
        </td>
        <td role="cell" class="number" data-label="perplexity">
          {sample.perplexity.toFixed(2)}
        </td>
        <td role="cell" class="number" data-label="order">
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
        <h2 id="samples-title">What it taught itself with</h2>
        {all.length > 0 && (
          <p class="summary">
            {keptText(all)}. {graded.length === 0 ? UNGRADED : `${percent(aligned / graded.length)} aligned.`}
          </p>
        )}
      </div>
      {round === null ? (
        <p class="empty">Every answer of every round will be listed here, kept or dropped and why.</p>
      ) : (
        <>
          <div class="tools">
            <label>
              round{' '}
              <RoundSelect rounds={rounds} round={round} choose={(number) => (choose(number), go(0))} view={view} testId="samples-round" />
            </label>
            <div class="segments" role="group" aria-label="Filter">
              {FILTERS.map(({ name, accepts: wanted }) => (
                <button key={name} type="button" aria-pressed={name === filter} onClick={() => (setFilter(name), go(0))}>
                  {name} <span class="count">{all.filter(wanted).length}</span>
                </button>
              ))}
            </div>
            <label>
              sorted{' '}
              <select value={sort} onChange={(event) => (setSort(event.currentTarget.value as SortName), go(0))}>
                {SORTS.map(({ name }) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </label>
          </div>
          <div class="scroll" tabIndex={0} role="region" aria-label="Samples">
            <table role="table" class="sample-table" data-testid="samples-table">
              <thead role="rowgroup">
                <tr role="row">
                  <th role="columnheader" scope="col" class="number">
                    #
                  </th>
                  <th role="columnheader" scope="col">
                    question
                  </th>
                  <th role="columnheader" scope="col">
                    its answer
                  </th>
                  <th role="columnheader" scope="col">
                    verdict
                  </th>
                  <th role="columnheader" scope="col">
                    graded
                  </th>
                  <th role="columnheader" scope="col" class="number">
                    perplexity
                  </th>
                  <th role="columnheader" scope="col" class="number">
                    order
                  </th>
                </tr>
              </thead>
              <tbody role="rowgroup">
                {rows.slice(at * PAGE, (at + 1) * PAGE).map((sample) => (
                  <Row
                    key={sample.index}
                    sample={sample}
                    open={open === sample.index}
                    toggle={() => setOpen(open === sample.index ? null : sample.index)}
                  />
                ))}
              </tbody>
            </table>
            {rows.length === 0 && <p class="empty">No answer of this round is “{filter}”.</p>}
          </div>
          {pages > 1 && (
            <nav class="pages" aria-label="Pages of the table">
              <button type="button" onClick={() => go(at - 1)} disabled={at === 0}>
                Previous
              </button>
              <span>
                {at * PAGE + 1} to {Math.min(rows.length, (at + 1) * PAGE)} of {rows.length}
              </span>
              <button type="button" onClick={() => go(at + 1)} disabled={at === pages - 1}>
                Next
              </button>
            </nav>
          )}
        </>
      )}
    </section>
  );
}
