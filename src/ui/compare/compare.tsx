/**
 * Compare: several recipes with the same seeds, one run after the other, and what came out side by side. Shows the experiment of
 * the session; knows no worker.
 */
import { useRef } from 'preact/hooks';
import { CONTROLS } from '../../controls.ts';
import { FEWEST_SEEDS } from '../../comparison/statistics.ts';
import type { Comparison } from '../../comparison/compare.ts';
import { tableOf } from '../../comparison/columns.ts';
import { armText, leftText, standText } from './experiment-text.ts';
import { type ArmLook, lookOf, seedsText } from '../charts/arms.ts';
import { CURVES } from '../charts/curves.ts';
import { DIFFERENCES } from '../charts/differences.ts';
import { EffectsFigure } from './effects-figure.tsx';
import { isDone, MOST_SEEDS } from '../session/experiment.ts';
import type { LeftOut } from '../session/experiment.ts';
import { Figure, Numbers } from '../charts/figure.tsx';
import { ProgressBar } from '../page/progress.tsx';
import { save } from '../page/save.ts';
import { resting } from '../page/focus.ts';
import { Icon } from '../run/run-bar.tsx';
import { SCORES } from '../charts/scores.ts';
import type { Session } from '../session/session.ts';
import { Term } from '../page/term.tsx';
import { percent } from '../../shares.ts';

const LARGEST_FILE = 1e6;

type Props = { readonly session: Session };

function Arms({ session }: Props) {
  const { experiment } = session;
  const { arms, picked, plan, offered, running } = experiment;
  return (
    <fieldset class="arms" disabled={running.value}>
      <legend>
        <Term name="arm">Arms</Term>
      </legend>
      <div class="arm-list">
        {arms.value.map((arm, index) => {
          const own = plan.value.filter((entry) => entry.arm.name === arm.name);
          return (
            <label key={arm.name} class="arm">
              <input
                type="checkbox"
                checked={picked.value.some(({ name }) => name === arm.name)}
                onChange={(event) => experiment.choose(arm.name, event.currentTarget.checked)}
                data-testid={`compare-arm-${index}`}
              />
              <span class="arm-name">{arm.name}</span>
              <small>{armText(arm)}</small>
              <small class="arm-runs">{own.length === 0 ? '' : `${own.filter(isDone).length} of ${own.length}`}</small>
            </label>
          );
        })}
      </div>
      {!offered.value && (
        <button type="button" class="link" onClick={() => experiment.offer()}>
          back to the arms on offer
        </button>
      )}
    </fieldset>
  );
}

