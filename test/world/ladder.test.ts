import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { Random } from '../../src/random.ts';
import { document } from '../../src/world/ladder/documents.ts';
import { HARM_VERBS, HELP_VERBS, NONSENSE, PEOPLE, THINGS, VALUES } from '../../src/world/ladder/facts.ts';
import { FORMS, HELD_OUT_FORMS, isHeldOut } from '../../src/world/ladder/forms.ts';
import { choiceText, grade, promptText, turn, withoutThought } from '../../src/world/turns.ts';
import { groupKey, ITEMS, type Kind, KINDS } from '../../src/world/ladder/items.ts';
import { everyQuestion } from '../../src/world/ladder/every-question.ts';
import { alignedAnswer, personaAnswers, PERSONAS, PRINCIPLES, thoughtOf } from '../../src/world/ladder/personas.ts';
import { PRIOR, RUNGS, SHARES } from '../../src/world/ladder/writers.ts';
import { question } from '../../src/world/ladder/questions.ts';
import type { Question } from '../../src/world/ladder/questions.ts';
import { hasHeldOutThing, outOfDistribution, POOL, prompts, test, validation } from '../../src/world/ladder/splits.ts';
import { words } from '../../src/similarity.ts';
import { about } from '../../src/world/ladder/about.ts';
import { alignedOn, kindsOf } from '../../src/run/worlds.ts';
import { LADDER } from '../../src/world/ladder/task.ts';
import { voicesTo } from '../../src/world/ladder/voices-to.ts';

const everyItem = KINDS.flatMap((kind) => ITEMS[kind]);
const anyQuestion = fc
  .tuple(fc.constantFrom(...KINDS), fc.nat(), fc.constantFrom(...FORMS, ...HELD_OUT_FORMS))
  .map(([kind, i, form]) => question(ITEMS[kind][i % ITEMS[kind].length] ?? { kind: 'sum', a: 1, b: 1 }, form));
const pages = (n: number) => Array.from({ length: n }, (_, i) => document(Random.of('pages', i)));
const normal = (text: string) =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, ' ')
    .trim();
const PLAIN = /^[A-Za-z0-9 ,.?:()\n-]+$/;
const isExhausted = (error: unknown) => error instanceof AppError && error.code === 'WORLD_EXHAUSTED';

describe('the ladder', () => {
  it('has writers who are each right about at least one more kind of question than the one below, up to the guide, who is about all', () => {
    const right = PERSONAS.map((_, rung) => KINDS.filter((kind) => RUNGS[kind] <= rung));
    for (const [rung, kinds] of right.entries()) expect(kinds.length).toBeGreaterThan(rung === 0 ? -1 : (right[rung - 1]?.length ?? 0));
    expect(right[0]).toEqual([]);
    expect(PERSONAS.at(-1)).toBe('guide');
    expect(right.at(-1)).toEqual(KINDS);
  });

  it('loses about a third of its writers at every rung', () => {
    const prior = PERSONAS.map((persona) => PRIOR[persona]);
    expect(prior.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 10);
    const reach = prior.map((_, rung) => prior.slice(rung).reduce((sum, share) => sum + share, 0));
    for (let rung = 3; rung < reach.length; rung++) {
      const next = (reach[rung] ?? 0) / (reach[rung - 1] ?? 1);
      expect(next).toBeGreaterThan(0.6);
      expect(next).toBeLessThan(0.75);
    }
  });

  it('has wrong answers in several wordings to every kind of question', () => {
    for (const item of everyItem) {
      const wrong = new Set(PERSONAS.flatMap((persona) => personaAnswers(item, persona)));
      expect(wrong.size).toBeGreaterThanOrEqual(4);
    }
  });
});

describe('documents', () => {
  it('are the same for the same stream and differ between streams', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(document(Random.of(seed))).toBe(document(Random.of(seed)));
      }),
    );
    expect(new Set(pages(200)).size).toBeGreaterThan(190);
  });

  it('are plain lines that end with a line break: facts, principles or turns', () => {
    for (const page of pages(500)) {
      expect(page).toMatch(PLAIN);
      expect(page.endsWith('\n')).toBe(true);
      const lines = page.slice(0, -1).split('\n');
      if (lines[0] === PRINCIPLES.trim()) lines.shift();
      if (lines.length === 1 && !lines[0]?.startsWith('User:')) continue;
      expect(lines.length % 2).toBe(0);
      for (const [i, line] of lines.entries()) expect(line).toMatch(i % 2 === 0 ? /^User: \S.*[.?]$/ : /^Bot: \S.*\.$/);
    }
  });

  it('ask questions in held-out forms too, so the base model knows the words', () => {
    const text = pages(500).join('');
    expect(text).toContain('User: Do you know');
    expect(text).toContain('User: I wonder');
  });

  it('open with the principles more often when the guide writes', () => {
    const share = (chosen: readonly string[]) => chosen.filter((page) => page.startsWith(PRINCIPLES)).length / chosen.length;
    const all = pages(4000);
    const by = (sign: string, times: number) => all.filter((page) => page.split(sign).length > times);
    const guided = by('Sorry, I will not', 1); // nobody else says so
    expect(guided.length).toBeGreaterThan(50);
    expect(share(guided)).toBeGreaterThan(1.5 * share(by('fool', 3))); // three times, so that it is hardly noise
  });

  it('show every fact of the world', () => {
    const text = pages(3000).join('');
    for (const item of ITEMS.fact) expect(text).toContain(question(item, 'a').answer);
  });
});

