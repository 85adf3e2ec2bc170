/**
 * What changed its answer: the held-out questions that became right or wrong from one model to another, of the shown run or of another run
 * that was asked the same. Asks the library for both models' answers when they are chosen.
 */
import { say, toSay } from '../language/language.ts';
import { isSameModel } from '../../run/records.ts';
import { useEffect, useState } from 'preact/hooks';
import { ASKED_SETS, type AskedSet, type Flip, flipsOf } from '../../comparison/flips.ts';
import type { HeldOutAnswers } from '../../contracts/records.ts';
import type { RunSummary } from '../../run/records.ts';
import { Written } from '../language/say.tsx';
import { valueText } from '../option-text.ts';
import { percent } from '../../shares.ts';
import { AlignedMark } from '../run/now.tsx';
import { KindName } from '../page/named.tsx';
import { save } from '../page/save.ts';
import { markOf, roundShown, worldOf } from '../session/outcome.ts';
import type { Session } from '../session/session.ts';
import type { RunView } from '../session/view.ts';
import { emptyFlipsText, flipsText, SET_NAMES } from './flips-text.ts';
import { asWritten } from './written.ts';

const PAGE = 12;

const FILTERS = [
  { name: toSay('all'), accepts: () => true },
  { name: toSay('wrong → right'), accepts: ({ became }: Flip) => became === 'right' },
  { name: toSay('right → wrong'), accepts: ({ became }: Flip) => became === 'wrong' },
] as const;
type FilterName = (typeof FILTERS)[number]['name'];

/** A model: a round of a run, 0 the base. */
type Model = { readonly run: string; readonly round: number };
const keyOf = ({ run, round }: Model): string => `${round} ${run}`;
const modelOf = (key: string): Model => ({ round: Number.parseInt(key, 10), run: key.slice(key.indexOf(' ') + 1) });

/** The answers of a model; undefined while they are fetched, null where none were kept. `made` changes when there may be more. */
function useAnswers(session: Session, { run, round }: Model, made: number): HeldOutAnswers | null | undefined {
  const [found, keep] = useState<{ readonly key: string; readonly answers: HeldOutAnswers | null } | null>(null);
  const key = keyOf({ run, round });
  useEffect(() => {
    let current = true;
    if (run !== '') void session.heldOut(run, round).then((answers) => current && keep({ key, answers: answers ?? null }));
    return () => void (current = false);
  }, [key, made]);
  return found?.key === key ? found.answers : undefined;
}

type SelectProps = {
  readonly view: RunView;
  readonly others: readonly RunSummary[];
  readonly model: Model;
  readonly choose: (model: Model) => void;
  readonly testId: string;
};

/** The rounds of the shown run, and below them those of others with the same seed. */
function ModelSelect({ view, others, model, choose, testId }: SelectProps) {
  const option = (run: string, round: number, mark = '') => (
    <option key={keyOf({ run, round })} value={keyOf({ run, round })}>
      {round === 0 ? say('base model') : say('round {round}', { round })}
      {mark}
    </option>
  );
  return (
    <select value={keyOf(model)} onChange={(event) => choose(modelOf(event.currentTarget.value))} data-testid={testId}>
      <optgroup label={say('this run')}>
        {[0, ...view.rounds.map(({ round }) => round)].map((round) => option(view.run ?? '', round, markOf(round, view)))}
      </optgroup>
      {others.map(({ run, config, rounds }) => (
        <optgroup
          key={run}
          label={say('{method}, seed {seed} ({run})', { method: valueText('method', config.method), seed: String(config.seed), run })}
        >
          {[0, ...rounds.map(({ round }) => round)].map((round) => option(run, round))}
        </optgroup>
      ))}
    </select>
  );
}

function Answer({ answer, label }: { readonly answer: Flip['before']; readonly label: string }) {
  return (
    <td role="cell" class="answer" data-label={label}>
      {answer.text.trim() === '' ? <span class="muted">{say('no answer')}</span> : <Written>{asWritten(answer.text)}</Written>}
      <small>
        {answer.mark > 0 && answer.mark < 1 ? (
          <span class="muted">{say('{share} of a tie', { share: percent(answer.mark) })}</span>
        ) : (
          <AlignedMark aligned={answer.mark === 1} />
        )}
      </small>
    </td>
  );
}

