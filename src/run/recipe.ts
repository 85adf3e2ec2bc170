/** What a run's settings come to: its rounds, its order, what it does before the first round. Pure facts of a configuration. */
import { needsDifficulty, orderOf } from '../align/difficulty.ts';
import { align } from '../align/loop.ts';
import type { Inputs, Method as MethodCode, Orders, Outcome } from '../align/method.ts';
import { METHODS } from '../align/methods/list.ts';
import type { MethodEvent } from '../contracts/events.ts';
import type { Method, RunConfig } from './config.ts';

/** A method by its name. */
function methodOf(name: Method): MethodCode<Method> {
  const found = METHODS.find((method) => method.name === name);
  if (found === undefined) throw new Error(`there is no method ${name}`);
  return found;
}

/** Rounds that a configuration asks for: none without training; the checkpoints of a single round count as such. */
export function roundsOf(config: Pick<RunConfig, 'method' | 'rounds' | 'checkpoints'>): number {
  return methodOf(config.method).rounds(config);
}

/** Into how many parts the prompts of a run are dealt, each answered in one go. */
export function partsOf(config: Pick<RunConfig, 'method' | 'rounds' | 'checkpoints'>): number {
  return methodOf(config.method).atOnce === true ? 1 : Math.max(1, roundsOf(config));
}

/** Does a run make as many rounds as the setting says? */
export function takesRounds(config: Pick<RunConfig, 'method' | 'checkpoints'>): boolean {
  const [few, more] = [roundsOf({ ...config, rounds: 2 }), roundsOf({ ...config, rounds: 3 })];
  return few !== more;
}

/** Are prompts answered with nothing before them, and nothing filtered? */
export function asksBare({ method }: Pick<RunConfig, 'method'>): boolean {
  return methodOf(method).bare === true;
}

/** Is the model held to a teacher, instead of learning its answers by heart? */
export function isTaught({ method }: Pick<RunConfig, 'method'>): boolean {
  return methodOf(method).taught === true;
}

/** Who writes the answers that it learns from: with a teacher who shows it what it would have said, it writes them itself. */
export function writerOf(config: Pick<RunConfig, 'method' | 'answersFrom'>): RunConfig['answersFrom'] {
  return isTaught(config) && config.answersFrom === 'base' ? 'previous' : config.answersFrom;
}

/** In which order it learns, across the rounds and within one. */
export function ordersOf(config: Pick<RunConfig, 'method' | 'order' | 'orderScope'>): Orders {
  return orderOf(config, methodOf(config.method).order);
}

/** Are the prompts sorted before the first round, to order them across the rounds? */
export function sortsPrompts(config: RunConfig): boolean {
  return ordersOf(config).across !== 'none' && roundsOf(config) > 0;
}

/** Does the model draft answers to every prompt first, to see how hard it finds them? */
export function draftsPrompts(config: RunConfig): boolean {
  return config.difficulty !== 'length' && needsDifficulty(config, ordersOf(config)) && roundsOf(config) > 0;
}

/** Does the model write its own prompts first? */
export function writesPrompts(config: RunConfig): boolean {
  return config.promptSource === 'own' && roundsOf(config) > 0;
}

/** The run itself: the method that the configuration names, in the loop. Throws what `align` throws. */
export function bootstrap(inputs: Inputs & { readonly config: RunConfig }): AsyncGenerator<MethodEvent, Outcome> {
  return align(methodOf(inputs.config.method), inputs);
}
