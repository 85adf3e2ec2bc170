/** Which of the models that this browser keeps are the one of a run, or the open one. Pure; knows no store. */
import type { StoredModel } from '../../protocol/models.ts';
import { hasSameWeights, isWrittenAlike, type RunModel } from '../../run/records.ts';

/**
 * Whole copies of the model, with prompts written as it writes them as far as that is known, those of which it is known first, and models of a
 * hub that have its name.
 */
export function copiesOf(stored: readonly StoredModel[], model: RunModel): readonly StoredModel[] {
  const isIt = ({ fingerprint, id, rendering, weights }: StoredModel): boolean => {
    if (fingerprint === null) return id === model.name;
    const looked = { ...(rendering === undefined ? {} : { rendering }), ...(weights === undefined ? {} : { weights }) };
    return hasSameWeights({ name: id, fingerprint, ...looked }, model) && isWrittenAlike(looked, model);
  };
  const unknown = ({ rendering }: StoredModel): number => Number(rendering === undefined);
  return stored.filter((kept) => kept.complete && isIt(kept)).toSorted((a, b) => unknown(a) - unknown(b));
}
