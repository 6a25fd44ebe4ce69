/** Times are what one thing took in each of the pages, in milliseconds. */
export class Times {
  #what;
  #slowdown;
  #byPage = new Map();

  constructor(what, slowdown) {
    this.#what = what;
    this.#slowdown = slowdown;
  }

  add(page, times) {
    this.#byPage.set(page, [...(this.#byPage.get(page) ?? []), ...times]);
  }

  print() {
    const slowed = this.#slowdown > 1 ? `, processor slowed ${this.#slowdown} times` : '';
    for (const [page, times] of this.#byPage) {
      const sorted = times.toSorted((a, b) => a - b);
      const at = (part) => sorted[Math.floor((sorted.length - 1) * part)].toFixed(1);
      console.log(
        `${page}${slowed}: ${this.#what}: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, of ${times.length}`,
      );
    }
  }
}