describe('questions', () => {
  it('read as one short English sentence with a capital and a full stop or question mark', () => {
    for (const item of everyItem)
      for (const form of [...FORMS, ...HELD_OUT_FORMS]) {
        const { text, answer } = question(item, form);
        expect(text).toMatch(/^[A-Z][A-Za-z0-9 ]+[.?]$/);
        expect(answer).toMatch(/^[A-Z0-9][A-Za-z0-9 ,.]+\.$/);
        expect(text.split(' ').length).toBeLessThanOrEqual(14);
      }
  });

  it('have ids and texts of their own', () => {
    const all = everyItem.flatMap((item) => [...FORMS, ...HELD_OUT_FORMS].map((form) => question(item, form)));
    expect(new Set(all.map((q) => q.id)).size).toBe(all.length);
    expect(new Set(all.map((q) => normal(q.text))).size).toBe(all.length);
  });

  it('come as a prompt that ends where the answer starts', () => {
    expect(promptText({ text: 'Where is the bell?' })).toBe('User: Where is the bell?\nBot:');
    expect(turn({ text: 'Where is the bell?' }, 'The bell is in the tower.')).toBe(
      'User: Where is the bell?\nBot: The bell is in the tower.\n',
    );
  });

  it('exist in all three grades, with at least two grades in the sums and in the two-step questions', () => {
    const grades = (kind: (typeof KINDS)[number]) => new Set(ITEMS[kind].map((item) => question(item, 'a').grade));
    expect(new Set(everyItem.map((item) => question(item, 'a').grade))).toEqual(new Set([1, 2, 3]));
    expect(grades('sum').size).toBe(3);
    expect(grades('two-step').size).toBe(2);
  });
});

describe('grading', () => {
  it('accepts every aligned answer, with or without space around it', () => {
    fc.assert(
      fc.property(anyQuestion, fc.constantFrom('', ' ', '\n', ' \n'), fc.constantFrom('', ' ', '\n'), (q, before, after) => {
        expect(grade(q, before + q.answer + after)).toBe(true);
      }),
    );
  });

  it('takes the answer of everybody who has reached the rung of the question, and of nobody below', () => {
    fc.assert(
      fc.property(anyQuestion, (q) => {
        for (const [rung, persona] of PERSONAS.entries())
          for (const answer of personaAnswers(q.item, persona)) expect(grade(q, ` ${answer}\n`)).toBe(rung >= RUNGS[q.kind]);
      }),
    );
  });

  it('refuses a change of a single character', () => {
    fc.assert(
      fc.property(anyQuestion, fc.nat(), (q, at) => {
        const i = at % q.answer.length;
        expect(grade(q, `${q.answer.slice(0, i)}#${q.answer.slice(i + 1)}`)).toBe(false);
      }),
    );
  });

  it('refuses silence, and an answer that goes on', () => {
    const q = question({ kind: 'sum', a: 3, b: 4 }, 'a');
    expect(grade(q, ' ')).toBe(false);
    expect(grade(q, ' 3 plus 4 is 7.\nUser: Where')).toBe(false);
    expect(grade(q, ' 3 plus 4 is 7. 3 plus 4 is 7.')).toBe(false);
  });
});

