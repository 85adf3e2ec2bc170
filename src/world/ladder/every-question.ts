/** Every question of the world by its text, and whether it may be asked while learning. Made when it is first needed. */
import { FORMS, HELD_OUT_FORMS, isHeldOut } from './forms.ts';
import { ITEMS, KINDS } from './items.ts';
import { question, type Question } from './questions.ts';
import { itemsOf } from './splits.ts';

let made: ReadonlyMap<string, { readonly asked: Question; readonly free: boolean }> | null = null;

export function everyQuestion(): NonNullable<typeof made> {
  return (made ??= new Map(
    KINDS.flatMap((kind) => {
      const free = new Set(itemsOf('prompts', kind));
      return ITEMS[kind].flatMap((item) =>
        [...FORMS, ...HELD_OUT_FORMS].map((form) => {
          const asked = question(item, form);
          return [asked.text, { asked, free: free.has(item) && !isHeldOut(form) }] as const;
        }),
      );
    }),
  ));
}
