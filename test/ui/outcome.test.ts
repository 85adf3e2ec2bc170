/** One round, named everywhere: which one a run stands for, and why it ended where it did. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RunConfig, DEFAULTS } from '../../src/run/config.ts';
import type { RunResult } from '../../src/run/records.ts';
import {
  endedEarly,
  endingText,
  foretoldText,
  markOf,
  restingRound,
  roundsDrawn,
  roundShown,
  scoresShown,
  shownText,
  surestText,
} from '../../src/ui/session/outcome.ts';
import { EMPTY_VIEW, reduce } from '../../src/ui/session/view.ts';
import type { RunStatus, RunView } from '../../src/ui/session/view.ts';
import { ALIGNMENT } from '../../src/ui/charts/alignment.ts';
import { KINDS } from '../../src/ui/charts/kinds.ts';
import { doing } from '../../src/ui/words.ts';
import { simulatedRun } from '../fixtures/simulated-run.ts';

const CONFIG: RunConfig = { ...DEFAULTS, rounds: 4, prompts: 32 };
const whole = [...simulatedRun('a', CONFIG)].reduce((view, event, at) => reduce(view, event, at), EMPTY_VIEW);

/** A view of a run that measured these validation scores, the base model's first; its test scores are 2 points less. */
function viewOf(status: RunStatus, [base = 0.5, ...scores]: readonly number[], config = CONFIG): RunView {
  const rounds = scores.map((validation, index) => {
    const like = whole.rounds[index % 4];
    if (like === undefined) throw new Error('the simulated run has four rounds');
    return { ...like, round: index + 1, validation, zeroShot: validation - 0.02 };
  });
  if (whole.base === null || whole.result === null) throw new Error('the simulated run is finished');
  const measured = { ...whole.base, validation: base, scores: { ...whole.base.scores, zeroShot: base - 0.02 } };
  const all = [base, ...scores];
  const result: RunResult = { ...whole.result, rounds, bestRound: all.indexOf(Math.max(...all)) };
  return { ...whole, status, config, rounds, base: measured, result: status === 'finished' ? result : null };
}

describe('a run that stopped early', () => {
  const view = viewOf('finished', [0.535, 0.985, 0.975, 0.92]);

  test('says why, with the numbers that decided, and which round it returned', () => {
    expect(endingText(view)).toBe(
      'The score on the validation questions fell from 99% (round 1) to 92% (round 3), so the run stopped after round 3 of 4 and returned round 1.',
    );
    expect(doing(view)).toBe('Finished: stopped early after round 3 of 4, returned round 1.');
    expect(endedEarly(CONFIG, 'finished', view.rounds)).toBe(true);
    expect(endingText(viewOf('finished', [0.535, 0.984, 0.981]))).toContain('fell from 98.4% (round 1) to 98.1% (round 2)');
    expect(endingText(viewOf('finished', [0.9, 0.6]))).toContain(
      'fell from 90% (base model) to 60% (round 1), so the run stopped after round 1 of 4 and returned the base model.',
    );
  });

  test('has no room for a round that never comes', () => {
    expect(roundsDrawn(view, 4)).toBe(3);
    expect([viewOf('stopped', [0.5, 0.6]), viewOf('running', [0.5, 0.6])].map((other) => roundsDrawn(other, 4))).toEqual([4, 4]);
  });

  test('shows the numbers of the returned round, not of the last', () => {
    expect(scoresShown(view)?.zeroShot).toBeCloseTo(0.965);
    expect(ALIGNMENT.text({ view, rounds: 4 })).toMatch(
      /^Asked cold, .* 5[12]% .*; round 1, which the run returned, 9[67]%\. The score on/,
    );
    expect(KINDS.text(view)).toMatch(/^Round 1: /);
    expect([1, 2, 3].map((round) => markOf(round, view))).toEqual([' (returned)', '', '']);
  });
});

test('of kinds of question all that gained most are named, those that are said with as many points', () => {
  const view = viewOf('finished', [0.5, 0.9]);
  if (view.base === null) throw new Error('the base is measured');
  const said = (...gains: readonly (readonly [kind: string, gain: number])[]): string => {
    const before = Object.fromEntries(gains.map(([kind]) => [kind, 0.4]));
    const after = Object.fromEntries(gains.map(([kind, gain]) => [kind, 0.4 + gain]));
    const [round] = view.rounds;
    if (round === undefined || view.base === null) throw new Error('the run has a round');
    return KINDS.text({ ...view, base: { ...view.base, byKind: before }, rounds: [{ ...round, byKind: after }] });
  };
  expect(said(['premise', 0.5], ['harm', 0.3])).toBe('Round 1: “premise” gained most, 50 points; none lost.');
  expect(said(['premise', 0.501], ['harm', 0.499], ['fact', 0.1])).toBe(
    'Round 1: “premise” and “harm” gained most, 50 points each; none lost.',
  );
  expect(said(['premise', 0], ['harm', -0.1], ['fact', -0.2])).toBe('Round 1: no kind gained; lost: harm and fact.');
});

