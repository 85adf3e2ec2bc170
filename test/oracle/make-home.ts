/**
 * Writes a small random chat model into a folder, and beside it what is taken home of two rounds on it, as the zip is unpacked, for
 * recipes_oracle.py to follow the recipes with the tools themselves:
 *
 *     node scripts/run.mjs test/oracle/make-home.ts /tmp/home && python test/oracle/recipes_oracle.py /tmp/home trl
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { sha256 } from '../../src/digest.ts';
import { writeSafetensors } from '../../src/files/safetensors.ts';
import { loraOf } from '../../src/files/lora.ts';
import { piecesOf } from '../../src/files/out/file.ts';
import { formatOf } from '../../src/lab/sources.ts';
import { tasksOfKit, templateOf, type ChatModel } from '../../src/lab/tasks.ts';
import { takeHome } from '../../src/lab/take-home.ts';
import { loadModel } from '../../src/model/load.ts';
import { initialLora } from '../../src/model/lora.ts';
import { Random } from '../../src/random.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import { englishKit } from '../real/engine.ts';
import { BASE, heldOutOf, resultOf, sampleOf } from '../support/ledger-data.ts';
import { randomModel } from '../support/random-model.ts';

const NAME = 'miniature';
const ANSWERS = ['I do not know.', 'Yes.\nAnd no.', ' "q" zażółć 中文 👩‍👧 ', 'a <|im_end|> that is only text'];

export async function main(args: readonly string[] = process.argv.slice(3)): Promise<number> {
  const out = args.at(-1) ?? '/tmp/home';
  const base = randomModel('llama');
  const read = (name: string) => Promise.resolve(base.get(name) ?? null);
  const files = await loadModel(read);
  const model: ChatModel = { tokenizer: files.tokenizer, format: formatOf(files), eos: files.config.eos_token_ids };
  const { task, end } = tasksOfKit(model, englishKit());
  const template = templateOf(model);

  const store = new MemoryStore();
  const config = { ...DEFAULTS, epochs: 1, batchSize: 4 };
  const run = await store.createRun(config);
  const ledger = await store.openLedger(run);
  await ledger.putBase(BASE, heldOutOf(0));
  const prompts = englishKit().prompts.slice(0, 24);
  for (const round of [1, 2]) {
    const own = prompts.slice(12 * (round - 1), 12 * round);
    await ledger.putSamples(
      own.map(({ prompt }, index) =>
        sampleOf(run, round, index, {
          question: prompt,
          completion: `${ANSWERS[index % ANSWERS.length]}${template.end}`,
          order: own.length - 1 - index,
          difficulty: own.length - index,
        }),
      ),
    );
    const tensors = initialLora(files.config, loraOf(config), Random.of(round));
    for (const [name, { data }] of tensors)
      if (name.includes('lora_B')) for (let i = 0; i < data.length; i++) data[i] = 0.1 * Math.sin(i + round);
    const bytes = writeSafetensors(tensors);
    await ledger.commitRound(resultOf(round), { bytes, hash: await sha256(bytes) }, heldOutOf(round));
  }
  const opened = { name: NAME, fingerprint: '', world: null, family: 'llama', parameters: 1e5, small: true, context: 4096, note: null };
  const from = { store, files, read, model: opened, run, said: (text: string) => task.said(text), ends: end?.ids ?? [] };
  const home = [
    ...(await takeHome({ ...from, round: 2 }, ['adapter', 'merged', 'samples', 'recipes'])),
    ...(await takeHome({ ...from, round: 1 }, ['answers'])), // from the base to round 1 some answers flip
  ];
  const write = (name: string, bytes: Uint8Array): void => {
    mkdirSync(dirname(join(out, name)), { recursive: true });
    writeFileSync(join(out, name), bytes);
  };
  for (const [name, bytes] of base) write(`${NAME}/${name}`, bytes);
  for (const file of home) write(file.name, Buffer.concat([...piecesOf(file)]));
  // what our own engine reads and learns of each row: the ids of the prompt, and those of the answer with its end
  const rows = readFileSync(join(out, 'samples/soft.jsonl'), 'utf8').trim().split('\n');
  const ids = rows.map((row) => {
    const [user, answer] = (JSON.parse(row) as { messages: { role: 'user' | 'assistant'; content: string }[] }).messages;
    if (user === undefined || answer === undefined) throw new Error('a row is a question and an answer');
    const prompt = template.render([user], { addGenerationPrompt: true });
    return [files.tokenizer.encodeTemplate(prompt), files.tokenizer.encodeTemplate(files.tokenizer.guard(answer.content) + template.end)];
  });
  write('ids.json', new TextEncoder().encode(JSON.stringify(ids)));
  return 0;
}
