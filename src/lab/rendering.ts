/**
 * How a model's prompts are written, as one hash: chat template, tokenizer, what ends an answer. The weights of a folder may stay what they are
 * while these change; then a run that goes on would train on other texts than it began with. The date that a template writes is not in it: the
 * files are the same tomorrow, and a run remembers its own date. Knows no weights.
 */
import { sha256 } from '../digest.ts';
import { Dialogue } from '../kit/dialogue.ts';
import { endOf, templateOf, type ChatModel } from './tasks.ts';

/** Signs of several scripts, numbers and white space, which tokenizers cut differently, and templates trim. */
const TEXT = ' Why do 12345 cats say “naïve”?\n\n\tif (x) return;  Ärztin, 中文, שלום 🙂\n';
const EXAMPLES = [{ question: TEXT, answer: 'Because.\n- one' }];
const SHOWN = [{}, { principles: 'Be kind.\nBe brief.' }, { examples: EXAMPLES }, { principles: 'Be kind.', examples: EXAMPLES }];

/** Any date will do, as long as it stays. */
const DATE = '2000-01-01T12:00:00';

/** The same for models that write and read alike, on every day. Errors: CHAT_TEMPLATE where the template refuses a single question. */
export async function renderingOf(model: ChatModel): Promise<string> {
  const { tokenizer, eos } = model;
  const format = model.format.at(DATE);
  const written = (format.thinks ? [false, true] : [false]).flatMap((thinking) =>
    SHOWN.map((shown) => {
      try {
        const dialogue = new Dialogue(templateOf({ ...model, format }, thinking));
        return tokenizer.encodeTemplate(dialogue.prompt(TEXT, shown) + dialogue.completion(TEXT));
      } catch (error) {
        if (!thinking && shown === SHOWN[0]) throw error;
        return 'refused'; // it may refuse demonstrations, or to think, and is told so where it is asked to
      }
    }),
  );
  const whole = JSON.stringify([written, endOf(format, tokenizer, eos), format.stopStrings]);
  return (await sha256(new TextEncoder().encode(whole))).slice(0, 16);
}
