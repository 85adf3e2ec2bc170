/** The figures of a visit as a table in Markdown, for the README. Knows how tokens are counted, and nothing of how they were made. */
import type { TrainingRow } from '../../src/contracts/language-model.ts';
import type { Phase } from '../../src/contracts/events.ts';
import type { Sample } from '../../src/contracts/records.ts';
import type { Real } from './engine.ts';
import type { Part, Seen, Visit } from './page.ts';

type About = {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly commit: string };
  readonly model: string;
  readonly minutes: number;
};

/** Seconds from the first report of a phase to its last. */
function secondsOf(events: readonly Seen[], phase: Phase, round: number): number {
  return span(events.flatMap(({ at, event }) => (event.type === 'progress' && event.phase === phase && event.round === round ? [at] : [])));
}

/** Seconds from the order of a round's answers to its last step. */
function secondsOfTraining(events: readonly Seen[], round: number): number {
  return span(
    events.flatMap(({ at, event }) => ((event.type === 'ordered' || event.type === 'step') && event.round === round ? [at] : [])),
  );
}

function span(times: readonly number[]): number {
  return times.length < 2 ? 0 : ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
}

export function figures(seen: Visit, real: Real, rows: readonly TrainingRow[], { machine, model, minutes }: About): string {
  const { tokenizer } = real.files;
  const length = (text: string): number => tokenizer.encodeTemplate(text).length;
  const read = rows.reduce((sum, { prompt, completion }) => sum + length(prompt) + length(completion), 0);
  const kept = seen.events
    .flatMap(({ event }) => (event.type === 'ordered' && event.round === 1 ? event.samples : []))
    .filter(({ order }) => order !== null);
  const config = seen.events.flatMap(({ event }) => (event.type === 'started' ? [event.config] : []))[0];
  const trained = kept.reduce((sum, sample) => sum + trainedTokens(sample, real), 0) * (config?.epochs ?? 0);
  const rate = (tokens: number, seconds: number): string => (seconds === 0 ? '–' : `${(tokens / seconds).toFixed(1)} tokens/s`);
  const second = seen.said[1];
  const gb = (bytes: number | null): string => (bytes === null ? '–' : `${(bytes / 1e9).toFixed(2)} GB`);
  const most = (...parts: readonly Part[]): string => gb(Math.max(...parts.map((part) => seen.peak[part] ?? 0)) || null);
  const time = (...parts: readonly Part[]): string => `${(parts.reduce((sum, part) => sum + seen.seconds[part], 0) / 60).toFixed(1)} min`;
  const plan = /([\d.]+ [kMG]B) of memory/.exec(seen.plan)?.[1] ?? seen.plan.split('\n').slice(0, 2).join(' ');
  const line = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(model, 'measured', 'time', 'peak memory'),
    line('---', '---', '---', '---'),
    line('open, twice', `${(seen.seconds.open / 2).toFixed(0)} s each`, time('open'), most('open')),
    line('plan and its measurement', plan, time('measure'), most('measure')),
    line(
      'scores of the base model',
      rate(read, secondsOf(seen.events, 'measure', 0)),
      `${(secondsOf(seen.events, 'measure', 0) / 60).toFixed(1)} min`,
      '',
    ),
    line(
      'fine-tuning in round 1',
      rate(trained, secondsOfTraining(seen.events, 1)),
      `${(secondsOfTraining(seen.events, 1) / 60).toFixed(1)} min`,
      '',
    ),
    line(
      'chat',
      second === undefined ? '–' : rate(length(second.text), second.seconds),
      time('chat', 'chatAfter'),
      most('chat', 'chatAfter'),
    ),
    line('run of two rounds, paused and resumed', `Pause heard after ${seen.pauseSeconds.toFixed(1)} s`, time('run'), most('run')),
    line('take home: adapter, merged model, data, recipes', `${seen.files.length} files`, time('takeHome'), most('takeHome')),
    '',
    `${machine.cpu}, ${machine.cores} cores, no GPU, Chromium ${seen.browser}, commit \`${machine.commit}\`, ${minutes.toFixed(0)} minutes with the comparisons. Memory is the resident high-water mark of the page's process, pages shared with other processes included.`,
  ].join('\n');
}

/** Tokens of a row of training: the user's turn and the answer. */
function trainedTokens({ question, completion }: Sample, { files, tasks, idsOf }: Real): number {
  return idsOf([{ role: 'user', content: question }], false).length + files.tokenizer.encode(tasks.task.said(completion)).length + 1;
}
