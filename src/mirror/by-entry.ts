import { allTags, type Listed } from './listed.ts';

/** Remark is about the images of one entry of a list. */
export interface Remark<Code extends string> extends Pick<Listed, 'image' | 'place'> {
  readonly code: Code;
  readonly message: string;
}

/** RemarksByEntry collects remarks: one for each entry of a list, however many tags it has. */
export class RemarksByEntry<Code extends string> {
  readonly #remarks = new Map<string, Remark<Code>>();
  /** The images of each remark. */
  readonly #images = new Map<string, Set<string>>();

  add({ image, place }: Pick<Listed, 'image' | 'place'>, code: Code, message: string): void {
    const key = `${place} ${code} ${message}`;
    const images = this.#images.get(key) ?? new Set();
    this.#images.set(key, images.add(image));
    if (images.size === 1) this.#remarks.set(key, { code, image, place, message });
  }

  /** Returns them in the order in which they came first. Those about several tags count them. */
  all(): readonly Remark<Code>[] {
    return Array.from(this.#remarks, ([key, remark]) => {
      const count = this.#images.get(key)?.size ?? 1;
      if (count === 1) return remark;
      const repository = remark.image.slice(0, remark.image.lastIndexOf(':'));
      const message = `${remark.message} (${count} tags)`;
      return { ...remark, image: repository + allTags, message };
    });
  }
}
