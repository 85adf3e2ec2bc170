/** Facts of every run's recipe that no setting says. */

/** Share of a round's steps with a rising learning rate (chosen on validation seeds, see LOG.md). */
export const WARMUP = 0.1;
