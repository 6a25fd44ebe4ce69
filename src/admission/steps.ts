/**
 * Steps is work that can be interrupted after each step, and has a result at its end. A review of
 * thousands of images would otherwise hold up all others for tens of milliseconds.
 */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** Runs all steps that are left, and returns the result. */
export function runSteps<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/**
 * The most that one step decides or formats, in characters of images and the like: about 1,000
 * images of usual length, which take one to three milliseconds. It is never a time: what a step
 * does must not depend on how busy a machine is.
 */
export const maxStep = 256 * 1024;
