import { hasChangedDigest, willChangeDigest } from '../../../mirror/changed-digest.ts';
import type { ExpandedRepository } from '../../../mirror/expand.ts';
import type { Finding, Note } from '../../../mirror/finding.ts';
import { formatLocated, formatRepository, writtenReference } from '../../../mirror/located.ts';
import type { MirrorEvent } from '../../../mirror/mirror-event.ts';
import type { Outcome } from '../../../mirror/outcome.ts';
import type { PlannedImage } from '../../../mirror/plan.ts';
import type { Platforms } from '../../../mirror/platforms.ts';

/*
 * What `--json` and `--report` print: names as users write them, sizes in bytes, times in
 * milliseconds.
 */

/** Returns the record of an image in a plan. */
export function planRecord(planned: PlannedImage, platforms: Platforms): object {
  const { action, why, sourceDigest, mirrorDigest, copyDigest, message } = planned;
  const changesDigest = willChangeDigest(planned, platforms) ?? 'possibly';
  return {
    action,
    why,
    ...names(planned),
    sourceDigest,
    mirrorDigest,
    ...(changesDigest !== false && { changesDigest, copyDigest }),
    message,
  };
}

/** Returns the record of a repository whose tags were chosen, with all tags that were left out. */
export function repositoryRecord(repository: ExpandedRepository): object {
  const { image, place, tags, chosen, steps } = repository;
  return { repository: image, place, tags, chosen, steps };
}

/** Returns the record of what became of an image. */
export function outcomeRecord(outcome: Outcome): object {
  const { planned, status, digest, originDigest, uploaded, mounted, referrers } = outcome;
  const { milliseconds, message, warnings } = outcome;
  return {
    status,
    why: planned.why,
    ...names(planned),
    digest,
    originDigest,
    ...(hasChangedDigest(outcome) && { changesDigest: true }),
    uploaded,
    mounted,
    referrers,
    milliseconds,
    message,
    ...(warnings.length > 0 && { warnings }),
  };
}

/** Returns the record of a finding. */
export function findingRecord({ code, image, place, message }: Finding): object {
  return { code, image, place, message };
}

/** Returns the record of a note. */
export function noteRecord({ image, place, message }: Note): object {
  return { note: message, image, place };
}

/** Returns the record of an event; undefined for those that are only for a display. */
export function eventRecord(event: MirrorEvent): object | undefined {
  switch (event.type) {
    case 'started':
      return { event: 'started', ...names(event.planned) };
    case 'sized':
      return undefined;
    case 'blob': {
      const { planned, digest, bytes, way } = event;
      const repository = formatRepository(planned.destination.repository);
      return { event: 'blob', repository, digest, bytes, way };
    }
    case 'bytes':
      return undefined;
    case 'finished':
      return { event: 'finished', ...outcomeRecord(event.outcome) };
  }
}

function names({ listed, destination, origins }: PlannedImage): object {
  const [origin] = origins;
  return {
    listed: listed.map(({ image, place }) => ({ image, place })),
    origin: origin && formatLocated(origin),
    destination: formatLocated(destination),
    written: writtenReference(destination),
  };
}
