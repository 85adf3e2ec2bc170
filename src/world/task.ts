/**
 * The world as a task: the principles, the pool and the grading that the method and the measurements ask for, and nothing more.
 * Fits `Task` of src/evals/task.ts by its shape; imports neither evals nor align.
 */
import { grade } from './grading.ts';
import { PRINCIPLES } from './personas.ts';
import { turn, type Question } from './questions.ts';
import { POOL } from './splits.ts';

/** The miniature world's task. `aligned` takes the world's own questions, which carry their answers. */
export const MINIATURE = {
  principles: PRINCIPLES,
  pool: POOL.map((asked) => ({ id: asked.id, question: asked.text, answer: asked.answer, text: turn(asked, asked.answer) })),
  stop: '\n',
  aligned: (asked: Question, completion: string): boolean => grade(asked, completion),
};
