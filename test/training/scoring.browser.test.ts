/** Scoring on WebGPU in Chromium. */
import { openBackend } from '../../src/engine/backend.ts';
import { describeScoring } from '../support/scoring-suite.ts';

describeScoring('WebGPU', { open: () => openBackend('webgpu'), tolerance: 1e-4, runs: 10 });
