import { isDigest } from '../reference/grammar.ts';
import type { Descriptor, Manifest } from '../registry/descriptor.ts';
import { append } from '../rules/append.ts';
import { isMapping } from '../rules/is-mapping.ts';
import type { LayoutIndex } from './layout-index.ts';
import { leftOutType } from './left-out.ts';

/** Referrer is a manifest that refers to another one. */
interface Referrer {
  readonly subject: string;
  readonly descriptor: Descriptor;
}

/** Nameless is something in an index that is not a referrer and has no name with a registry. */
export interface Nameless {
  readonly descriptor: Descriptor;
  /** Why it cannot be read, if that is so. */
  readonly mistake: string | undefined;
}

/**
 * LayoutReferrers finds what refers to an image. As other programs write it, a referrer is in the
 * index without a name, and its manifest says to what it refers.
 */
export class LayoutReferrers {
  readonly #index: LayoutIndex;
  readonly #read: (descriptor: Descriptor) => Promise<Manifest>;
  /** By subject. */
  #known: Promise<Map<string, Map<string, Descriptor>>> | undefined;
  readonly #nameless: Nameless[] = [];

  constructor(index: LayoutIndex, read: (descriptor: Descriptor) => Promise<Manifest>) {
    this.#index = index;
    this.#read = read;
  }

  async of(subject: string): Promise<readonly Descriptor[]> {
    const known = await this.#load();
    return [...(known.get(subject)?.values() ?? [])];
  }

  /** Lists what has no name and refers to nothing, or cannot be read. */
  async nameless(): Promise<readonly Nameless[]> {
    await this.#load();
    return this.#nameless;
  }

  add({ subject, descriptor }: Referrer): void {
    this.#index.addOther(descriptor);
    this.#known = this.#known?.then((known) => remember(known, subject, descriptor));
  }

  #load(): Promise<Map<string, Map<string, Descriptor>>> {
    this.#known ??= this.#readAll();
    return this.#known;
  }

  async #readAll(): Promise<Map<string, Map<string, Descriptor>>> {
    const known = new Map<string, Map<string, Descriptor>>();
    const others = this.#index.others().filter(({ mediaType }) => mediaType !== leftOutType);
    const byDigest = new Map<string, Descriptor[]>();
    for (const descriptor of others) append(byDigest, descriptor.digest, descriptor);
    for (const entries of byDigest.values()) {
      const [descriptor] = entries as [Descriptor];
      // A damaged one must not keep the images from being read.
      const read = await this.#read(descriptor).catch((error: Error) => error.message);
      const mistake = typeof read === 'string' ? read : undefined;
      const referrer = typeof read === 'string' ? undefined : referrerOf(read);
      if (referrer === undefined)
        for (const entry of entries) this.#nameless.push({ descriptor: entry, mistake });
      else remember(known, referrer.subject, descriptor);
    }
    return known;
  }
}

function remember(
  known: Map<string, Map<string, Descriptor>>,
  subject: string,
  descriptor: Descriptor,
): typeof known {
  const ofSubject = known.get(subject) ?? new Map<string, Descriptor>();
  return known.set(subject, ofSubject.set(descriptor.digest, descriptor));
}

/**
 * Returns a manifest as the index lists it, if it has a subject:
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers.
 */
export function referrerOf({ mediaType, digest, bytes }: Manifest): Referrer | undefined {
  const parsed: unknown = JSON.parse(bytes.toString('utf8'));
  const { subject, config, artifactType, annotations } = isMapping(parsed) ? parsed : {};
  const referred = isMapping(subject) ? subject.digest : undefined;
  if (typeof referred !== 'string' || !isDigest(referred, 0)) return undefined;
  const type = artifactType ?? (isMapping(config) ? config.mediaType : undefined);
  const isAnnotated =
    isMapping(annotations) && Object.values(annotations).every((one) => typeof one === 'string');
  return {
    subject: referred,
    descriptor: {
      mediaType,
      digest,
      size: bytes.length,
      ...(typeof type === 'string' && { artifactType: type }),
      ...(isAnnotated && { annotations: withoutNames(annotations as Record<string, string>) }),
    },
  };
}

/** An annotation of a referrer must not give it the name of an image. */
function withoutNames(annotations: Readonly<Record<string, string>>): Record<string, string> {
  const names = ['org.opencontainers.image.ref.name', 'io.containerd.image.name'];
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !names.includes(key)));
}