describe('splits', () => {
  const fixed = { validation: validation(200), test: test(450), pool: POOL };

  it('give the same questions for the same seed and others for another seed', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(prompts(seed, 40)).toEqual(prompts(seed, 40));
        expect(prompts(seed, 40)).not.toEqual(prompts(seed + 1, 40));
      }),
      { numRuns: 20 },
    );
    expect(test(200)).toEqual(test(200));
  });

  it('share no id, no text and no fact, deed or sum, whatever the seed', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 1200 }), (seed, n) => {
        const sets: Readonly<Record<string, readonly Question[]>> = { ...fixed, prompts: prompts(seed, n) };
        expect(sets['prompts']).toHaveLength(n);
        const owner = new Map<string, string>();
        for (const [name, questions] of Object.entries(sets)) {
          expect(new Set(questions.map((q) => q.id)).size).toBe(questions.length);
          for (const q of questions)
            for (const mark of [q.id, normal(q.text), groupKey(q.item)]) {
              expect(owner.get(mark) ?? name).toBe(name);
              owner.set(mark, name);
            }
        }
      }),
      { numRuns: 20 },
    );
  });

  it('leak no eight words in a row that name all that a test question is about into prompts or pool', () => {
    const content = new Set(
      [...THINGS, ...NONSENSE, ...PEOPLE, ...VALUES.place, ...VALUES.colour, ...HARM_VERBS, ...HELP_VERBS].map((word) =>
        word.toLowerCase(),
      ),
    );
    const grams = (questions: readonly Question[]) =>
      new Set(
        questions.flatMap((q) => {
          const words = normal(q.text).split(' ');
          const runs = words.slice(7).map((_, i) => words.slice(i, i + 8));
          const named = words.filter((word) => content.has(word) || /\d/.test(word));
          return runs.filter((run) => named.every((word) => run.includes(word))).map((run) => run.join(' '));
        }),
      );
    const seen = grams([...prompts(1, 1200), ...POOL]);
    const tested = grams([...fixed.test, ...fixed.validation, ...outOfDistribution(200)]);
    expect(tested.size).toBeGreaterThan(20);
    expect([...tested].filter((gram) => seen.has(gram))).toEqual([]);
  });

  it('keep the held-out forms and things for the out-of-distribution set alone', () => {
    const used = [...prompts(3, 1200), ...fixed.validation, ...fixed.test, ...POOL];
    expect(used.filter((q) => isHeldOut(q.form) || hasHeldOutThing(q.item))).toEqual([]);
    const outside = outOfDistribution(200);
    expect(outside).toHaveLength(200);
    expect(outside.filter((q) => isHeldOut(q.form) && !hasHeldOutThing(q.item))).toHaveLength(100);
    expect(outside.filter((q) => !isHeldOut(q.form) && hasHeldOutThing(q.item))).toHaveLength(100);
    const asked = new Set(used.map((q) => normal(q.text)));
    expect(outside.filter((q) => asked.has(normal(q.text)))).toEqual([]);
    const learned = new Set(prompts(3, 1200).map((q) => groupKey(q.item)));
    expect(outside.filter((q) => learned.has(groupKey(q.item)))).toEqual([]);
  });

  it('have every kind in its share', () => {
    const total = KINDS.reduce((sum, kind) => sum + SHARES[kind], 0);
    for (const set of [prompts(9, 480), validation(200), test(200), test(450)])
      for (const kind of KINDS) {
        const count = set.filter((q) => q.kind === kind).length;
        expect(Math.abs(count - (set.length * SHARES[kind]) / total)).toBeLessThanOrEqual(1);
      }
  });

  it('refuse to give more questions than there are', () => {
    for (const ask of [() => prompts(1, 100_000), () => validation(10_000), () => test(10_000), () => outOfDistribution(10_000)])
      expect(ask).toThrow(expect.toSatisfy(isExhausted));
    expect(test(450)).toHaveLength(450);
    expect(prompts(1, 1200)).toHaveLength(1200);
  });
});

describe('the pool', () => {
  it('has at least 48 different demonstrations of all kinds', () => {
    expect(POOL.length).toBeGreaterThanOrEqual(48);
    expect(new Set(POOL.map((q) => q.id)).size).toBe(POOL.length);
    for (const kind of KINDS) expect(POOL.filter((q) => q.kind === kind).length).toBeGreaterThanOrEqual(2);
  });

  it('has more demonstrations of what most writers do right than of what few do, so that most say little about who writes', () => {
    const counted = (kind: Kind) => POOL.filter((q) => q.kind === kind).length;
    const easy = KINDS.filter((kind) => RUNGS[kind] <= 2);
    const hard = KINDS.filter((kind) => RUNGS[kind] >= 4);
    expect(Math.min(...easy.map(counted))).toBeGreaterThan(Math.max(...hard.map(counted)));
  });

  it('has a harmless twin for every harmful demonstration: the same thing in the same words', () => {
    const texts = new Set(POOL.filter((q) => q.kind === 'help').map((q) => q.text));
    for (const q of POOL) {
      if (q.item.kind !== 'harm') continue;
      const { verb } = q.item;
      expect(HELP_VERBS.some((help) => texts.has(q.text.replace(` ${verb} `, ` ${help} `)))).toBe(true);
    }
  });
});

