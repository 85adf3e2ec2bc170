/** Take home: a round of the shown run as files for other tools, as one zip or one by one; and an adapter that is brought along. */
import { say, toSay } from '../language/language.ts';
import { Say } from '../language/say.tsx';
import { useRef, useState } from 'preact/hooks';
import { CONTROLS } from '../../controls.ts';
import { needsModel, type ExportKind, type HomeType, type LoadedAdapter } from '../../protocol/models.ts';
import { save } from '../page/save.ts';
import { resting } from '../page/focus.ts';
import { UnderWayNotice, underWayText } from '../page/under-way.tsx';
import { RoundSelect } from './round-select.tsx';
import { roundShown } from '../session/outcome.ts';
import { entriesOf } from '../models/picked.ts';
import type { Session } from '../session/session.ts';

const KINDS: Readonly<Record<ExportKind, { readonly label: string; readonly text: string }>> = {
  adapter: { label: toSay('Adapter'), text: toSay('A LoRA adapter that PEFT loads: weights, configuration, model card.') },
  merged: { label: toSay('Whole model'), text: toSay('The model with the adapter added to it, as a folder that transformers loads.') },
  samples: { label: toSay('Samples'), text: toSay('The kept answers of all rounds up to this one, as chat JSONL, ShareGPT and Alpaca.') },
  answers: {
    label: toSay('Answers'),
    text: toSay('What every round said to the held-out questions, and which of them became right or wrong (JSONL).'),
  },
  recipes: { label: toSay('Recipes'), text: toSay('The same training for a larger model: TRL, axolotl, LLaMA-Factory.') },
};
const TYPES: Readonly<Record<HomeType, string>> = {
  F32: toSay('float32: exact, 4 bytes a weight'),
  F16: toSay('float16: 2 bytes a weight'),
  BF16: toSay('bfloat16: 2 bytes a weight, rounds eight times as much'),
};
/** The parts of a whole model, as the sentence of the progress has them. */
const PARTS = { comparing: toSay('measuring what rounding its numbers changes'), packing: toSay('writing its files') } as const;
const ALL = Object.keys(KINDS) as ExportKind[];

function Adapter({ session }: { readonly session: Session }) {
  const { models } = session;
  const input = useRef<HTMLInputElement>(null);
  const loaded = models.adapter.value;
  return (
    <div class="bring">
      <h3>{say('Load an adapter')}</h3>
      <p>
        <Say
          text="Choose {config} and {weights} together. They are checked against the open model, and the chat of the view {run} asks it."
          parts={{ config: <code>adapter_config.json</code>, weights: <code>adapter_model.safetensors</code>, run: say('Run {@view}') }}
        />
      </p>
      <input
        ref={input}
        type="file"
        multiple
        class="unseen"
        tabIndex={-1}
        aria-label={say('Files of an adapter')}
        data-testid="adapter-files"
        onChange={(event) => {
          const entries = entriesOf(event.currentTarget.files);
          event.currentTarget.value = '';
          void models.take(entries);
        }}
      />
      <button type="button" disabled={models.opened.value === null || session.busy.value} onClick={() => input.current?.click()}>
        {say('Choose the files of an adapter')}
      </button>
      {loaded !== null && (
        <p class="field-note" role="status" data-testid="adapter-loaded">
          {loadedText(loaded)} {loaded.notes.length > 0 && <span lang="en">{`${loaded.notes.join(' ')} `}</span>}
          {say('The chat of the view {run} asks it now.', { run: say('Run {@view}') })}
        </p>
      )}
    </div>
  );
}

