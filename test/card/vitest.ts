/**
 * What the tests import as `vitest` where there is no vitest: its runner, matchers and spies, without its server and its workers. So a
 * bundle runs the same tests as `npm test`, as they are. Knows no test.
 */
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  customMatchers,
  getState,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  type ExpectStatic,
  setState,
} from '@vitest/expect';
import { type File, startTests, type Suite, type Task, type TaskResult, type Test, type VitestRunner } from '@vitest/runner';
import * as spies from '@vitest/spy';

export { afterAll, afterEach, beforeAll, beforeEach, describe, it, test } from '@vitest/runner';

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);

export const expect = ((value: unknown, message?: string) => {
  setState({ assertionCalls: getState(expect).assertionCalls + 1 }, expect);
  return chai.expect(value, message);
}) as unknown as ExpectStatic;
Object.assign(expect, chai.expect, Reflect.get(globalThis, ASYMMETRIC_MATCHERS_OBJECT), {
  hasAssertions: () => setState({ isExpectingAssertions: true }, expect),
});
Object.defineProperty(globalThis, GLOBAL_EXPECT, { value: expect, writable: true, configurable: true });
const beginTest = (): void => setState({ assertionCalls: 0, isExpectingAssertions: false }, expect);
beginTest();
(chai.expect as unknown as { extend: (to: ExpectStatic, matchers: object) => void }).extend(expect, customMatchers);

export const vi = { spyOn: spies.spyOn, fn: spies.fn, restoreAllMocks: spies.restoreAllMocks };

/** What became of a test so far. */
export type Outcome = {
  readonly what: string;
  /** `left out`: it does not apply here, and `reason` says why. */
  readonly state: 'right' | 'wrong' | 'not run' | 'left out';
  readonly seconds: number;
  readonly reason: string | null;
};

/** Tests by their files, each given as what imports it. */
export type TestFiles = Readonly<Record<string, () => Promise<unknown>>>;

export type Running = {
  /** Asked before each test: one that may not run is left for `not run`. */
  readonly may: () => boolean;
  readonly before: () => void;
  readonly after: (outcome: Outcome) => void;
  /** The longest that a test or a hook may take. */
  readonly milliseconds: number;
};

function isTest(task: Task): task is Test {
  return task.type === 'test';
}

function isWanted({ mode }: Task): boolean {
  return mode === 'run' || mode === 'queued';
}

function outcomeOf(test: Test): Outcome {
  const { state, errors = [], note, duration = 0 }: Partial<TaskResult> & { readonly note?: string } = test.result ?? {};
  const what = test.fullTestName;
  const seconds = duration / 1000;
  if (state === 'pass') return { what, state: 'right', seconds, reason: null };
  if (state === 'fail') return { what, state: 'wrong', seconds, reason: errors.map(({ message }) => message).join('; ') };
  return note === undefined ? { what, state: 'not run', seconds, reason: null } : { what, state: 'left out', seconds, reason: note };
}

/** The tests in a suite, and the suite itself where one of its hooks failed; tests that never apply are no outcomes. */
function outcomesIn(suite: Suite | File, never: ReadonlySet<Task>): readonly Outcome[] {
  const broken = (suite.result?.errors ?? []).map(({ message }): Outcome => ({
    what: suite.fullTestName ?? suite.name,
    state: 'wrong',
    seconds: 0,
    reason: message,
  }));
  const inside = suite.tasks.flatMap((task) => (never.has(task) ? [] : isTest(task) ? [outcomeOf(task)] : outcomesIn(task, never)));
  // a suite is marked as failed where a test of it has failed, and then the test says why
  return [...(inside.some(({ state }) => state === 'wrong') ? [] : broken), ...inside];
}

function skippedIn(suite: Suite | File): readonly Task[] {
  return suite.tasks.flatMap((task) => [...(isWanted(task) ? [] : [task]), ...(isTest(task) ? [] : skippedIn(task))]);
}

/** Runs files of tests one after the other; `outcomes` may be asked at any time. */
export function runTests(files: TestFiles, { may, before, after, milliseconds }: Running) {
  let collected: readonly File[] = [];
  let never: ReadonlySet<Task> = new Set();
  const runner: VitestRunner = {
    config: {
      root: '/',
      setupFiles: [],
      name: undefined,
      passWithNoTests: true,
      testNamePattern: undefined,
      allowOnly: true,
      sequence: { seed: 1, hooks: 'stack', setupFiles: 'list' },
      chaiConfig: undefined,
      maxConcurrency: 1,
      testTimeout: milliseconds,
      hookTimeout: milliseconds,
      retry: 0,
      includeTaskLocation: undefined,
      tags: [],
      tagsFilter: undefined,
      strictTags: false,
    },
    importFile: (path) => files[path]?.(),
    onCollected: (found) => {
      collected = found;
      never = new Set(found.flatMap(skippedIn));
    },
    onBeforeRunTask: (test) => {
      if (isWanted(test) && !may()) test.mode = 'skip';
    },
    onBeforeTryTask: () => {
      beginTest();
      before();
    },
    onAfterTryTask: () => {
      const { assertionCalls, isExpectingAssertions } = getState(expect);
      if (isExpectingAssertions && assertionCalls === 0) throw new Error('expected assertions, but there were none');
    },
    onAfterRunTask: (test) => after(outcomeOf(test)),
  };
  return {
    finished: startTests(Object.keys(files), runner),
    outcomes: (): readonly Outcome[] => collected.flatMap((file) => outcomesIn(file, never)),
  };
}
