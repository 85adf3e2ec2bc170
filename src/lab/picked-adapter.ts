/** A PEFT adapter that the user picked, checked against the open model and ready to be asked. Knows no run. */
import { AppError } from '../errors.ts';
import { refuseOther } from '../files/kinds.ts';
import type { PickedFiles } from '../files/picked.ts';
import { readAdapterFolder } from '../files/in/adapter.ts';
import type { LoadedAdapter } from '../protocol/models.ts';
import type { DecoderConfig } from '../files/config.ts';
import { checkLora } from '../model/lora.ts';
import { writeSafetensors } from '../files/safetensors.ts';
import type { PickedEntry } from '../protocol/lm.ts';
import { sha256 } from '../digest.ts';
import type { Weights } from './replica.ts';

/** Larger files are no adapters of models that fit in a browser. */
const MAX_BYTES = 2 ** 29;

/** Reads it. Errors: those of `refuseOther`; ADAPTER_UNFIT, MODEL_FORMAT, MODEL_TRUNCATED name the file and the key. */
export async function readPickedAdapter(
  entries: readonly PickedEntry[],
  config: DecoderConfig,
): Promise<{ readonly weights: Weights; readonly shown: LoadedAdapter }> {
  const files = new Map<string, Uint8Array>();
  for (const { path, file } of entries) {
    const name = path.split('/').at(-1) ?? path;
    if (file.size <= MAX_BYTES && /^adapter_(?:config\.json|model\.safetensors)$/.test(name))
      files.set(name, new Uint8Array(await file.arrayBuffer()));
  }
  for (const [name, bytes] of files) refuseOther(name, bytes);
  const { rank, lowestRank, alpha, targets, tensors, notes, base } = fitting(files, config);
  const bytes = writeSafetensors(tensors);
  const folder = entries[0]?.path.split('/').at(-2);
  return {
    weights: { tuning: { mode: 'lora', rank, alpha, targets }, seed: 0, state: { bytes, hash: await sha256(bytes) } },
    shown: { name: folder ?? (base || 'adapter'), rank, lowestRank, targets, notes },
  };
}

/** What it is for this model. A model's own files would be another sentence. */
function fitting(files: PickedFiles, config: DecoderConfig): ReturnType<typeof readAdapterFolder> {
  try {
    const read = readAdapterFolder(files, config);
    checkLora(config, read, read.tensors);
    return read;
  } catch (error) {
    if (error instanceof AppError && error.code === 'MODEL_MISMATCH') throw new AppError('ADAPTER_UNFIT', error.detail, { cause: error });
    throw error;
  }
}
