/** Puts the ONNX files and ONNX Runtime's own files where the page of the benchmark finds them. Knows no browser. */
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onnxModel, transformersConfig } from './peers/onnx.ts';
import { parameterCount, SHAPES } from '../src/lab/measure/shapes.ts';
import { weightsOf } from '../src/lab/measure/weights.ts';

const RUNTIME = join(import.meta.dirname, 'peers/node_modules/onnxruntime-web/dist');
/** Larger decoders are left out: writing and loading their files would take longer than everything else. */
const LARGEST = 2e7;

/** Writes the decoders with these keys into the folder that is served; nothing where the runtime is not installed. */
export function writeModels(folder: string, keys: ReadonlySet<string>): void {
  if (!existsSync(RUNTIME)) return;
  const files = readdirSync(RUNTIME).filter((name) => /^ort-wasm-.*\.(mjs|wasm)$/.test(name));
  for (const name of files) cpSync(join(RUNTIME, name), join(folder, 'onnxruntime', name));
  for (const shape of SHAPES.filter((shape) => keys.has(shape.key) && parameterCount(shape) < LARGEST)) {
    const place = join(folder, 'models', shape.key.replace(' ', ''));
    mkdirSync(join(place, 'onnx'), { recursive: true });
    writeFileSync(join(place, 'config.json'), transformersConfig(shape));
    writeFileSync(join(place, 'generation_config.json'), '{}');
    writeFileSync(join(place, 'onnx/model.onnx'), onnxModel(shape, weightsOf(shape)));
  }
}