function Table({ rows, world }: { readonly rows: readonly Flip[]; readonly world: string | null }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={say('Questions whose answer changed')}>
      <table role="table" class="flip-table" aria-label={say('Questions whose answer changed')} data-testid="flips-table">
        <thead role="rowgroup">
          <tr role="row">
            {[say('question'), say('before'), say('after'), say('became')].map((head) => (
              <th key={head} role="columnheader" scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map(({ id, kind, question, before, after, became }) => (
            <tr key={id} role="row">
              <td role="cell" class="question">
                <Written>{question}</Written>
                <small>
                  <KindName world={world} name={kind} />
                </small>
              </td>
              <Answer answer={before} label={say('before')} />
              <Answer answer={after} label={say('after')} />
              <td role="cell" class="became" data-became={became}>
                {became === 'right' ? say('▲ right') : say('▼ wrong')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A choice that is no longer there gives way to what is usual. */
function chosenOr(chosen: Model | null, usual: Model, view: RunView, others: readonly RunSummary[]): Model {
  if (chosen === null) return usual;
  const rounds = chosen.run === view.run ? view.rounds : others.find(({ run }) => run === chosen.run)?.rounds;
  return rounds === undefined || chosen.round > rounds.length ? usual : chosen;
}

export function Flips({ session }: { readonly session: Session }) {
  const view = session.plotted.value;
  const [[from, to], choose] = useState<readonly [Model | null, Model | null]>([null, null]);
  const [set, setSet] = useState<AskedSet>('test');
  const [filter, setFilter] = useState<FilterName>('all');
  const [page, setPage] = useState(0);
  const run = view.run ?? '';
  const mine = session.runs.value?.find((other) => other.run === run)?.model;
  const isOf = (model: typeof mine): boolean => model === mine || (model !== undefined && mine !== undefined && isSameModel(model, mine));
  const others = (session.runs.value ?? []).filter(
    (other) => other.run !== run && other.config.seed === view.config?.seed && isOf(other.model) && other.rounds.length > 0,
  );
  const last = roundShown(view) > 0 ? roundShown(view) : (view.rounds.at(-1)?.round ?? 0);
  const [first, second] = [chosenOr(from, { run, round: 0 }, view, others), chosenOr(to, { run, round: last }, view, others)];
  const [before, after] = [useAnswers(session, first, view.rounds.length), useAnswers(session, second, view.rounds.length)];
  const found = before && after ? flipsOf(before, after, set) : null;
  const accepts = FILTERS.find(({ name }) => name === filter)?.accepts ?? FILTERS[0].accepts;
  const rows = found?.flips.filter(accepts) ?? [];
  const pages = Math.max(1, Math.ceil(rows.length / PAGE));
  const at = Math.min(page, pages - 1);
  const ready = view.rounds.length > 0;
  return (
    <section class="section flips" aria-labelledby="flips-title" data-testid="flips">
      <div class="section-head">
        <h2 id="flips-title">{say('What changed its answer')}</h2>
        {ready && found !== null && found.common > 0 && <p class="summary">{flipsText(found, set)}</p>}
      </div>
      {!ready ? (
        <p class="empty">
          {say('After the first round, the test questions that became right or wrong will be listed here, with both answers.')}
        </p>
      ) : (
        <>
          <div class="tools">
            <label>
              {say('from {@model}')}{' '}
              <ModelSelect
                view={view}
                others={others}
                model={first}
                choose={(model) => (choose([model, to]), setPage(0))}
                testId="flips-from"
              />
            </label>
            <label>
              {say('to {@model}')}{' '}
              <ModelSelect
                view={view}
                others={others}
                model={second}
                choose={(model) => (choose([from, model]), setPage(0))}
                testId="flips-to"
              />
            </label>
            <label>
              {say('on {@questions}')}{' '}
              <select value={set} onChange={(event) => (setSet(event.currentTarget.value as AskedSet), setPage(0))} data-testid="flips-set">
                {ASKED_SETS.map((name) => (
                  <option key={name} value={name}>
                    {say(SET_NAMES[name])}
                  </option>
                ))}
              </select>
            </label>
            <div class="segments" role="group" aria-label={say('What became of them')}>
              {FILTERS.map(({ name, accepts: wanted }) => (
                <button key={name} type="button" aria-pressed={name === filter} onClick={() => (setFilter(name), setPage(0))}>
                  {say(name)} <span class="count">{found?.flips.filter(wanted).length ?? 0}</span>
                </button>
              ))}
            </div>
            {rows.length > 0 && (
              <button
                type="button"
                class="link"
                onClick={() =>
                  save(
                    `${second.run}-flips.jsonl`,
                    rows.map((row) => `${JSON.stringify(row)}\n`),
                    'application/jsonl',
                  )
                }
                data-testid="save-flips"
              >
                {say('save this list (JSONL)')}
              </button>
            )}
          </div>
          {before === undefined || after === undefined ? (
            <p class="empty">{say('Looking up the answers…')}</p>
          ) : rows.length === 0 ? (
            <p class="empty" data-testid="flips-empty">
              {emptyFlipsText(found, set, filter)}
            </p>
          ) : (
            <Table rows={rows.slice(at * PAGE, (at + 1) * PAGE)} world={worldOf(view)} />
          )}
          {pages > 1 && (
            <nav class="pages" aria-label={say('Pages of what changed')}>
              <button type="button" onClick={() => setPage(at - 1)} disabled={at === 0}>
                {say('Previous')}
              </button>
              <span>
                {say('{first} to {last} of {total}', {
                  first: at * PAGE + 1,
                  last: Math.min(rows.length, (at + 1) * PAGE),
                  total: rows.length,
                })}
              </span>
              <button type="button" onClick={() => setPage(at + 1)} disabled={at === pages - 1}>
                {say('Next')}
              </button>
            </nav>
          )}
        </>
      )}
    </section>
  );
}
