/** The open model: its name, how large it is, what it reads. */
import { grouped } from '../../locale.ts';
import { say, sayName } from '../language/language.ts';
import type { Models } from '../session/models.ts';

const FAMILIES: Readonly<Record<string, string>> = { llama: 'Llama', qwen2: 'Qwen2', qwen3: 'Qwen3', smollm3: 'SmolLM3' };

export function Facts({ models }: { readonly models: Models }) {
  const open = models.opened.value;
  if (models.opening.value !== null && open === null)
    return (
      <span class="muted">{say('Opening {name}…', { name: models.opening.value === '' ? say('the model') : models.opening.value })}</span>
    );
  if (open === null) return <span class="muted">{say('No model is open.')}</span>;
  const facts = { family: FAMILIES[open.family] ?? open.family, parameters: grouped(open.parameters), context: grouped(open.context) };
  return (
    <>
      <b data-testid="model-name">{sayName(open.name)}</b>{' '}
      <span class="muted">
        {open.world === null ? '' : `${say('world, bundled with its model,')} `}
        {open.quantisation === undefined
          ? say('{family}, {parameters} parameters, reads {context} tokens', facts)
          : say('{family}, {parameters} parameters from {quantisation}, reads {context} tokens', {
              ...facts,
              quantisation: open.quantisation,
            })}
      </span>
    </>
  );
}
