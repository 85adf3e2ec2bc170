/** Every English sentence that the page says out of a table which stands below it: settings, methods, filters, measures, worlds, errors, controls. */
import { FILTERS } from '../../src/align/filters/list.ts';
import { COLUMN_WORDS } from '../../src/comparison/columns.ts';
import { PROBE_WORDS } from '../../src/comparison/probes.ts';
import { CONTROLS, LABELS } from '../../src/controls.ts';
import { ADVICE, type ErrorCode } from '../../src/errors.ts';
import { ARMS } from '../../src/run/arms.ts';
import { GROUPS, OPTION_NAMES, optionOf } from '../../src/run/config.ts';
import { PRESETS } from '../../src/run/presets.ts';
import { PART_TEXTS, UNKNOWN_BROWSER } from '../../src/protocol/machine.ts';
import { MEASURES } from '../../src/run/measures.ts';
import { verdictOf } from '../../src/run/verdicts.ts';
import { OWN_GRADE, OWN_WORDS, WORLD_GONE, worldText } from '../../src/run/worlds.ts';
import { adviceId } from '../../src/ui/language/failure.ts';
import type { KindWords } from '../../src/world/about.ts';
import { CATALOGUE } from '../../src/world/catalogue.ts';
import { WORLDS } from '../../src/world/list.ts';

const options = OPTION_NAMES.map(optionOf).flatMap((option) => [
  option.label,
  option.help,
  option.source,
  ...(option.type === 'choice' ? option.choices.flatMap(({ label, help }) => [label, help]) : []),
  ...(option.type === 'number' && option.zero !== undefined ? [option.zero] : []),
]);
const verdicts = ['kept', ...FILTERS.map(({ name }) => name), 'no such filter'].flatMap((name) => {
  const { label, reason } = verdictOf(name);
  return name === 'no such filter' ? [reason] : [label, reason];
});
const measures = MEASURES.flatMap(({ label, help, unit }) => [label, help, ...(typeof unit === 'string' ? [] : [unit.of])]);

/** Each once; nothing where a table has nothing to say. */
export const TABLES: readonly string[] = [
  ...new Set([
    ...Object.values(CONTROLS),
    ...Object.values(LABELS),
    ...(Object.keys(ADVICE) as ErrorCode[]).map(adviceId),
    ...GROUPS.map(({ heading }) => heading),
    ...options,
    ...verdicts,
    ...measures,
    ...CATALOGUE.flatMap((about) => [
      about.label,
      about.help,
      ...('writers' in about ? [...about.writers.names, ...Object.values(about.writers.words)] : []),
    ]),
    ...CATALOGUE.flatMap((about) => Object.values<KindWords>(about.kindWords).flatMap(({ words, text }) => [words, text])),
    ...WORLDS.flatMap(({ kinds }) => kinds),
    ...ARMS.map(({ name }) => name),
    ...PRESETS.flatMap(({ name, help, source }) => [name, help, source]),
    ...PROBE_WORDS,
    ...COLUMN_WORDS,
    ...PART_TEXTS,
    UNKNOWN_BROWSER,
    'own',
    'picked model',
    OWN_WORDS,
    OWN_GRADE,
    WORLD_GONE,
    worldText('no such world'),
  ]),
].filter((text) => text !== '');
