import { wantedImages } from '../mirror/wanted.ts';
import type { RegistryClient } from '../registry/client.ts';
import { RegistryError } from '../registry/registry-error.ts';
import type { Repository } from '../registry/repository.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { Layout } from './layout.ts';
import type { Blob } from './layout-files.ts';

/** EarlierImages finds in the mirror what a layout leaves out, because an earlier one has it. */
export class EarlierImages {
  readonly #client: Pick<RegistryClient, 'hasBlob'>;
  readonly #layout: Layout;
  readonly #ruleSet: RuleSet;
  /** The repositories of the mirror that an image goes to, by its name. */
  readonly #destinations = new Map<string, readonly Repository[]>();

  constructor(client: Pick<RegistryClient, 'hasBlob'>, layout: Layout, ruleSet: RuleSet) {
    this.#client = client;
    this.#layout = layout;
    this.#ruleSet = ruleSet;
  }

  /**
   * Returns a repository in the registry of `to` that has a blob; undefined if the layout itself has
   * it, or knows nothing of it.
   *
   * @throws RegistryError that says what to import first, if the mirror lacks it
   */
  async placeOf(to: Repository, blob: Blob): Promise<Repository | undefined> {
    const earlier = await this.#layout.leftOut(blob);
    if (earlier === undefined) return undefined;
    const destinations = earlier.images.flatMap((image) => this.#destinationsOf(image));
    const places = [to, ...destinations.filter(({ registry }) => registry === to.registry)];
    // The tags of a repository share blobs: it is asked once.
    for (const place of new Map(places.map((one) => [one.name, one])).values())
      if (await this.#client.hasBlob(place, blob.digest)) return place;
    const { registry } = this.#layout;
    throw new RegistryError(
      `${registry} leaves out ${blob.digest}, which ${earlier.archive} has (in ${earlier.images[0] ?? 'an image'}), and the mirror lacks it: import ${earlier.archive} first`,
      { host: registry, code: 'BLOB_UNKNOWN' },
    );
  }

  #destinationsOf(image: string): readonly Repository[] {
    const known = this.#destinations.get(image);
    if (known !== undefined) return known;
    const listed = { image, isRepository: false, place: this.#layout.registry };
    const { wanted } = wantedImages([listed], this.#ruleSet);
    const destinations = wanted.map(({ destination }) => destination.repository);
    this.#destinations.set(image, destinations);
    return destinations;
  }
}