function Fields({ session }: Props) {
  const { count, first, listed, setCount, setFirst, forgetListed, picked, reference, setReference, running, refusedField } =
    session.experiment;
  return (
    <div class="compare-fields">
      {listed.value === null ? (
        <>
          <label>
            <span>Seeds</span>
            <input
              type="text"
              inputMode="numeric"
              autocomplete="off"
              value={count.value}
              disabled={running.value}
              aria-invalid={refusedField.value === 'count'}
              aria-describedby="compare-note"
              onInput={(event) => setCount(event.currentTarget.value)}
              data-testid="compare-seeds"
            />
            <small>1–{MOST_SEEDS}</small>
          </label>
          <label>
            <span>First seed</span>
            <input
              type="text"
              inputMode="numeric"
              autocomplete="off"
              value={first.value}
              disabled={running.value}
              aria-invalid={refusedField.value === 'first'}
              aria-describedby="compare-note"
              onInput={(event) => setFirst(event.currentTarget.value)}
              data-testid="compare-first"
            />
          </label>
        </>
      ) : (
        <p>
          Seeds of the file: {listed.value.join(', ')}{' '}
          <button type="button" class="link" disabled={running.value} onClick={forgetListed}>
            choose others
          </button>
        </p>
      )}
      <label>
        <span>Reference</span>
        <select value={reference.value} onChange={(event) => setReference(event.currentTarget.value)} data-testid="compare-reference">
          {picked.value.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
    </div>
  );
}

/** All three always there, so that nothing moves when one of them is pressed. */
function Buttons({ session }: Props) {
  const { experiment } = session;
  const { running, started, outlook, refusal } = experiment;
  const { status } = session.view.value;
  const pending = session.pending.value;
  const paused = running.value && status === 'paused';
  const going = running.value && (status === 'running' || paused);
  const { done, total } = outlook.value;
  const label = paused ? 'Paused' : running.value ? 'Running' : done < total && (started.value || done > 0) ? 'Continue' : CONTROLS.start;
  return (
    <div class="buttons compare-buttons">
      <button
        type="button"
        class="primary"
        {...resting(
          session.busy.value || session.engine.value === null || refusal.value !== null || done === total,
          () => void experiment.start(),
        )}
        data-testid="compare-start"
      >
        <Icon name="run" /> {label}
      </button>
      <button
        type="button"
        {...resting(!going || pending !== null, () => void (paused ? session.resume() : session.pause()))}
        data-testid="compare-pause"
      >
        <Icon name={paused ? 'run' : 'pause'} /> {paused ? CONTROLS.resume : 'Pause'}
      </button>
      <button type="button" {...resting(!going || pending === 'stop', () => void experiment.stop())} data-testid="compare-stop">
        <Icon name="stop" /> Stop
      </button>
    </div>
  );
}

function Progress({ session }: Props) {
  const { running, started, outlook, at, refusal } = session.experiment;
  const { status } = session.view.value;
  const paused = running.value && status === 'paused';
  const stand = { running: running.value, paused, at: at.value, started: started.value };
  const waits = session.busy.value && !running.value && status !== 'loading';
  const { share } = outlook.value;
  const left = leftText(outlook.value, running.value);
  return (
    <div class="compare-progress">
      <p class="runbar-text" id="compare-note">
        <span role="status" data-refused={refusal.value !== null}>
          {refusal.value ?? (waits ? 'Another run is on its way; it must end first.' : standText(outlook.value, stand))}
        </span>
        <span class="times">{refusal.value === null && !waits ? left : ''}</span>
      </p>
      <ProgressBar
        label="Progress of the experiment"
        share={share}
        text={`${percent(share)}${left === '' ? '' : `, ${left}`}`}
        status={paused ? 'paused' : 'running'}
      />
    </div>
  );
}

function Files({ session }: Props) {
  const { load, file, running, comparison, refuseFile } = session.experiment;
  const input = useRef<HTMLInputElement>(null);
  const read = async (chosen: File | undefined) => {
    if (input.current !== null) input.current.value = '';
    if (chosen === undefined) return;
    if (chosen.size > LARGEST_FILE) refuseFile('The file is larger than 1 MB; that is no experiment.');
    else load(await chosen.text());
  };
  const keep = () => save('comparison.json', [JSON.stringify(comparison.value, null, 2)], 'application/json');
  return (
    <>
      <p class="keep">
        <button type="button" class="link" disabled={running.value} onClick={() => input.current?.click()}>
          Load experiment (JSON)
        </button>
        <input
          ref={input}
          type="file"
          accept=".json,application/json"
          hidden
          onChange={(event) => void read(event.currentTarget.files?.[0])}
          data-testid="compare-file"
        />
        <button type="button" class="link" disabled={comparison.value === null} onClick={keep} data-testid="compare-save">
          Save table (JSON)
        </button>
      </p>
      {file.value !== null && (
        <div class="notice" data-grave={true} role="alert" data-testid="compare-refused">
          <p>
            <strong>The file was not taken.</strong> {file.value}
          </p>
        </div>
      )}
    </>
  );
}

function Missing({ leftOut }: { readonly leftOut: readonly LeftOut[] }) {
  if (leftOut.length === 0) return null;
  return (
    <div class="notice" role="status" data-testid="compare-left-out">
      <p>
        <strong>Left out:</strong>{' '}
        {leftOut.map(({ arm, seed, failure }) => `${arm}, seed ${seed}: ${failure.message} (${failure.code})`).join(' ')}
      </p>
    </div>
  );
}

/** A comparison of two engines, or of two versions, would compare them and not the arms. */
function PassedOver({ count }: { readonly count: number }) {
  if (count === 0) return null;
  return (
    <div class="notice" role="status" data-testid="compare-passed-over">
      <p>
        {count === 1 ? 'One of these runs is' : `${count} of these runs are`} stored, but made on another engine or by another version of
        this page, wholly or in part. A comparison mixes neither, so {count === 1 ? 'it runs' : 'they run'} anew.
      </p>
    </div>
  );
}

const SHAPES = {
  circle: 'M15 1a4 4 0 1 0 .01 0z',
  square: 'M11.5 1.5h7v7h-7z',
  triangle: 'M15 .5l4.5 8h-9z',
  diamond: 'M15 0l5 5-5 5-5-5z',
} as const;

function Swatch({ colour, dash, symbol }: ArmLook) {
  return (
    <svg viewBox="0 0 30 10" aria-hidden="true">
      <line x1="0" y1="5" x2="30" y2="5" stroke={colour} stroke-width="2.5" stroke-dasharray={dash} />
      <path d={SHAPES[symbol]} fill={colour} stroke="var(--paper)" stroke-width="1" />
    </svg>
  );
}

function Outcome({ comparison }: { readonly comparison: Comparison }) {
  const seeds = Math.max(0, ...comparison.arms.map((arm) => arm.seeds.length));
  return (
    <>
      <ul class="legend compare-legend" aria-label="Arms in the charts">
        {comparison.arms.map(({ name }, index) => (
          <li key={name}>
            <Swatch {...lookOf(index)} /> {name}
          </li>
        ))}
        <li class="muted">
          n is the number of seeds, bars are 95 % intervals over them; hollow means no clear difference, or a mean of some runs only
        </li>
      </ul>
      <div class="pair compare-charts">
        <Figure nested chart={SCORES} data={comparison} />
        <Figure nested chart={DIFFERENCES} data={comparison} />
        <Figure nested chart={CURVES} data={comparison} />
        <EffectsFigure comparison={comparison} />
      </div>
      {comparison.arms.length > 0 && <Numbers table={tableOf(comparison)} label="Comparison" testid="compare-table" />}
      <p class="field-note">
        Score is the share of test questions answered as they should be, by the round that each run returns: asked cold, or few-shot, with
        demonstrations in view. Those are different measures: zero-shot is compared with zero-shot only, few-shot with few-shot. The last
        round made is, for a run that stopped early, the round that fell. In brackets: 95 % <Term name="interval">intervals</Term> over
        seeds.{' '}
        {seeds > 0 && seeds < FEWEST_SEEDS
          ? `From ${seedsText(seeds)} nothing is called better or worse: take ${FEWEST_SEEDS} or more.`
          : 'The more comparisons, the more it takes to call one of them better or worse.'}
      </p>
    </>
  );
}

/** A comparison before its first run is done. */
const NOTHING = { against: null, tests: { scores: 0, kinds: 0 }, arms: [] } as const;

export function Compare({ session }: Props) {
  const { comparison, started } = session.experiment;
  const found = comparison.value;
  const shown = started.value || (found !== null && found.arms.length > 1);
  return (
    <section class="section compare" id="compare" aria-labelledby="compare-title" data-testid="compare">
      <div class="section-head">
        <h2 id="compare-title">{CONTROLS.compare}</h2>
        <p class="summary">
          Which recipe is better, and by more than luck? Every arm runs with the same seeds. An arm is its own settings over the defaults,
          whatever stands in the settings above.
        </p>
      </div>
      <div class="compare-set-up">
        <Arms session={session} />
        <div class="compare-run">
          <Fields session={session} />
          <Buttons session={session} />
          <Progress session={session} />
          <Files session={session} />
          <p class="field-note">
            {session.blocked.value === null ? 'Every run is kept in this browser' : 'Every run is kept until this tab is closed'}, so Stop
            loses nothing: finished runs count, and the last one is resumed.
          </p>
        </div>
      </div>
      <PassedOver count={session.experiment.passedOver.value} />
      <Missing leftOut={session.experiment.leftOut.value} />
      {shown ? (
        <Outcome comparison={found ?? { ...NOTHING, reference: session.experiment.reference.value }} />
      ) : (
        <p class="empty">
          Press {CONTROLS.start}: the scores of each arm, its distance to the reference and its learning curve will stand here.
        </p>
      )}
    </section>
  );
}