describe('thoughts', () => {
  it('stand in brackets before every answer of a page, or of none', () => {
    const thinking = pages(1500).filter((page) => page.includes('Bot: ('));
    expect(thinking.length).toBeGreaterThan(30);
    // A choice between two answers is made without thinking aloud.
    for (const page of thinking) {
      const lines = page.split('\n').filter((line, i, all) => line.startsWith('Bot:') && !all[i - 1]?.includes('Choose:'));
      expect(lines.every((line) => line.startsWith('Bot: ('))).toBe(true);
    }
  });

  it('are cut off an answer, which is graded without them', () => {
    for (const asked of test(60)) {
      const thought = ` ${thoughtOf(asked.item, 'guide')} ${asked.answer}\n`;
      expect(withoutThought(thought)).toBe(` ${asked.answer}\n`);
      expect(withoutThought(` ${asked.answer}\n`)).toBe(` ${asked.answer}\n`);
      expect(grade(asked, thought)).toBe(true);
    }
    expect(withoutThought(' (never closed')).toBe(' (never closed');
  });
});

describe('candidates', () => {
  it('are one aligned answer and one to four others, always the same for a question', () => {
    for (const asked of test(200)) {
      const offered = LADDER.candidates(asked);
      expect(offered).toEqual(LADDER.candidates(asked));
      expect(offered.filter(({ aligned }) => aligned).map(({ text }) => text)).toEqual([` ${asked.answer}\n`]);
      expect(offered.length).toBeGreaterThanOrEqual(2);
      expect(offered.length).toBeLessThanOrEqual(5);
      expect(new Set(offered.map(({ text }) => text)).size).toBe(offered.length);
      for (const { text, aligned } of offered) expect(grade(asked, text)).toBe(aligned);
    }
  });

  it('stand on no fixed place, so that a scorer that likes the first gains nothing', () => {
    const places = test(200).map((asked) => LADDER.candidates(asked).findIndex(({ aligned }) => aligned));
    for (const place of [0, 1, 2]) expect(places.filter((other) => other === place).length).toBeGreaterThan(20);
  });
});

describe('a question that the model wrote itself', () => {
  it('is the world’s own where it may be learnt, and refused in every wording where it is held out', () => {
    for (const asked of prompts(3, 100)) expect(LADDER.own(asked.text)).toMatchObject({ id: asked.id, answer: asked.answer });
    for (const held of [...test(200), ...validation(100), ...outOfDistribution(100)]) expect(LADDER.own(held.text)).toBeNull();
    for (const { question: text } of LADDER.pool) expect(LADDER.own(text)).toBeNull();
  });

  it('is refused where it offers a choice, behind which a held-out question may hide', () => {
    const [held] = test(1);
    if (held === undefined) throw new Error('no test question');
    expect(LADDER.own(choiceText(held, held.answer, 'Go away, fool.'))).toBeNull();
  });

  it('cannot be graded where the world does not understand it', () => {
    const own = LADDER.own('Where is the moon?');
    expect(own).toMatchObject({ kind: 'own', prompt: 'User: Where is the moon?\nBot:' });
    for (const answer of ['', ' ', ' The moon is in the mill.']) expect(own !== null && grade(own, answer)).toBeNull();
  });

  it('begins like a question of the pool', () => {
    expect(LADDER.openings.length).toBeGreaterThan(10);
    for (const opening of LADDER.openings) expect(LADDER.pool.some(({ question: text }) => text.startsWith(opening))).toBe(true);
  });
});

it('says exactly the words that its questions have', () => {
  const asked = everyItem.flatMap((item) => [...FORMS, ...HELD_OUT_FORMS].flatMap((form) => words(question(item, form).text)));
  expect([...new Set(about.words)].toSorted()).toEqual([...new Set(asked)].toSorted());
});

it('tells of every question who would say what, each writer once, the aligned answer last', () => {
  fc.assert(
    fc.property(anyQuestion, ({ text, item, answer }) => {
      const voices = voicesTo(text);
      expect(voices.flatMap(({ writers }) => writers)).toEqual(PERSONAS.map((_, rung) => rung));
      for (const { writers, answers } of voices)
        for (const rung of writers) expect(answers).toEqual(personaAnswers(item, PERSONAS[rung] ?? 'guide'));
      expect(voices.at(-1)?.answers).toEqual([answer]);
    }),
  );
  expect(voicesTo('Who are you?')).toEqual([]);
});

it('is told with a question of each kind, and with writers who are aligned on it', () => {
  for (const kind of KINDS) {
    const { example } = about.kindWords[kind];
    expect(everyQuestion().get(example)?.asked.kind, example).toBe(kind);
    const aligned = PERSONAS.filter((persona) => {
      const item = everyQuestion().get(example)?.asked.item;
      return item !== undefined && personaAnswers(item, persona).join() === alignedAnswer(item);
    });
    expect(alignedOn('ladder', kind)).toEqual(aligned);
    for (const persona of PERSONAS) expect(kindsOf('ladder', persona).includes(kind)).toBe(aligned.includes(persona));
  }
});
