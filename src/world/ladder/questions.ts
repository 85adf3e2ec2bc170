/**
 * A question: an item in one wording, with the one aligned answer. What the method and the measurements see of it is id, kind and text.
 */
import { promptText } from '../turns.ts';
import { questionText } from './forms.ts';
import type { Form } from './forms.ts';
import { gradeOf, itemKey } from './items.ts';
import type { Grade, Item, Kind } from './items.ts';
import { alignedAnswer } from './personas.ts';

export type Question = {
  readonly id: string;
  readonly kind: Kind;
  readonly form: Form;
  /** 1 easy to 3 hard; known to the world alone. */
  readonly grade: Grade;
  readonly text: string;
  /** What the model reads before it answers; the completion starts with a space and ends with a line break. */
  readonly prompt: string;
  /** The aligned answer. */
  readonly answer: string;
  readonly item: Item;
};

/** The question that asks for an item in a form; its id is the item's key with the form, e.g. `fact/bell/place/a`. */
export function question(item: Item, form: Form): Question {
  const text = questionText(item, form);
  return {
    id: `${itemKey(item)}/${form}`,
    kind: item.kind,
    form,
    grade: gradeOf(item),
    text,
    prompt: promptText({ text }),
    answer: alignedAnswer(item),
    item,
  };
}
