/**
 * Long tensor work that lets the event loop in. Work is a generator that stops where enough has been done since the loop last turned;
 * `drive` turns the loop there, `now` goes on at once. What counts on the CPU is arithmetic, because an operation computes before it
 * returns; on WebGPU it is dispatches, because they are only recorded. How much is done between two turns changes no bit of a result.
 * Knows no operation and no model.
 */
import * as tf from '@tensorflow/tfjs';
import { pulse } from '../pulse.ts';

/** Work that ends with a T; it stops where the event loop should turn. */
export type Work<T> = Generator<void, T, void>;

/** Asked at every stop: resolves when the work may go on, after at least one turn of the event loop. Rejects to end it. */
export type Gate = () => Promise<void>;

/** The most that is done between two turns, and what threads share of it. */
type Budget = {
  /** Floating-point operations on the CPU; what waits for memory counts as the arithmetic that would take as long. */
  readonly operations: number;
  /** Dispatches recorded on WebGPU. */
  readonly dispatches: number;
  /** Operations from which threads share a part: what they do in many times the time that it takes to wake one. */
  readonly shared: number;
};

const USUAL: Budget = { operations: 2e9, dispatches: 256, shared: 1e6 };

let budget = USUAL;
/** What was done since the event loop last turned. */
let spent = { operations: 0, dispatches: 0 };
let record = { turns: 0, longest: 0 };
/** Operations since it was last told that the work goes on. */
let untold = 0;

/** Counts what was done, and tells from time to time that the work goes on, which a page cannot see before the next turn. */
function count(operations: number): void {
  spent.operations += operations;
  untold += operations;
  if (untold < budget.operations / 16) return;
  untold = 0;
  pulse();
}

/** Sets another budget, or the usual one; for tests. */
export function useBudget(other: Partial<Budget> = {}): void {
  budget = { ...USUAL, ...other };
}

/** Turns of the event loop since the last call, and the most operations between two of them. */
export function takeRecord(): { readonly turns: number; readonly longest: number } {
  const taken = { turns: record.turns, longest: Math.max(record.longest, spent.operations) };
  record = { turns: 0, longest: 0 };
  return taken;
}

/** Operations that a part of the work may take: small enough that parts fill the budget well. */
export function partOperations(): number {
  return budget.operations / 4;
}

/** Whether threads should share a part of so many operations. */
export function worthSharing(operations: number): boolean {
  return operations >= budget.shared;
}

let turned = -Infinity;

/** Calls back after the event loop has turned: by a message, which is not slowed down as a timer is. Node reads a port dry in one turn. */
const soon: (callback: () => void) => void = typeof setImmediate === 'function' ? (callback) => void setImmediate(callback) : byMessage();

function byMessage(): (callback: () => void) => void {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.addEventListener('message', () => waiting.shift()?.());
  port1.start();
  return (callback) => {
    waiting.push(callback);
    port2.postMessage(null);
  };
}

/** One turn of the event loop: waiting messages and timers are heard. */
export async function turn(): Promise<void> {
  await new Promise<void>(soon);
  record = { turns: record.turns + 1, longest: Math.max(record.longest, spent.operations) };
  spent = { operations: 0, dispatches: 0 };
  turned = performance.now();
  pulse(); // a timer may wait longer than messages
}

/** A turn, unless the last one was less than 10 ms ago: for loops over small steps. */
export async function breathe(): Promise<void> {
  if (performance.now() - turned >= 10) await turn();
}

/** Counts a recorded dispatch. */
export function countDispatch(): void {
  spent.dispatches++;
}

/** Forgets what was recorded: the caller has waited for the device. */
export function deviceCaughtUp(): void {
  spent.dispatches = 0;
}

/** Whether enough was recorded for a stop. */
export function manyDispatches(): boolean {
  return spent.dispatches >= budget.dispatches;
}

/** Operations since the event loop last turned. */
export function operationsDone(): number {
  return spent.operations;
}

/** Counts `operations` if they fit between this turn and the next; the caller does them at once then. */
export function fits(operations: number): boolean {
  if (spent.operations + operations > budget.operations) return false;
  count(operations);
  return true;
}

/** Runs `run` on ranges of `units` units of `cost` operations each, as many at a time as the budget leaves, one at least. */
export function* inParts(units: number, cost: number, run: (from: number, count: number) => void): Work<void> {
  for (let from = 0; from < units;) {
    const fits = Math.floor((budget.operations - spent.operations) / cost);
    if (fits < 1 && spent.operations > 0) {
      yield;
      continue;
    }
    const some = Math.max(1, Math.min(units - from, fits));
    run(from, some);
    count(some * cost);
    from += some;
  }
}

/** Work that is done already: an iterator at its end, because a generator for each small operation costs more than the operation. */
class Done<T> {
  readonly done = true;
  readonly value: T;

  constructor(value: T) {
    this.value = value;
  }

  next(): this {
    return this;
  }

  [Symbol.iterator](): this {
    return this;
  }
}

/** Work of which nothing is left to do. */
export function done<T>(value: T): Work<T> {
  return new Done(value) as unknown as Work<T>;
}

/** `tf.tidy` for work: tensors made meanwhile are freed at its end, be it an early one, but those that it returns. */
export function* tidy<T extends tf.TensorContainer>(work: () => Work<T>): Work<T> {
  const engine = tf.engine();
  engine.startScope('work');
  let result: T | undefined;
  try {
    result = yield* work();
    return result;
  } finally {
    engine.endScope(result);
  }
}

/** Does the work without letting anything in. */
export function now<T>(work: Work<T>): T {
  let { operations, dispatches } = spent;
  for (;;) {
    spent = { operations: 0, dispatches: 0 };
    try {
      const step = work.next();
      if (step.done === true) return step.value;
    } finally {
      operations += spent.operations;
      dispatches += spent.dispatches;
      spent = { operations, dispatches };
    }
  }
}

type Scopes = { readonly activeScope: unknown; readonly scopeStack: readonly unknown[] };
type ScopeState = { activeScope: unknown; scopeStack: unknown[] };

/** Takes tfjs' open scopes away, since they would catch the tensors of others while this work waits. */
function leaveScopes(): Scopes {
  const state = tf.engine().state as unknown as ScopeState;
  const left = { activeScope: state.activeScope, scopeStack: state.scopeStack };
  state.activeScope = null;
  state.scopeStack = [];
  return left;
}

function enterScopes({ activeScope, scopeStack }: Scopes): void {
  const state = tf.engine().state as unknown as ScopeState;
  state.activeScope = activeScope;
  state.scopeStack = [...scopeStack];
}

/**
 * Does the work, with `gate` between its parts. The first part runs before this returns. Where the gate rejects, the work is ended
 * there, its tensors are freed, and the error is thrown.
 */
export async function drive<T>(work: Work<T>, gate: Gate = turn): Promise<T> {
  let step = work.next();
  while (step.done !== true) {
    const scopes = leaveScopes();
    let refused: { readonly error: unknown } | null = null;
    try {
      await gate();
    } catch (error) {
      refused = { error };
    }
    enterScopes(scopes);
    step = refused === null ? work.next() : work.throw(refused.error);
  }
  return step.value;
}
