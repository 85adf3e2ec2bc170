/** The kit that a model is aligned with: its name, and data files of the user's as they were recognised, with what each is for. */
import { grouped } from '../../locale.ts';
import { listed, say, toSay } from '../language/language.ts';
import { useRef, useState } from 'preact/hooks';
import { KIT_USES, type KitFile, type KitReport, type KitUse } from '../../contracts/kit.ts';
import { CONTROLS } from '../../controls.ts';
import { Trouble } from '../page/trouble.tsx';
import { isSeed, type KitChoosing } from '../session/kit.ts';
import type { Models } from '../session/models.ts';
import { entriesOf } from './picked.ts';

/** The button that chooses files for a kit, by its id: whoever needs one is led to it. */
export const CHOOSE_KIT = 'choose-kit';

const USES: Readonly<Record<KitUse, string>> = {
  principles: toSay('principles'),
  demonstrations: toSay('demonstrations'),
  prompts: toSay('prompts'),
  validation: toSay('validation'),
  test: toSay('test'),
  probes: toSay('probes'),
};

/** Rows by their number, where one is called otherwise than several. */
const ROWS: Readonly<Partial<Record<KitUse, string>>> = {
  demonstrations: toSay('{rows, plural, one {# demonstration} other {# demonstrations}}'),
  prompts: toSay('{rows, plural, one {# prompt} other {# prompts}}'),
  probes: toSay('{rows, plural, one {# probe} other {# probes}}'),
};

/** "prompts 533, demonstrations 74 from the page's kit". */
export function partsText({ parts }: Pick<KitReport, 'parts'>): string {
  const text = ({ use, rows }: KitReport['parts'][number]): string => {
    const counted = ROWS[use];
    if (counted !== undefined) return say(counted, { rows });
    return use === 'principles' ? say(USES[use]) : `${grouped(rows)} ${say(USES[use])}`;
  };
  const own = parts.filter((part) => part.own).map(text);
  const rest = parts.filter((part) => !part.own && part.rows > 0).map(text);
  return [
    ...(own.length === 0 ? [] : [say('From your files: {parts}.', { parts: listed(own) })]),
    ...(rest.length === 0 ? [] : [say('From the English kit of this page: {parts}.', { parts: listed(rest) })]),
  ].join(' ');
}

function Left({ file }: { readonly file: KitFile }) {
  const columns = file.unread.length === 0 ? null : <p dir="auto">{say('not read: {columns}', { columns: listed(file.unread) })}</p>;
  if (file.leftOut === 0) return columns ?? <>{say('none')}</>;
  return (
    <>
      {columns}
      <details>
        <summary>{grouped(file.leftOut)}</summary>
        <ul class="kit-left">
          {file.left.map(({ place, reason }, i) => (
            <li key={i} dir="auto">
              <b>{place}</b> {reason}
            </li>
          ))}
          {file.leftOut > file.left.length && (
            <li class="muted">{say('and {more} more', { more: grouped(file.leftOut - file.left.length) })}</li>
          )}
        </ul>
      </details>
    </>
  );
}

/** What a file is for that leaves no choice: a kit's own is for all, one of which no row was read for nothing. */
export function wholeText({ rows }: Pick<KitFile, 'rows'>): string {
  return rows === 0 ? say('nothing') : say('everything');
}

function Uses({ file, choosing }: { readonly file: KitFile; readonly choosing: KitChoosing }) {
  if (file.form === null) return <p class="kit-unread">{file.left[0]?.reason}</p>;
  if (file.offers.length === 0) return <>{wholeText(file)}</>;
  const said = choosing.choice.value?.uses[file.path] ?? file.uses; // what was said is shown before it is read anew
  return (
    <span class="kit-uses">
      {KIT_USES.filter((use) => file.offers.includes(use)).map((use) => (
        <label key={use}>
          <input
            type="checkbox"
            checked={said.includes(use)}
            onChange={(event) => void choosing.use(file.path, use, event.currentTarget.checked)}
            aria-label={`${file.path}: ${say(USES[use])}`}
          />{' '}
          {say(USES[use])}
          {use === 'probes' && <span class="muted"> {say('asked at the end')}</span>}
          {(file.given[use] ?? 0) > 0 && use !== 'principles' && <span class="muted"> {grouped(file.given[use] ?? 0)}</span>}
        </label>
      ))}
    </span>
  );
}

