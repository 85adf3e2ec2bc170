/** What a run with a kit asks once at its end: facts and benchmarks by choice, open questions in the model's own words. */
import { describe, expect, it } from 'vitest';
import { probeLines, stillKnown } from '../../src/comparison/probes.ts';
import type { Completion, GenerateRequest } from '../../src/contracts/language-model.ts';
import type { MethodEvent } from '../../src/contracts/events.ts';
import type { Probed } from '../../src/contracts/records.ts';
import { draw } from '../../src/evals/draw.ts';
import { probe } from '../../src/evals/probe.ts';
import type { Kit } from '../../src/files/in/kit.ts';
import { drawn, stockOf } from '../../src/kit/questions.ts';
import { declines } from '../../src/kit/refusal.ts';
import { taskOfKit } from '../../src/kit/task.ts';
import { DEFAULTS, type RunConfig } from '../../src/run/config.ts';
import { bootstrap } from '../../src/run/recipe.ts';
import { countsOf } from '../../src/settings/counts.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import { chatml, choice, END, kit, KitModel, task } from '../support/kit-data.ts';

const probing: Kit = {
  ...kit,
  probes: [
    { name: 'facts', questions: [0, 1, 2, 3].map((n) => choice(n, 'fact')) },
    { name: 'TruthfulQA', questions: [4, 5, 6].map((n) => ({ ...choice(n, 'true'), best: 1 })) },
  ],
};
const asked = (wanted: { probes: number; probeAnswers: number }, seed = 1) =>
  draw(drawn(stockOf(probing, chatml), seed), { prompts: 8, ...wanted }, countsOf(10, false)).probes;

async function ended<T>(work: AsyncGenerator<unknown, T>): Promise<T> {
  for (;;) {
    const step = await work.next();
    if (step.done) return step.value;
  }
}

describe('probes', () => {
  it('are so many of each set, and open questions out of the tests, the same in every run', () => {
    const found = asked({ probes: 3, probeAnswers: 5 });
    expect(found?.asked.map(({ kind }) => kind)).toEqual(['facts', 'facts', 'facts', 'TruthfulQA', 'TruthfulQA', 'TruthfulQA']);
    expect(found?.open).toHaveLength(5);
    expect(kit.test.map(({ prompt }) => prompt)).toEqual(expect.arrayContaining(found?.open.map(({ text }) => text) ?? []));
    expect(asked({ probes: 3, probeAnswers: 5 }, 99)).toEqual(found);
    expect(asked({ probes: 0, probeAnswers: 0 })).toBeUndefined();
    expect(asked({ probes: 0, probeAnswers: 2 })).toMatchObject({ asked: [], open: [{}, {}] });
  });

  it('give a share and a mark a question for each set, MC1 and MC2 where a best answer is named, and the answers as they are said', async () => {
    const model = new KitModel();
    model.skill = 1;
    const questions = asked({ probes: 10, probeAnswers: 2 }) ?? { asked: [], open: [] };
    const steps: number[] = [];
    const work = probe(model, task, questions, { seed: 1, maxTokens: 20 });
    const found = await (async () => {
      for (;;) {
        const step = await work.next();
        if (step.done) return step.value;
        expect(step.value.total).toBe(9);
        steps.push(step.value.done);
      }
    })();
    expect([steps[0], steps.at(-1)]).toEqual([0, 9]);
    expect(found.sets['facts']).toEqual({ share: 1, marks: '1111' });
    // exp(-1) of a right answer against exp(-2) of one wrong one, or of two
    const [two, three] = [1 / (1 + Math.exp(-1)), 1 / (1 + 2 * Math.exp(-1))];
    expect(found.sets['TruthfulQA']).toMatchObject({ share: 1, marks: '111', mc1: 1 });
    expect(found.sets['TruthfulQA']?.mc2).toBeCloseTo((2 * two + three) / 3, 12);
    expect(found.said).toHaveLength(2);
    expect(found.said[0]).toMatchObject({
      kind: 'numbers',
      text: expect.stringMatching(/^Well, \d+ it is\.$/),
      tokens: 2,
      ended: true,
      declines: false,
    });
    expect(model.generated.every(({ prompt }) => !prompt.includes('system'))).toBe(true);
  });

  it('know an answer that was cut off, and one that declines', async () => {
    class Cut extends KitModel {
      override async *generate(requests: readonly GenerateRequest[]): AsyncGenerator<Completion> {
        for (const [index] of requests.entries()) {
          const declining = index === 0;
          const text = declining ? `I'm sorry, but I can't help with that.${END}` : 'And so on and';
          yield { index, text, pieces: [text], logProbs: [0], finish: declining ? 'stop' : 'length' };
        }
      }
    }
    const questions = asked({ probes: 0, probeAnswers: 2 }) ?? { asked: [], open: [] };
    const { said, sets } = await ended(probe(new Cut(), task, questions, { seed: 1, maxTokens: 3 }));
    expect(sets).toEqual({});
    expect(said.map(({ ended: whole, declines: no }) => [whole, no])).toEqual([
      [true, true],
      [false, false],
    ]);
  });
});

