/**
 * Brings the model of a stored run, out of this browser or out of what was picked, and says why where it is not open then. Knows no component
 * and nothing of what the run does.
 */
import { AppError, toFailure, type Failure } from '../../errors.ts';
import type { OpenedModel, PickedEntry } from '../../protocol/lm.ts';
import { hasSameWeights, isSameModel, isWrittenAlike, type RunModel } from '../../run/records.ts';
import type { FolderHandle } from './folders.ts';
import type { Models } from './models.ts';

/** The models, of which those verbs are used that `K` names, and who shows what went wrong. */
export type BringHost<K extends 'bring' | 'take' = never> = {
  readonly models: Pick<Models, 'opened' | 'problem' | K>;
  readonly failed: (failure: Failure) => void;
};

/** Why the open model is not that of a run; null where it is. */
function unlike(open: OpenedModel | null, model: RunModel): AppError | null {
  if (open !== null && isSameModel(open, model) && isWrittenAlike(open, model)) return null;
  const isSame = open !== null && hasSameWeights(open, model);
  if (isSame && !isSameModel(open, model))
    return new AppError('KIT_OTHER', `the run belongs to the kit ${model.kit?.name ?? ''}, open is ${open.kit?.name ?? ''}`);
  const named = ({ name, fingerprint }: RunModel): string => `${name} (${fingerprint})`;
  return new AppError(
    'MODEL_OTHER',
    `the run belongs to ${named(model)}, open is ${open === null ? 'none' : named(open)}${isSame ? ', which writes its prompts otherwise' : ''}`,
  );
}

async function isOpenAfter(tried: Promise<Failure | null>, { models, failed }: BringHost, model: RunModel): Promise<boolean> {
  const failure = await tried;
  const other = failure === null ? unlike(models.opened.peek(), model) : null;
  const why = other === null ? failure : toFailure(other);
  if (why !== null && why.code !== 'STOPPED') {
    // it is told once
    models.problem.value = null;
    failed(why);
  }
  return why === null;
}

/** Opens the model of a run from where this browser has it; is it open then? */
export function brought(host: BringHost<'bring'>, model: RunModel): Promise<boolean> {
  return isOpenAfter(host.models.bring(model), host, model);
}

/** Opens the model of a run out of files that were picked; is it open then? */
export function taken(
  host: BringHost<'take'>,
  model: RunModel,
  files: readonly PickedEntry[],
  handle: FolderHandle | null,
): Promise<boolean> {
  return isOpenAfter(host.models.take(files, handle), host, model);
}
