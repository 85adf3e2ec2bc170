/**
 * What is to be said of a model when it is opened: that its template was replaced, what it writes otherwise in training than in a conversation,
 * that it can think, and that it writes the date. Knows no page.
 */
import { LABELS } from '../controls.ts';
import { AppError } from '../errors.ts';
import { differencesOf, endlessText } from '../kit/faithful.ts';
import { templateOf, type ChatModel } from './tasks.ts';

/** The sentences, a line each, or null where there is nothing to say. Errors: CHAT_TEMPLATE or GGUF_TEMPLATE where a single question and its answer cannot be trained on as they are. */
export function noteOn(model: ChatModel): string | null {
  const { format } = model;
  const template = templateOf(model);
  const differences = differencesOf(template);
  const refused = differences.find(({ bare }) => bare);
  if (refused !== undefined) throw new AppError(format.code, refused.sentence);
  const { cut, add } = format.opening();
  const kept = format.keptStops(model.tokenizer);
  const shown = (text: string): string => `“${text.trim().replaceAll('\n', '↵')}”`;
  const sentences = [
    format.note,
    cut === '' && add === ''
      ? null
      : `Its chat template begins an answer otherwise in a prompt${cut === '' ? '' : `, with ${shown(cut)},`} than in a conversation${
          add === '' ? '' : `, with ${shown(add)}`
        }; prompts are written as the conversation is.`,
    format.thinks
      ? `This model can think before it answers. It does not while “${LABELS.thinking}” is off, and what it thinks is never trained on.`
      : null,
    // a text ends its answers where no token does
    template.end === '' && kept.length > 0 ? null : endlessText(template),
    kept.length === 0
      ? null
      : `Its generation_config.json ends an answer at ${kept.map((text) => `“${text.replaceAll('\n', '↵')}”`).join(', ')} too; that text stays in the answer.`,
    format.dated
      ? 'Its chat template writes the date into its prompts: that of the day on which the model was opened, and a run keeps its own to its end.'
      : null,
    ...differences.map(({ sentence }) => sentence),
  ].filter((sentence) => sentence !== null);
  return sentences.length === 0 ? null : sentences.join('\n');
}
