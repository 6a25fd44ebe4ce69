/** Describes the images that are copied. Sizes are in bytes. */

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/**
 * @typedef {{ seed: string, size: number }} Layer
 * @typedef {{ architecture: string, layers: Layer[], isAttestation?: boolean }} Variant
 * @typedef {{ repository: string, tag: string, format: 'docker' | 'oci', isIndex: boolean, variants: Variant[] }} Image
 */

/** Sizes of the layers that repositories have in common, in MiB, and who uses them. */
const bases = [60, 8, 30];
const runtimes = { 45: [0, 3, 6, 9, 12, 15], 20: [1, 2, 4, 7, 8, 10, 13, 14, 16] };

/**
 * Returns 61 tags in 21 repositories: 20 applications with 3 tags each, and an index of 5
 * platforms. Applications share base layers and runtimes; half of them are in Docker's format.
 * With a scale of 1 they have 1,013 MiB, and 1,956 MiB if each repository gets its own copies.
 *
 * @param {number} scale multiplies all sizes
 * @returns {Image[]}
 */
export function applications(scale) {
  const layer = (seed, mebibytes) => ({ seed, size: Math.ceil(mebibytes * scale * mebibyte) });
  const images = Array.from({ length: 60 }, (_, n) => {
    const application = Math.floor(n / 3);
    const base = application % bases.length;
    const runtime = Object.keys(runtimes).filter((size) => runtimes[size].includes(application));
    const layers = [
      layer(`base ${base}`, bases[base]),
      ...runtime.map((size) => layer(`runtime ${size}`, Number(size))),
      layer(`application ${application}`, 5 + (25 * application) / 19),
      layer(`tag ${n}`, 1 + (n % 8)),
    ];
    const tag = `1.${n % 3}`;
    return imageOf(`application-${application}`, tag, application, [
      { architecture: 'amd64', layers },
    ]);
  });
  const platforms = ['amd64', 'arm64', 'arm', 'ppc64le', 's390x'].map((architecture) => ({
    architecture,
    layers: [30, 12, 4, 1.6].map((size) => layer(`${architecture} ${size}`, size)),
  }));
  return [...images, { ...imageOf('platforms', '1.0', 1, platforms), isIndex: true }];
}

/**
 * Returns one index as BuildKit makes it: 2 platforms with an attestation each, 10 blobs.
 *
 * @returns {Image[]}
 */
export function smallIndex() {
  const variants = ['amd64', 'arm64'].flatMap((architecture) => [
    {
      architecture,
      layers: [64, 16].map((size) => ({
        seed: `${architecture} ${size}`,
        size: size * kibibyte,
      })),
    },
    {
      architecture: 'unknown',
      layers: [{ seed: `attestation ${architecture}`, size: 4 * kibibyte }],
      isAttestation: true,
    },
  ]);
  return [{ ...imageOf('small', '1.0', 1, variants), isIndex: true }];
}

/**
 * Returns many tags with a layer of 1 KiB each, in 20 repositories with a common layer of 16 KiB.
 *
 * @param {number} count
 * @returns {Image[]}
 */
export function smallTags(count) {
  return Array.from({ length: count }, (_, n) => {
    const repository = n % 20;
    const layers = [
      { seed: `repository ${repository}`, size: 16 * kibibyte },
      { seed: `small ${n}`, size: kibibyte },
    ];
    return imageOf(`tags-${repository}`, `1.${Math.floor(n / 20)}`, repository, [
      { architecture: 'amd64', layers },
    ]);
  });
}

/** @returns {Image} */
function imageOf(repository, tag, number, variants) {
  const format = number % 2 === 0 ? 'docker' : 'oci';
  return { repository, tag, format, isIndex: false, variants };
}
