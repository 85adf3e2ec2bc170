/** The open model: its name, how large it is, what it reads. */
import type { Models } from '../session/models.ts';

const COUNT = new Intl.NumberFormat('en');
const FAMILIES: Readonly<Record<string, string>> = { llama: 'Llama', qwen2: 'Qwen2', qwen3: 'Qwen3', smollm3: 'SmolLM3' };

export function Facts({ models }: { readonly models: Models }) {
  const open = models.opened.value;
  if (models.opening.value !== null && open === null)
    return <span class="muted">Opening {models.opening.value === '' ? 'the model' : models.opening.value}…</span>;
  if (open === null) return <span class="muted">No model is open.</span>;
  return (
    <>
      <b data-testid="model-name">{open.name}</b>{' '}
      <span class="muted">
        {open.world === null ? '' : 'world, bundled with its model, '}
        {FAMILIES[open.family] ?? open.family}, {COUNT.format(open.parameters)} parameters
        {open.quantisation === undefined ? '' : ` from ${open.quantisation}`}, reads {COUNT.format(open.context)} tokens
      </span>
    </>
  );
}
