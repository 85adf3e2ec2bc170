/** What a function of a template was given, by place or by name. Knows no function. */
import { fail, type Value } from './values.ts';

export type Given = { readonly at: (index: number) => Value | undefined };

/** The values of a call in the order of the parameters' names. Errors: Error as Python's for a value too many or of an unknown name. */
export function given(
  what: string,
  positional: readonly Value[],
  named: ReadonlyMap<string, Value>,
  names: readonly string[],
  [least, most]: readonly [number, number] = [0, names.length],
): Given {
  if (positional.length > most) fail(`${what}() takes at most ${most} arguments (${positional.length} given)`);
  const values: (Value | undefined)[] = [...positional];
  for (const [name, value] of named) {
    const index = names.indexOf(name);
    if (index === -1) fail(`${what}() got an unexpected keyword argument '${name}'`);
    if (index < positional.length) fail(`${what}() got multiple values for argument '${name}'`);
    values[index] = value;
  }
  for (let i = 0; i < least; i++) if (values[i] === undefined) fail(`${what}() is missing an argument`);
  return { at: (index) => values[index] };
}