export function TakeHome({ session }: { readonly session: Session }) {
  const { models } = session;
  const view = session.view.value;
  const { run, rounds, config } = view;
  const [chosen, choose] = useState<readonly ExportKind[]>(['adapter', 'samples', 'recipes']);
  const [wanted, want] = useState<number | null>(null);
  const [type, setType] = useState<HomeType | null>(null);
  /** What was measured of the whole model that was saved last. */
  const [told, tell] = useState<string | null>(null);
  const numbers = rounds.map(({ round }) => round);
  const shown = roundShown(view);
  const round = wanted !== null && numbers.includes(wanted) ? wanted : shown > 0 ? shown : (numbers.at(-1) ?? 0);
  const learnt = run !== null && numbers.length > 0;
  const unasked = session.unasked.value;
  const picked = session.runs.value?.find((other) => other.run === run)?.model !== undefined;
  const offered = ALL.filter((kind) => kind !== 'adapter' || config?.tuning !== 'full');
  /** Why it cannot be made while another model is open; null where it can. */
  const waits = (kind: ExportKind): string | null => (needsModel(kind, picked) ? unasked : null);
  const what = chosen.filter((kind) => offered.includes(kind) && waits(kind) === null);
  const able = models.opened.value !== null && !models.packing.value;
  const dtype = type ?? ((models.opened.value?.parameters ?? 0) > 1e7 ? 'F16' : 'F32');
  const take = async (zipped: boolean) => {
    if (run === null) return;
    tell(null);
    const taken = await models.takeHome(run, round, what, zipped, dtype);
    for (const { name, blob } of taken?.files ?? []) save(name, [blob], blob.type);
    tell(taken?.note ?? null);
  };
  return (
    <section class="section take-home" aria-labelledby="home-title" data-testid="take-home">
      <div class="section-head">
        <h2 id="home-title">{say(CONTROLS.takeHome)}</h2>
        <p class="summary">{say('What a round has learnt, as files for other tools.')}</p>
      </div>
      <div class="home-grid">
        {learnt ? (
          <fieldset class="plain">
            <legend class="unseen">{say('What to take')}</legend>
            {shown === 0 && (
              <p class="field-note">
                {say('No round did better on the validation questions than the base model; you can take one all the same.')}
              </p>
            )}
            {numbers.length > 1 && (
              <label class="home-round">
                {say('Round')} <RoundSelect rounds={numbers} round={round} choose={want} view={view} testId="home-round" />
              </label>
            )}
            {offered.map((kind) => (
              <label key={kind} class="home-kind">
                <input
                  type="checkbox"
                  checked={what.includes(kind)}
                  disabled={waits(kind) !== null}
                  onChange={(event) => choose(event.currentTarget.checked ? [...chosen, kind] : chosen.filter((other) => other !== kind))}
                  data-testid={`home-${kind}`}
                />
                <span>
                  <b>{say(KINDS[kind].label)}</b> <span class="muted">{say(KINDS[kind].text)}</span>
                  {waits(kind) !== null && <span dir="auto"> {waits(kind)}</span>}
                </span>
              </label>
            ))}
            {what.includes('merged') && (
              <label class="home-round">
                {say('Its numbers as')}{' '}
                <select value={dtype} onChange={(event) => setType(event.currentTarget.value as HomeType)} data-testid="home-type">
                  {(Object.keys(TYPES) as HomeType[]).map((name) => (
                    <option key={name} value={name}>
                      {say(TYPES[name])}
                    </option>
                  ))}
                </select>
              </label>
            )}
            <div class="row-actions">
              <button type="button" class="primary" {...resting(!able || what.length === 0, () => void take(true))} data-testid="home-zip">
                {models.packing.value ? say('Packing…') : say('Save as one zip')}
              </button>
              <button type="button" {...resting(!able || what.length === 0, () => void take(false))} data-testid="home-files">
                {say('Save single files')}
              </button>
            </div>
            {models.packed.value !== null && (
              <UnderWayNotice
                title={say('Packing…')}
                way={models.packed.value}
                text={underWayText(models.packed.value, what.includes('merged') ? PARTS : {})}
                cancel={models.cancelPacking}
                id="packing"
              />
            )}
            {told !== null && (
              <p class="field-note" role="status" data-testid="home-note">
                {say('The whole model:')} <span lang="en">{told.replace(/^As /, 'as ')}</span>
              </p>
            )}
          </fieldset>
        ) : (
          <p class="empty">{say('After the first round its adapter, model and samples can be saved here.')}</p>
        )}
        <Adapter session={session} />
      </div>
    </section>
  );
}

/** What adapter is loaded, in one sentence. */
export function loadedText({ name, rank, lowestRank, targets: on }: LoadedAdapter): string {
  const targets = on.join(', ');
  return lowestRank === rank
    ? say('“{name}” is loaded: rank {rank}, on {targets}.', { name, rank, targets })
    : say('“{name}” is loaded: rank {lowestRank} to {rank}, on {targets}.', { name, lowestRank, rank, targets });
}
