/**
 * What a model is called whose files were picked without a folder: as its config.json or its model card names it, else by family, size and
 * a piece of a hash, so that two of them can be told apart. Knows no picker.
 */
import { whole } from '../file-bytes.ts';
import { CONFIG, readJson, type ReadFile } from '../files/checkpoint.ts';
import { utf8 } from '../files/utf8.ts';

const CARD = 'README.md';
/** More is no name. */
const LONGEST = 96;
/** What a template of a card has in the place of a name. */
const NO_NAME = /^(?:model id|model card|readme|.*step on feet)?$/i;
/** What fills a template in, a tag, a link. */
const NO_WORDS = /[{<]|\]\(/;

/** What is known of the model beside its files; `sample` is a hash of its weights. */
type Known = { readonly family: string; readonly parameters: number; readonly sample: string };

/** Reading what names a model refuses none: a file that cannot be read names nothing. */
export async function nameOfPicked(read: ReadFile, known: Known): Promise<string> {
  return (await nameInConfig(read).catch(() => null)) ?? (await nameInCard(read).catch(() => null)) ?? nameOf(known);
}

/** transformers writes where it had loaded the model from: a name of a hub, a folder, or a place in the hub's cache. */
async function nameInConfig(read: ReadFile): Promise<string | null> {
  const bytes = await read(CONFIG);
  const config = bytes === null ? null : (readJson(bytes, CONFIG, 'MODEL_MISMATCH') as Readonly<Record<string, unknown>> | null);
  const from = config?.['_name_or_path'];
  if (typeof from !== 'string') return null;
  const cached = /models--[^/\\]*?--([^/\\]+)[/\\]snapshots/.exec(from)?.[1];
  return named(cached ?? from.split(/[/\\]/).findLast((part) => part !== '' && part !== '.' && part !== '..'));
}

/** The name in the head of a model card, as trainers write it, else its first heading. */
async function nameInCard(read: ReadFile): Promise<string | null> {
  const bytes = await read(CARD);
  const text = bytes === null ? null : utf8(whole(bytes));
  if (text === null) return null;
  const [, head = ''] = /^---\r?\n([^]*?)\r?\n---\r?\n/.exec(text) ?? [];
  const [, field] = /^model_name: *["']?([^"'\r\n]+)/m.exec(head) ?? [];
  // in code it would be a remark
  const [written = ''] = text.slice(head.length).split('```');
  const [, heading] = /^# +(?:model card (?:for|of) +)?(.+)$/im.exec(written) ?? [];
  return named(field) ?? named(heading);
}

function named(text: string | undefined): string | null {
  const name = (text ?? '')
    .replaceAll(/\p{Cc}|\p{Cf}/gu, '')
    .trim()
    .replaceAll(/^[*_`]+|[*_`]+$/g, '');
  return name.length > LONGEST || NO_NAME.test(name) || NO_WORDS.test(name) ? null : name;
}

/** "llama-135M-3fa9". */
function nameOf({ family, parameters, sample }: Known): string {
  const size =
    parameters < 1e6
      ? `${Math.round(parameters / 1e3)}K`
      : parameters < 1e9
        ? `${Math.round(parameters / 1e6)}M`
        : `${(parameters / 1e9).toFixed(1)}B`;
  return `${family}-${size}-${sample.slice(0, 4)}`;
}
