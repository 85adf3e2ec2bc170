/**
 * “Measure this machine”: what the device can do at most and what the engine makes of it, as bars beside their numbers; the result as a link and
 * as JSON. A result that came by a link stands apart, under its own machine. Knows no worker.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { CONTROLS } from '../../controls.ts';
import type { Machine as Measured, MachineRow } from '../../protocol/machine.ts';
import { percent } from '../../shares.ts';
import { copyText } from '../page/clipboard.ts';
import { resting } from '../page/focus.ts';
import { ProgressBar } from '../page/progress.tsx';
import { save } from '../page/save.ts';
import { secondsText } from '../plan-text.ts';
import { LONGEST_NAME } from '../session/machine.ts';
import type { Session } from '../session/session.ts';
import { equalText, machineText, MEANINGS, rowName, valueText, whenText } from './machine-text.ts';

type Props = { readonly session: Session };

/** Each number with its bar: the share of what a plain product does on the same device. */
function Rows({ rows, on, label }: { readonly rows: readonly MachineRow[]; readonly on: Measured['backend']; readonly label: string }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table class="machine-rows">
        <thead>
          <tr>
            <th scope="col">what</th>
            <th scope="col" class="number">
              measured
            </th>
            <th scope="col">of the arithmetic of a plain product</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowName(row, on)} data-measure={row.measure}>
              <th scope="row">
                {rowName(row, on)}
                <small class="muted">{MEANINGS[row.measure]}</small>
              </th>
              <td class="number">{valueText(row)}</td>
              <td class="machine-share">
                {row.share === null ? (
                  <span class="muted">{row.measure === 'product' && row.threads === 1 && row.backend === on ? 'this is 100%' : '–'}</span>
                ) : (
                  <>
                    <span class="machine-bar" aria-hidden="true">
                      <span style={{ width: `${Math.min(100, 100 * row.share).toFixed(1)}%` }} />
                    </span>{' '}
                    {percent(row.share)}
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What somebody else has measured. */
function Linked({ session: { machine } }: Props) {
  const linked = machine.linked.value;
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.scrollIntoView({ block: 'start' }), [linked]);
  if (linked === null) return null;
  return (
    <div class="machine-linked" ref={place} role="region" aria-label="A result from a link" data-testid="machine-linked">
      {'trouble' in linked ? (
        <p>{linked.trouble}</p>
      ) : (
        <>
          <h3>{linked.machine.name === '' ? 'Another machine' : `Another machine: “${linked.machine.name}”`}</h3>
          <p>
            <strong>Not measured here.</strong> This came with the link: {machineText(linked.machine)}; version {linked.machine.commit},{' '}
            {whenText(linked.machine.at)}. Whoever made the link could have changed its numbers.
          </p>
          <Rows rows={linked.machine.rows} on={linked.machine.backend} label="Numbers of the other machine" />
          <p>{equalText(linked.machine)}</p>
        </>
      )}
      <p class="notice-actions">
        <button type="button" class="link" onClick={() => machine.dismiss()} data-next="machine">
          close
        </button>
      </p>
    </div>
  );
}

/** Two ways to give the result away. */
function Give({ session: { machine } }: Props) {
  const [copied, setCopied] = useState<'link' | 'json' | 'by hand' | null>(null);
  const own = machine.own.value;
  useEffect(() => setCopied(null), [own]);
  if (own === null) return null;
  const copy = async (what: 'link' | 'json') =>
    setCopied((await copyText(what === 'link' ? machine.address() : machine.json())) ? what : 'by hand');
  return (
    <div class="machine-give">
      <label>
        Name of this machine{' '}
        <input
          type="text"
          maxLength={LONGEST_NAME}
          placeholder="such as: office laptop"
          value={own.name}
          onInput={(event) => machine.call(event.currentTarget.value)}
          data-testid="machine-name"
        />
      </label>
      <div class="row-actions">
        <button type="button" onClick={() => void copy('link')} data-testid="machine-link">
          {copied === 'link' ? 'Copied' : 'Copy as a link'}
        </button>
        <button type="button" onClick={() => void copy('json')} data-testid="machine-json">
          {copied === 'json' ? 'Copied' : 'Copy as JSON'}
        </button>
        <button type="button" onClick={() => save('machine.json', [machine.json()], 'application/json')} data-testid="machine-save">
          Save JSON
        </button>
      </div>
      <p class="field-note" role="status">
        {copied === 'by hand'
          ? 'This browser lets no page copy. Save the JSON instead.'
          : 'A browser does not tell which processor there is, so give the machine a name. Whoever opens the link sees these numbers as another machine’s.'}
      </p>
    </div>
  );
}

function Own({ session }: Props) {
  const { machine } = session;
  const [own, progress, engine] = [machine.own.value, machine.progress.value, session.engine.value];
  const rows = progress === null && own !== null ? own.rows : machine.rows.value;
  if (rows.length === 0 && progress === null)
    return (
      <p class="empty">
        Press {CONTROLS.measureMachine}: memory and a plain product as ceilings, and how near training, reading and answering come to them.
      </p>
    );
  return (
    <div data-testid="machine-own">
      {own !== null && progress === null && (
        <p>
          <strong>{own.name === '' ? 'This machine' : `This machine, “${own.name}”`}</strong>: {machineText(own)}; version {own.commit},{' '}
          {whenText(own.at)}.
        </p>
      )}
      <Rows rows={rows} on={own?.backend ?? engine?.backend ?? 'wasm'} label="Numbers of this machine" />
      {own !== null && progress === null && <p data-testid="machine-equal">{equalText(own)}</p>}
    </div>
  );
}

export function Machine({ session }: Props) {
  const { machine } = session;
  const progress = machine.progress.value;
  const problem = machine.problem.value;
  const able = session.engine.value !== null && !session.busy.value;
  const measuring = progress !== null;
  return (
    <section class="section machine" id="machine" tabIndex={-1} aria-labelledby="machine-title" data-testid="machine">
      <div class="section-head">
        <h2 id="machine-title">{CONTROLS.measureMachine}</h2>
        <p class="summary">
          How fast this device does what this page does, beside what it can do at most. On shapes of the bundled models, with nothing else
          running; nothing is sent anywhere.
        </p>
      </div>
      <Linked session={session} />
      <div class="buttons machine-buttons">
        <button
          type="button"
          class="primary"
          {...resting(!able || measuring, () => void machine.measure(false))}
          data-testid="machine-measure"
        >
          {measuring ? 'Measuring…' : `${CONTROLS.measureMachine}, about 15 s`}
        </button>
        <button type="button" {...resting(!able || measuring, () => void machine.measure(true))} data-testid="machine-thorough">
          Thoroughly, a minute or two
        </button>
        <button type="button" {...resting(!measuring, () => machine.cancel())} data-testid="machine-cancel">
          Cancel
        </button>
      </div>
      <p class="runbar-text">
        <span role="status">
          {measuring
            ? `Measuring ${progress.what}`
            : problem !== null
              ? problem.message
              : session.busy.value
                ? 'A run is on its way; two at a time would measure each other.'
                : ''}
        </span>
        <span class="times">{measuring && progress.left > 0 ? `about ${secondsText(progress.left)} left` : ''}</span>
      </p>
      {measuring && <ProgressBar label="Progress of the measurement" share={progress.share} status="running" />}
      <Own session={session} />
      {!measuring && <Give session={session} />}
    </section>
  );
}
