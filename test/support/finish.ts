/** Does the work of a generator at once. */
export function finish<Found>(steps: Generator<undefined, Found>): Found {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
