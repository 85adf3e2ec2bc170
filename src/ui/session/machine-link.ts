/**
 * A measured machine as text: the JSON that is pasted somewhere, and the link that carries it behind the #. What a link says is checked, since
 * anybody can write one. Knows no page and no worker.
 */
import { Fields } from '../../fields.ts';
import { CEILINGS, type EqualTokens, type Machine, type MachineRow, type Measure, RATES, UNITS } from '../../protocol/machine.ts';

/** Begins such a link. No = and no & in it, so that to the settings it is a place on the page. */
const MARK = '#machine:';
/** What the text says it is. */
const FORMAT = 'step-on-feet machine 1';
/** The longest text of a fact, and the most rows: more is not from here. */
const [LONGEST, MOST] = [120, 60];

/** The result as it is pasted, a row a line. */
export function machineJson(machine: Machine): string {
  const { rows, ...facts } = machine;
  const lines = rows.map((row) => `    ${JSON.stringify({ ...row, unit: UNITS[row.measure] }, rounded)}`);
  const head = JSON.stringify({ format: FORMAT, ...facts }, null, 2).replace(/\n\}$/, ',');
  return `${head}\n  "rows": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

/** Four digits are more than two measurements agree on. */
const rounded = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;

/** What stands behind the # of a link to the result. */
export function machineHash(machine: Machine): string {
  const bytes = new TextEncoder().encode(JSON.stringify({ format: FORMAT, ...machine }, rounded));
  const text = btoa(String.fromCharCode(...bytes));
  return `${MARK}${text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')}`;
}

/** What a link carries: a machine, or what in it cannot be read, as far as that is known; null where it is no such link. */
export function readMachineHash(hash: string): { readonly machine: Machine } | { readonly trouble: string } | null {
  if (!hash.startsWith(MARK)) return null;
  try {
    const text = atob(hash.slice(MARK.length).replaceAll('-', '+').replaceAll('_', '/'));
    const value: unknown = JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (letter) => letter.charCodeAt(0))));
    return { machine: machineOf(value) };
  } catch (error) {
    return { trouble: error instanceof Refusal ? error.message : '' };
  }
}

class Refusal extends Error {}

function machineOf(value: unknown): Machine {
  const fields = Fields.of(value, '', (detail) => {
    throw new Refusal(detail);
  });
  fields.only('format', FORMAT);
  const text = (name: string): string => fields.string(name).slice(0, LONGEST);
  const backend = fields.string('backend');
  const at = text('at');
  if (Number.isNaN(Date.parse(at))) fields.fail('at', 'must be a date');
  const items = fields.items('rows');
  if (items.length > MOST) fields.fail('rows', `must be ${MOST} at most`);
  return {
    name: text('name'),
    backend: backend === 'webgpu' || backend === 'wasm' ? backend : fields.fail('backend', 'must be webgpu or wasm'),
    device: text('device'),
    software: fields.boolean('software'),
    browser: text('browser'),
    cores: fields.whole('cores', { min: 1, max: 4096 }),
    isolated: fields.boolean('isolated'),
    commit: text('commit'),
    at,
    rows: items.map(rowOf),
    equal: equalOf(fields.optional('equal')),
  };
}

function equalOf(fields: Fields | null): EqualTokens | null {
  if (fields === null) return null;
  const of = fields.whole('of', { min: 1 });
  return { equal: fields.whole('equal', { max: of }), of };
}

const isMeasure = (name: string): name is Measure => [...CEILINGS, ...RATES].some((other) => other === name);

function rowOf(fields: Fields): MachineRow {
  const [measure, backend] = [fields.string('measure'), fields.string('backend')];
  return {
    measure: isMeasure(measure) ? measure : fields.fail('measure', 'is unknown here'),
    backend: backend === 'webgpu' || backend === 'wasm' ? backend : fields.fail('backend', 'must be webgpu or wasm'),
    threads: fields.whole('threads', { min: 1, max: 4096 }),
    parameters: fields.raw('parameters') === null ? null : fields.whole('parameters', { min: 1 }),
    value: positive(fields, 'value') ?? fields.fail('value', 'must be a number above 0'),
    share: positive(fields, 'share'),
  };
}

/** A number above nothing, or null. */
function positive(fields: Fields, name: string): number | null {
  const value = fields.raw(name);
  if (value === null || value === undefined) return null;
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : fields.fail(name, 'must be a number above 0');
}
