import { describe, expect, test } from 'vitest';
import type { Descriptor } from '../registry/descriptor.ts';
import { digestOf } from '../registry/digest.ts';
import { ociIndex, ociManifest } from '../registry/media-type.ts';
import { type Platforms, selectPlatforms } from './platforms.ts';

function descriptor(letter: string, more: Partial<Descriptor>): Descriptor {
  return { mediaType: ociManifest, digest: `sha256:${letter.repeat(64)}`, size: 5, ...more };
}

const amd64 = descriptor('a', { platform: { os: 'linux', architecture: 'amd64' } });
const armV7 = descriptor('b', { platform: { os: 'linux', architecture: 'arm', variant: 'v7' } });
const windows = descriptor('c', {
  platform: { os: 'windows', architecture: 'amd64', 'os.version': '10.0.1' },
});
const unnamed = descriptor('d', {});
const attestation = (of: Descriptor, letter: string) =>
  descriptor(letter, {
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: { 'vnd.docker.reference.digest': of.digest },
  });
const ofAmd64 = attestation(amd64, 'e');
const ofArm = attestation(armV7, 'f');
const manifests = [amd64, armV7, windows, ofAmd64, ofArm];

function select(platforms: Platforms, listed: readonly Descriptor[] = manifests) {
  const bytes = Buffer.from(
    JSON.stringify({ schemaVersion: 2, manifests: listed, annotations: { x: 'y' } }, null, 3),
  );
  const index = { mediaType: ociIndex, digest: digestOf(bytes), bytes };
  return { before: index, ...selectPlatforms(index, platforms) };
}

describe('an index', () => {
  test.each([['all' as const], [['linux/amd64', 'linux/arm', 'windows/amd64']]])(
    'keeps its bytes if all of it is wanted: %j',
    (platforms) => {
      const { before, index } = select(platforms);
      expect(index).toBe(before);
    },
  );

  test('becomes another one if less is wanted, with the attestations of what is kept', () => {
    const { before, index, manifests: kept } = select(['linux/amd64']);
    expect(kept).toEqual([amd64, ofAmd64]);
    expect(index.digest).not.toBe(before.digest);
    expect(index.digest).toBe(digestOf(index.bytes));
    expect(JSON.parse(index.bytes.toString())).toEqual({
      schemaVersion: 2,
      manifests: [amd64, ofAmd64],
      annotations: { x: 'y' },
    });
  });

  test('keeps every variant of an architecture, or the one that is named', () => {
    expect(select(['linux/arm']).manifests).toEqual([armV7, ofArm]);
    expect(select(['linux/arm/v7']).manifests).toEqual([armV7, ofArm]);
    expect(() => select(['linux/arm/v6'])).toThrow(/no linux\/arm\/v6: it has linux\/amd64/);
  });

  test('keeps what names no platform', () => {
    expect(select(['linux/amd64'], [amd64, unnamed, windows]).manifests).toEqual([amd64, unnamed]);
  });

  test('without any of them is an error that says what there is', () => {
    expect(() => select(['linux/s390x'])).toThrow(
      'there is no linux/s390x: it has linux/amd64, linux/arm/v7, windows/amd64; change sync.platforms',
    );
  });
});
