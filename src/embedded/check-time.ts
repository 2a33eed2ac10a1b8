/**
 * Called while documents are read, or before so many keys are that the clock is not looked at for a while. Throws code 50 when
 * the time is over, and what sends the command elsewhere where it may not take long.
 */
export type CheckTime = (keys?: number) => void;

/** More keys than may be counted where others wait. */
export const manyKeys = 10_000;
