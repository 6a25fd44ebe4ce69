import type { Finding } from '../mirror/finding.ts';
import { type Located, SharedRepositories, writtenReference } from '../mirror/located.ts';
import { stricterOf } from '../mirror/standing.ts';
import type { Wanted, Wishes } from '../mirror/wanted.ts';
import type { Layout } from './layout.ts';
import { inLayout } from './layout-address.ts';

/**
 * Returns the names that a layout should have for what the mirror should have: each listed image
 * once, by the name of its origin, however many places the rules give it.
 */
export function exportWishes({ wanted, findings, notes }: Wishes, layout: Layout): Wishes {
  const names = new Map<string, Wanted>();
  const own: Finding[] = [];
  const repositories = new SharedRepositories();
  for (const one of wanted) {
    if (one.isFixed) own.push(...one.sources.map((source) => ownImage(one, source)));
    else for (const source of one.sources) add(names, one, source, { layout, repositories });
  }
  return { wanted: [...names.values()], findings: [...findings, ...own], notes };
}

/** Exporting is what the names of one layout share. */
interface Exporting {
  readonly layout: Layout;
  readonly repositories: SharedRepositories;
}

function add(
  names: Map<string, Wanted>,
  one: Wanted,
  source: Wanted['sources'][number],
  { layout, repositories }: Exporting,
): void {
  const [origin] = source.origins;
  if (origin === undefined) return;
  const destination = placeIn(layout.registry, origin, repositories);
  const isWhole = destination.digest !== undefined;
  if (isWhole) layout.pin(destination.repository, writtenReference(destination));
  const key = `${destination.repository.name} ${writtenReference(destination)}`;
  const known = names.get(key);
  if (known === undefined) {
    const { strictest, rule } = one;
    names.set(key, { destination, sources: [source], strictest, rule, isFixed: false, isWhole });
    return;
  }
  const isKnown = known.sources.some((other) => other.origins[0]?.digest === origin.digest);
  names.set(key, {
    ...known,
    sources: isKnown ? known.sources : [...known.sources, source],
    strictest: stricterOf(destination.tag, known.strictest, one.strictest),
    isWhole: known.isWhole || isWhole,
  });
}

function ownImage({ rule }: Wanted, { listed }: Wanted['sources'][number]): Finding {
  const message = `the rule in line ${rule.line} gives it an image of your own, which sync never writes: carry that one in yourself`;
  return { code: 'own', image: listed.image, place: listed.place, message };
}

/** Returns what the mirror should have, to be read from a layout instead of its origins. */
export function importWishes({ wanted, ...remarks }: Wishes, layout: Layout): Wishes {
  const repositories = new SharedRepositories();
  const moved = wanted.map((one) => ({
    ...one,
    sources: one.sources.map((source) => ({
      ...source,
      origins: source.origins.map((origin) => placeIn(layout.registry, origin, repositories)),
    })),
  }));
  return { ...remarks, wanted: moved };
}

function placeIn(registry: string, located: Located, repositories: SharedRepositories): Located {
  const { repository, tag, digest } = located;
  return repositories.share({ repository: inLayout(registry, repository), tag, digest });
}