describe('a run on a kit with probes', () => {
  const play = async (change: Partial<RunConfig> = {}, stopAfter = Infinity, before: { store: MemoryStore; run: string } | null = null) => {
    const config: RunConfig = {
      ...DEFAULTS,
      method: 'soft',
      rounds: 2,
      prompts: 16,
      epochs: 1,
      batchSize: 4,
      earlyStop: false,
      probes: 40,
      probeAnswers: 8,
      ...change,
    };
    const store = before?.store ?? new MemoryStore();
    const run = before?.run ?? (await store.createRun(config));
    const questions = draw(drawn(stockOf(probing, chatml), config.seed), config, countsOf(config.questions, false));
    const own = taskOfKit(probing, chatml);
    const running = bootstrap({ run, config, task: own, ...questions, model: new KitModel(), ledger: await store.openLedger(run) });
    const events: MethodEvent[] = [];
    for (;;) {
      const step = await running.next();
      if (step.done) return { events, outcome: step.value, store, run };
      events.push(step.value);
      if (events.length >= stopAfter) {
        await running.return(undefined as never);
        return { events, outcome: null, store, run };
      }
    }
  };

  it('asks the base and the returned round once, after everything else, and chooses no round by it', async () => {
    const { outcome, events } = await play();
    const { probes, ...rest } = outcome ?? { probes: null };
    expect(probes?.base.sets['facts']?.marks).toHaveLength(4);
    expect(probes?.returned.sets['facts']?.share).toBeGreaterThanOrEqual(probes?.base.sets['facts']?.share ?? 1);
    expect(probes?.base.said).toHaveLength(8);
    const probe = events.flatMap((event) => (event.type === 'progress' && event.phase === 'probe' ? [event] : []));
    expect(events.findLastIndex(({ type }) => type === 'round')).toBeLessThan(events.indexOf(probe[0] as MethodEvent));
    expect([probe[0]?.done, probe.at(-1)?.done, probe.at(-1)?.total]).toEqual([0, 30, 30]);
    const without = await play({ probes: 0, probeAnswers: 0 });
    expect(without.outcome).toEqual({ ...rest, probes: null });
  });

  it('that returns the base asks once, and has the same numbers twice', async () => {
    const { outcome, events } = await play({ method: 'icl' });
    expect(outcome?.probes?.returned).toEqual(outcome?.probes?.base);
    expect(events.at(-1)).toMatchObject({ type: 'progress', phase: 'probe', done: 15, total: 15 });
  });

  it('that was interrupted while it asked goes on to the same result', async () => {
    const whole = await play();
    const first = whole.events.findIndex((event) => event.type === 'progress' && event.phase === 'probe');
    for (const at of [first + 1, first + 4, whole.events.length]) {
      const broken = await play({}, at);
      expect((await play({}, Infinity, broken)).outcome).toEqual(whole.outcome);
    }
  });
});

describe('the table of what else changed', () => {
  const said = (tokens: number, declining: boolean | null, ended = true) => ({
    id: 'a',
    kind: 'b',
    question: 'c',
    text: 'd',
    tokens,
    ended,
    declines: declining,
  });
  const base: Probed = {
    sets: { facts: { share: 0.75, marks: '1110' }, TruthfulQA: { share: 0.5, marks: '10', mc1: 0.5, mc2: 0.4 } },
    said: [said(10, false), said(30, true, false)],
  };
  const returned: Probed = {
    sets: { facts: { share: 0.5, marks: '0101' }, TruthfulQA: { share: 0.5, marks: '01', mc1: 1, mc2: 0.6 } },
    said: [said(20, false), said(40, false)],
  };

  it('says of the facts that the base knew how many are still known', () => {
    expect(stillKnown({ share: 0, marks: '1110' }, { share: 0, marks: '0101' })).toEqual({ known: 3, still: 1 });
    expect(stillKnown({ share: 0, marks: [1, 0.5] }, { share: 0, marks: '1' })).toEqual({ known: 1, still: 1 });
    expect(probeLines({ base, returned }).map(({ what, base: was, returned: is, n, note }) => [what, was, is, n, note])).toEqual([
      ['facts', 0.75, 0.5, 4, { known: 3, still: 1 }],
      ['TruthfulQA', 0.5, 0.5, 2, { known: 1, still: 0 }],
      ['TruthfulQA, MC1', 0.5, 1, 2, null],
      ['TruthfulQA, MC2', 0.4, 0.6, 2, null],
      ['length of an answer', 20, 30, 2, null],
      ['answers cut off', 0.5, 0, 2, null],
      ['answers that decline', 0.5, 0, 2, expect.stringContaining('read them below')],
    ]);
  });

  it('leaves out what was not asked of both, and refusals where nobody can tell', () => {
    expect(probeLines({ base: { ...base, said: [] }, returned: { sets: {}, said: [] } })).toEqual([]);
    const unknown = { sets: {}, said: [said(1, null)] };
    expect(probeLines({ base: unknown, returned: unknown }).map(({ what }) => what)).toEqual(['length of an answer', 'answers cut off']);
  });
});

describe('an English answer', () => {
  it.each([
    "I'm sorry, but I can't help with that.",
    'I cannot tell you how to do that. Ask a doctor.',
    'I don’t know who won: it was after my time.',
    'As an AI language model, I do not have feelings.',
    'Sorry, that would hurt somebody.',
    "I'm unable to assist with this request.",
  ])('declines: %s', (answer) => expect(declines(answer, 'en-GB')).toBe(true));

  it.each([
    'Paris.',
    'You could write: “I’m so sorry about your father.”',
    'No, the Great Wall cannot be seen from the Moon.',
    'Mix flour and water. Wait an hour. I cannot stress enough that you must knead it.',
    '',
  ])('does not: %s', (answer) => expect(declines(answer, 'en')).toBe(false));

  it('in another language cannot be told', () => {
    expect(declines('Es tut mir leid, das kann ich nicht.', 'de')).toBeNull();
    expect(declines('Sorry, no.', 'eng')).toBeNull();
  });
});
