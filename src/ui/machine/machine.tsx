/**
 * “Measure this machine”: what the device can do at most and what the engine makes of it, as bars beside their numbers; the result as a link and
 * as JSON. A result that came by a link stands apart, under its own machine. Knows no worker.
 */
import { failureText } from '../language/failure.ts';
import { say } from '../language/language.ts';
import { Say } from '../language/say.tsx';
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
import { equalText, machineText, MEANINGS, partText, rowName, valueText, whenText } from './machine-text.ts';

type Props = { readonly session: Session };

/** Each number with its bar: the share of what a plain product does on the same device. */
function Rows({ rows, on, label }: { readonly rows: readonly MachineRow[]; readonly on: Measured['backend']; readonly label: string }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table class="machine-rows" aria-label={label}>
        <thead>
          <tr>
            <th scope="col">{say('what')}</th>
            <th scope="col" class="number">
              {say('measured')}
            </th>
            <th scope="col">{say('of the arithmetic of a plain product')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowName(row, on)} data-measure={row.measure}>
              <th scope="row">
                {rowName(row, on)}
                <small class="muted">{say(MEANINGS[row.measure])}</small>
              </th>
              <td class="number">{valueText(row)}</td>
              <td class="machine-share">
                {row.share === null ? (
                  <span class="muted">
                    {row.measure === 'product' && row.threads === 1 && row.backend === on ? say('this is 100%') : '–'}
                  </span>
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
      {rows.some(({ share }) => share !== null && share > 1) && (
        <p class="field-note">
          {say(
            'More than 100% means that the plain product came out slower than the model’s own work, most often because the machine had other work just then; measure again when it is at rest.',
          )}
        </p>
      )}
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
    <div class="machine-linked" ref={place} role="region" aria-label={say('A result from a link')} data-testid="machine-linked">
      {'trouble' in linked ? (
        <p>
          {say('The link to a measured machine cannot be read: it was cut, or another version wrote it{detail}. Ask for it again.', {
            detail: linked.trouble === '' ? '' : ` (${linked.trouble})`,
          })}
        </p>
      ) : (
        <>
          <h3>{linked.machine.name === '' ? say('Another machine') : say('Another machine: “{name}”', { name: linked.machine.name })}</h3>
          <p>
            <Say
              text="{bold} This came with the link: {machine}; version {commit}, {when}. Whoever made the link could have changed its numbers."
              parts={{
                bold: <strong>{say('Not measured here.')}</strong>,
                machine: machineText(linked.machine),
                commit: linked.machine.commit,
                when: whenText(linked.machine.at),
              }}
            />
          </p>
          <Rows rows={linked.machine.rows} on={linked.machine.backend} label={say('Numbers of the other machine')} />
          <p>{equalText(linked.machine)}</p>
        </>
      )}
      <p class="notice-actions">
        <button type="button" class="link" onClick={() => machine.dismiss()} data-next="machine">
          {say('close')}
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
        {say('Name of this machine')}{' '}
        <input
          type="text"
          maxLength={LONGEST_NAME}
          placeholder={say('such as: office laptop')}
          value={own.name}
          onInput={(event) => machine.call(event.currentTarget.value)}
          data-testid="machine-name"
        />
      </label>
      <div class="row-actions">
        <button type="button" onClick={() => void copy('link')} data-testid="machine-link">
          {copied === 'link' ? say('Copied') : say('Copy as a link')}
        </button>
        <button type="button" onClick={() => void copy('json')} data-testid="machine-json">
          {copied === 'json' ? say('Copied') : say('Copy as JSON')}
        </button>
        <button type="button" onClick={() => save('machine.json', [machine.json()], 'application/json')} data-testid="machine-save">
          {say('Save JSON')}
        </button>
      </div>
      <p class="field-note" role="status">
        {copied === 'by hand'
          ? say('This browser lets no page copy. Save the JSON instead.')
          : say(
              'A browser does not tell which processor there is, so give the machine a name. Whoever opens the link sees these numbers as another machine’s.',
            )}
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
        {say('Press {measureMachine}: memory and a plain product as ceilings, and how near training, reading and answering come to them.', {
          measureMachine: say(CONTROLS.measureMachine),
        })}
      </p>
    );
  return (
    <div data-testid="machine-own">
      {own !== null && progress === null && (
        <p>
          <Say
            text="{more}: {machine}; version {commit}, {when}."
            parts={{
              more: <strong>{own.name === '' ? say('This machine') : say('This machine, “{name}”', { name: own.name })}</strong>,
              machine: machineText(own),
              commit: own.commit,
              when: whenText(own.at),
            }}
          />
        </p>
      )}
      <Rows rows={rows} on={own?.backend ?? engine?.backend ?? 'wasm'} label={say('Numbers of this machine')} />
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
        <h2 id="machine-title">{say(CONTROLS.measureMachine)}</h2>
        <p class="summary">
          {say(
            'How fast this device does what this page does, beside what it can do at most. On shapes of the bundled models, with nothing else running; nothing is sent anywhere.',
          )}
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
          {measuring ? say('Measuring…') : say('{measureMachine}, about 15 s', { measureMachine: say(CONTROLS.measureMachine) })}
        </button>
        <button type="button" {...resting(!able || measuring, () => void machine.measure(true))} data-testid="machine-thorough">
          {say('Thoroughly, a minute or two')}
        </button>
        <button type="button" {...resting(!measuring, () => machine.cancel())} data-testid="machine-cancel">
          {say('Cancel')}
        </button>
      </div>
      <p class="runbar-text">
        <span role="status">
          {measuring
            ? say('Measuring {what}', { what: partText(progress.what) })
            : problem !== null
              ? failureText(problem)
              : session.busy.value
                ? session.models.opening.value === null
                  ? say('A run is on its way; two at a time would measure each other.')
                  : say('A model is being opened; two at a time would measure each other.')
                : ''}
        </span>
        <span class="times">{measuring && progress.left > 0 ? say('about {left} left', { left: secondsText(progress.left) }) : ''}</span>
      </p>
      {measuring && <ProgressBar label={say('Progress of the measurement')} share={progress.share} status="running" />}
      <Own session={session} />
      {!measuring && <Give session={session} />}
    </section>
  );
}
