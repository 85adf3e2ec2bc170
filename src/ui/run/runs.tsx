/** The runs that this browser keeps: open, resume, save to a file, delete. */
import { say } from '../language/language.ts';
import { answerLines } from '../../comparison/flips.ts';
import { CONTROLS } from '../../controls.ts';
import type { RunSummary } from '../../run/records.ts';
import { secondsOf } from '../../run/sessions.ts';
import { BringRun, SaveRun } from './run-files.tsx';
import { save } from '../page/save.ts';
import { RunName, runText } from './run-name.tsx';
import { resting } from '../page/focus.ts';
import { inRow, RowActions } from '../page/row-actions.tsx';
import { roundsOf } from '../../run/recipe.ts';
import { endedEarly, restingRound } from '../session/outcome.ts';
import type { Session } from '../session/session.ts';
import { percent } from '../../shares.ts';
import { clock, endText, sessionsText } from '../words.ts';

/** The files of the run that is shown. */
function Keep({ session }: { readonly session: Session }) {
  const { result, run, rounds, samples } = session.view.value;
  if (result === null || run === null) return null;
  const lines = () => [...samples.values()].flat().map((sample) => `${JSON.stringify(sample)}\n`);
  const answers = async () => {
    const models = await Promise.all(
      [0, ...rounds.map(({ round }) => round)].map(async (round) => ({ round, heldOut: await session.heldOut(run, round) })),
    );
    const kept = models.flatMap(({ round, heldOut }) => (heldOut ? [{ round, heldOut }] : []));
    save(`${run}-answers.jsonl`, [...answerLines(kept)], 'application/jsonl');
  };
  const adapter = async () => {
    const bytes = await session.adapter(run, result.bestRound);
    if (bytes !== undefined) save(`${run}-round-${result.bestRound}.safetensors`, [bytes], 'application/octet-stream');
  };
  return (
    <p class="keep">
      {say('Save this run:')}
      <button type="button" class="link" onClick={() => save(`${run}-result.json`, [JSON.stringify(result, null, 2)], 'application/json')}>
        {say('results (JSON)')}
      </button>
      <button type="button" class="link" onClick={() => save(`${run}-samples.jsonl`, lines(), 'application/jsonl')}>
        {say('samples (JSONL)')}
      </button>
      <button type="button" class="link" onClick={() => void answers()} data-testid="save-answers">
        {say('answers to held-out questions (JSONL)')}
      </button>
      {result.bestRound > 0 && (
        <button type="button" class="link" onClick={() => void adapter()} data-testid="save-adapter">
          {say('adapter of round {round} (safetensors)', { round: result.bestRound })}
        </button>
      )}
    </p>
  );
}

function outcome({ base, rounds, result }: RunSummary): string {
  const last = rounds.find((other) => other.round === restingRound({ base, rounds, result }));
  if (base === null) return '–';
  return last === undefined
    ? percent(base.scores.zeroShot)
    : say('{from} → {to}', { from: percent(base.scores.zeroShot), to: percent(last.zeroShot) });
}

function Row({ session, summary }: { readonly session: Session; readonly summary: RunSummary }) {
  const { run, config, status, rounds, sessions, failure, problem, unknown } = summary;
  const busy = session.busy.value;
  const here = session.view.value.run === run;
  const live = session.tabs.live.value.includes(run);
  const what = runText(summary);
  const show = session.opening.value === run ? say('Opening…') : here ? say('Shown') : say('Show');
  /** A run is looked at where runs are. */
  const there = (open: () => Promise<void>): void => {
    session.go({ view: 'run' });
    void open();
  };
  return (
    <tr data-here={here} {...(here ? { 'aria-current': 'true' as const } : {})}>
      <th scope="row">
        <RunName session={session} summary={summary} />
      </th>
      <td class="number">{config.seed}</td>
      <td class="number">{roundsOf(config) === 0 ? '–' : say('{done} of {total}', { done: rounds.length, total: roundsOf(config) })}</td>
      <td class="number">{config.prompts}</td>
      <td class="number">{config.demonstrations}</td>
      <td class="number">{outcome(summary)}</td>
      <td>
        {endedEarly(config, status, rounds)
          ? say('stopped early')
          : status === 'finished'
            ? say('finished')
            : busy && here
              ? say('on its way')
              : live
                ? say('on its way in another tab')
                : failure !== undefined
                  ? say('ended: {end}', { end: endText(failure) })
                  : problem === null
                    ? say('not finished')
                    : say('cannot go on')}
        {sessions.length > 0 && `, ${clock(1000 * secondsOf(sessions))}`}
        <small class="run-notes" data-testid="run-sessions">
          {problem !== null && <span>{problem} </span>}
          {unknown.length > 0 && (
            <span>{say('Settings that this version does not know were left out: {unknown}.', { unknown: unknown.join(', ') })} </span>
          )}
          {sessionsText(sessions)}
        </small>
      </td>
      <td>
        <RowActions
          what={what}
          rests={
            live
              ? say('It can be deleted when the other tab has stopped it.')
              : busy && here
                ? say('It can be deleted when it has stopped.')
                : null
          }
          remove={() => void session.deleteRun(run)}
        >
          <button type="button" aria-label={inRow(show, what)} {...resting(busy || here, () => there(() => session.openRun(run)))}>
            {show}
          </button>
          {(problem === null || failure !== undefined) && <SaveRun session={session} run={run} what={what} />}
          {status !== 'finished' && problem === null && !live && (
            <button
              type="button"
              data-next="run"
              aria-label={inRow(say(CONTROLS.resume), what)}
              disabled={busy || session.engine.value === null}
              onClick={() => there(() => session.continueRun(run))}
            >
              {say(CONTROLS.resume)}
            </button>
          )}
        </RowActions>
      </td>
    </tr>
  );
}

export function Runs({ session }: { readonly session: Session }) {
  const runs = session.runs.value;
  return (
    <section class="section runs" aria-labelledby="runs-title" data-testid="runs">
      <div class="section-head">
        <h2 id="runs-title">{say(CONTROLS.runs)}</h2>
      </div>
      <Keep session={session} />
      <BringRun session={session} />
      {runs === null && <p class="empty">{say('Looking for earlier runs…')}</p>}
      {runs?.length === 0 && (
        <p class="empty" data-testid="runs-empty">
          {session.blocked.value === null
            ? say('None yet. Every run is kept in this browser, and in this browser only, until you delete it.')
            : say('None yet. This browser does not let the page store anything: runs stay in this tab until you close it.')}
        </p>
      )}
      {runs !== null && runs.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label={say('Runs')}>
          <table class="run-table" aria-label={say('Runs')}>
            <thead>
              <tr>
                <th scope="col">{say('method')}</th>
                <th scope="col" class="number">
                  {say('seed')}
                </th>
                <th scope="col" class="number">
                  {say('rounds')}
                </th>
                <th scope="col" class="number">
                  {say('prompts')}
                </th>
                <th scope="col" class="number">
                  {say('demonstrations')}
                </th>
                <th scope="col" class="number">
                  {say('zero-shot')}
                </th>
                <th scope="col">{say('state')}</th>
                <th scope="col">
                  <span class="unseen">{say('what to do')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {runs.map((summary) => (
                <Row key={summary.run} session={session} summary={summary} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