function Files({ report, choosing }: { readonly report: KitReport; readonly choosing: KitChoosing }) {
  return (
    <div class="kit-scroll">
      <table class="kit-table" aria-label={say(CONTROLS.kit)} data-testid="kit-files">
        <thead>
          <tr>
            <th scope="col">{say('file')}</th>
            <th scope="col">{say('recognised as')}</th>
            <th scope="col" class="number">
              {say('read')}
            </th>
            <th scope="col">{say('left out')}</th>
            <th scope="col">{say('what it is for')}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {report.files.map((file) => (
            <tr key={file.path} data-read={file.form !== null}>
              <th scope="row" dir="auto">
                {file.path}
              </th>
              <td>{file.form ?? say('nothing known')}</td>
              <td class="number">{grouped(file.rows)}</td>
              <td>{file.form === null ? say('all of it') : <Left file={file} />}</td>
              <td>
                <Uses file={file} choosing={choosing} />
              </td>
              <td>
                <button
                  type="button"
                  class="link"
                  aria-label={say('Take {file} out', { file: file.path })}
                  onClick={() => void choosing.takeOut(file.path)}
                >
                  {say('take out')}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Chosen({ models, busy }: { readonly models: Models; readonly busy: boolean }) {
  const { choosing } = models;
  const report = choosing.report.value;
  const choice = choosing.choice.value;
  const [wrongSeed, setWrongSeed] = useState(false);
  if (choice === null) return null;
  const bundled = models.opened.value !== null && models.opened.value.world !== null;
  const splits = report?.files.some(({ uses }) => uses.length > 1) ?? false;
  return (
    <div class="kit-chosen" aria-busy={choosing.reading.value} data-testid="kit-chosen">
      {report === null && choosing.reading.value && <p class="empty">{say('Reading the files…')}</p>}
      {report !== null && (
        <>
          <Files report={report} choosing={choosing} />
          <p data-testid="kit-parts">{partsText(report)}</p>
          {splits && (
            <p class="kit-split">
              <label for="kit-seed">{say('Split by seed')}</label>
              <input
                id="kit-seed"
                type="number"
                min="0"
                step="1"
                value={choice.seed}
                aria-describedby="kit-seed-note"
                onChange={({ currentTarget: { valueAsNumber: seed } }) => {
                  setWrongSeed(!isSeed(seed));
                  void choosing.split(seed);
                }}
              />
              <span class="field-note" id="kit-seed-note" data-refused={wrongSeed}>
                {wrongSeed &&
                  `${say('A seed is a whole number from 0. Until there is one the files stay split by {seed}.', { seed: choice.seed })} `}
                {say('A file that is for several things is shared out between them, no row twice. The same seed gives the same shares.')}
              </span>
            </p>
          )}
          {report.problem !== null && (
            <p class="notice" role="alert" data-testid="kit-problem">
              {report.problem}
            </p>
          )}
          {bundled && (
            <p class="field-note">
              {say('A bundled model is asked of its own world. This kit is for the model of yours that you open next.')}
            </p>
          )}
        </>
      )}
      <div class="row-actions">
        <button
          type="button"
          class="primary"
          disabled={busy || choosing.reading.value || report === null || report.problem !== null}
          onClick={() => void choosing.begin()}
          data-testid="kit-use"
        >
          {say(CONTROLS.useKit)}
        </button>
        <button type="button" onClick={choosing.forget}>
          {say('Cancel')}
        </button>
      </div>
    </div>
  );
}

/** The kit and the way to another; a bundled model has none, so there is nothing but files that were picked, and what became of the last one. */
export function Kit({ models, busy }: { readonly models: Models; readonly busy: boolean }) {
  const { choosing } = models;
  const open = models.opened.value;
  const chosen = choosing.choice.value !== null || choosing.problem.value !== null;
  const shown = chosen || (open !== null && open.world === null);
  return (
    <>
      {shown && <KitSection models={models} busy={busy} chosen={chosen} />}
      <TakenOut file={shown ? null : choosing.takenOut.value} />
    </>
  );
}

/** Says which file was taken out; always there, so that it is read out. */
function TakenOut({ file }: { readonly file: string | null }) {
  return (
    <p class={file === null ? 'unseen' : ''} role="status" dir="auto" data-testid={file === null ? undefined : 'kit-out'}>
      {file !== null && say('{file} is taken out.', { file })}
    </p>
  );
}

/** One line with the kit's name; below it the way to another. */
function KitSection({ models, busy, chosen }: { readonly models: Models; readonly busy: boolean; readonly chosen: boolean }) {
  const folder = useRef<HTMLInputElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const { choosing } = models;
  const open = models.opened.value;
  const out = choosing.takenOut.value;
  const take = (input: HTMLInputElement) => {
    const entries = entriesOf(input.files);
    input.value = '';
    void choosing.take(entries);
  };
  return (
    <details class="kit" open={chosen || out !== null} data-testid="kit">
      <summary>
        <h2>{say(CONTROLS.kit)}</h2>{' '}
        <span class="model-facts" data-testid="kit-name">
          {open?.kit?.name ?? ''}
          {open?.prompts !== null && open !== null && (
            <span class="muted"> {say('{prompts} prompts', { prompts: grouped(open.prompts) })}</span>
          )}
        </span>
      </summary>
      <div class="kit-body">
        <p>
          {say(
            'What a model of your own is aligned with: prompts that it answers, demonstrations that it is shown, and held-out questions by which it is measured. Choose your data as it is: TruthfulQA, HHH alignment, questions of MT-Bench or Vicuna, conversations as ShareGPT, Alpaca or TRL have them, or prompts as JSON lines or CSV. Each file is known by what is in it. What your files do not give comes from the English kit. Nothing is sent anywhere.',
          )}
        </p>
        <input
          ref={files}
          type="file"
          multiple
          class="unseen"
          tabIndex={-1}
          aria-label={say('Files of a kit')}
          data-testid="kit-files-input"
          onChange={(event) => take(event.currentTarget)}
        />
        <input
          ref={folder}
          type="file"
          class="unseen"
          tabIndex={-1}
          aria-label={say('Folder of a kit')}
          data-testid="kit-folder-input"
          {...{ webkitdirectory: true }}
          onChange={(event) => take(event.currentTarget)}
        />
        <div class="row-actions">
          <button id={CHOOSE_KIT} type="button" disabled={busy} onClick={() => files.current?.click()}>
            {say(CONTROLS.chooseKit)}
          </button>
          <button type="button" disabled={busy} onClick={() => folder.current?.click()}>
            {say('Choose a folder')}
          </button>
          {models.ownKit.value !== null && (
            <button type="button" disabled={busy} onClick={() => void choosing.back()} data-testid="kit-back">
              {say('Back to the English kit')}
            </button>
          )}
        </div>
        <TakenOut file={out} />
        <Chosen models={models} busy={busy} />
        {choosing.problem.value !== null && <Trouble failure={choosing.problem.value} close={() => (choosing.problem.value = null)} />}
      </div>
    </details>
  );
}
