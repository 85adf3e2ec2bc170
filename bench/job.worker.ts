/** Runs one job away from the page's thread. */
import { expose } from 'comlink';
import { runJob, type JobWorker } from './job.ts';
import { wallClock } from '../src/lab/measure/clock.ts';

expose({ run: (job, emit) => runJob(job, wallClock, emit) } satisfies JobWorker);
