/** Brings what a stored run waits for: its model, from where this browser has it or out of a picker, or its kit. Knows no alert. */
import { CONTROLS } from '../../controls.ts';
import type { Failure } from '../../errors.ts';
import type { RunModel } from '../../run/records.ts';
import { say } from '../language/language.ts';
import { focusField } from '../page/focus.ts';
import { brought, taken } from '../session/brought.ts';
import { isShown } from '../session/place.ts';
import type { Session } from '../session/session.ts';
import { CHOOSE_KIT } from './kit.tsx';
import { pickFiles, pickFolder, type Picked } from './picked.ts';

type Props = { readonly session: Session; readonly run: string; readonly model: RunModel };

/** The way to the model of a run; the run goes on with what is picked, where that is all that it waits for. */
export function BringModel({ session, run, model }: Props) {
  const { name, kit: _, ...known } = model;
  const alone: RunModel = { name, ...known };
  const busy = session.busy.value;
  const host = { models: session.models, failed: (failure: Failure) => void (session.failure.value = failure) };
  /** That it was missing is over. */
  const settled = (isOpen: boolean): void => {
    if (isOpen && session.failure.value?.code === 'MODEL_OTHER') session.failure.value = null;
  };
  const open = async (): Promise<void> => settled(await brought(host, alone));
  const choose = async (pick: () => Promise<Picked | null>): Promise<void> => {
    const picked = await pick();
    if (picked === null) return;
    const isOpen = await taken(host, alone, picked.entries, picked.handle);
    settled(isOpen);
    if (isOpen && session.hindrance.value === null) await session.continueRun(run);
  };
  if (session.needs.value === 'model' && session.models.canBring(alone))
    return (
      <button type="button" class="primary" disabled={busy} onClick={() => void open()} data-testid="bring-model">
        {say('Open {name}', { name })}
      </button>
    );
  return (
    <>
      <button type="button" class="primary" disabled={busy} onClick={() => void choose(pickFolder)} data-testid="choose-model">
        {say('Choose the folder of {name}', { name })}
      </button>
      <button type="button" disabled={busy} onClick={() => void choose(pickFiles)} data-testid="choose-model-files">
        {say('Choose its files')}
      </button>
    </>
  );
}

/** The way to the files of a kit; none where models are hidden. */
export function BringKit({ session }: { readonly session: Session }) {
  if (!isShown('models', session.place.value.hide)) return null;
  const lead = (): void => {
    session.go({ view: 'models' });
    // the button is there when the view is drawn
    setTimeout(() => focusField(CHOOSE_KIT));
  };
  return (
    <button type="button" class="primary" disabled={session.busy.value} onClick={lead} data-testid="bring-kit">
      {say(CONTROLS.chooseKit)}
    </button>
  );
}