describe('a run that ended otherwise', () => {
  const SCORES = [0.5, 0.6, 0.7, 0.8, 0.75];

  test('with all its rounds names the best of them, or the base model', () => {
    expect(endingText(viewOf('finished', [0.5, 0.6, 0.7, 0.65, 0.69]))).toBe(
      'All 4 rounds are done. Round 2 did best on the validation questions, so it is returned.',
    );
    expect(endingText(viewOf('finished', [0.9, 0.6, 0.7, 0.65, 0.69]))).toBe(
      'All 4 rounds are done. None did better on the validation questions than the base model, so that is returned.',
    );
    expect(endingText(viewOf('finished', [0.7, 0.6], { ...CONFIG, method: 'single', checkpoints: 1 }))).toBe(
      'The round is done. It did no better on the validation questions than the base model, so that is returned.',
    );
    expect(endingText(viewOf('finished', [0.5, 0.6], { ...CONFIG, method: 'single', checkpoints: 1 }))).toBe(
      'The round is done. It did better on the validation questions than the base model, so it is returned.',
    );
  });

  test('by a stop has the best so far', () => {
    const view = viewOf('stopped', [0.5, 0.9, 0.8]);
    expect(endingText(view)).toBe('2 of 4 rounds are done; the best so far on the validation questions is round 1.');
    expect(shownText(view)).toBe('round 1, best so far');
    expect(restingRound({ base: view.base, rounds: view.rounds, result: null })).toBe(1);
  });

  test('tells when it could have stopped without a label only once it ended, and not above its curves', () => {
    const sure = (status: RunStatus): RunView => {
      const view = viewOf(status, SCORES);
      return { ...view, rounds: view.rounds.map((round, i) => ({ ...round, surprise: [3, 2, 2.5, 1][i] ?? 0 })) };
    };
    const told = (status: RunStatus): readonly string[] => [foretoldText(sure(status)), surestText(sure(status))];
    const [foretold, surest] = told('finished');
    expect(foretold).toMatch(/^After round 2 the gap between asked cold and few-shot foretold an end at \d+%; 78% came\.$/);
    expect(surest).toBe(
      'After round 2 its answers were less sure than before: without any question of known answer it would have stopped there, at 68%.',
    );
    expect(told('running')).toEqual(['', '']);
    const text = ALIGNMENT.text({ view: sure('finished'), rounds: 4 });
    expect(text).toContain(endingText(sure('finished')));
    for (const aside of [foretold, surest]) expect(text).not.toContain(aside);
  });

  test('before anything was measured, and without training, says nothing of rounds', () => {
    expect(endingText({ ...EMPTY_VIEW, status: 'stopped', config: CONFIG })).toBe('');
    expect(shownText({ ...EMPTY_VIEW, status: 'stopped', config: CONFIG })).toBe('');
    expect(endingText(viewOf('finished', [0.5], { ...CONFIG, method: 'icl' }))).toBe('');
  });
});

test('whatever a run has measured and however it stands, every sentence is about the same round', () => {
  const share = fc.integer({ min: 0, max: 100 }).map((points) => points / 100);
  const status = fc.constantFrom<RunStatus>('running', 'paused', 'stopped', 'failed', 'finished');
  fc.assert(
    fc.property(status, fc.array(share, { minLength: 2, maxLength: 5 }), (state, scores) => {
      const view = viewOf(state, scores);
      const [shown, moves] = [roundShown(view), state === 'running' || state === 'paused'];
      expect(shown).toBe(moves ? scores.length - 1 : scores.indexOf(Math.max(...scores)));
      expect(scoresShown(view)?.zeroShot).toBeCloseTo((scores[shown] ?? 0) - 0.02);
      const name = shown === 0 ? 'the base model' : `round ${shown}`;
      expect(shownText(view)).toBe(`${name}, ${moves ? 'latest' : state === 'finished' ? 'returned' : 'best so far'}`);
      if (state === 'finished') expect(doing(view)).toContain(`returned ${name}.`);
      expect(ALIGNMENT.text({ view, rounds: 4 })).toContain(shown === 0 ? 'base model' : name);
      if (shown > 0) expect(KINDS.text(view)).toContain(`Round ${shown}: `);
      expect(endingText(view) === '').toBe(moves);
      if (!moves) expect(endingText(view).toLowerCase()).toContain(shown === 0 ? 'base model' : name);
    }),
  );
});
