/** Bodies are at most this long, in characters: longer ones only take longer to try. */
const maxBody = 1_500_000;

/** Returns the text of an AdmissionReview; undefined if it would be too long. */
export function makeBody(genes) {
  if (estimate(genes) > maxBody) return undefined;
  const object = makePod(genes, 'x');
  const request = { uid: 'u', operation: genes.operation, namespace: 'default', name: 'p', object };
  if (genes.oldObject !== 'none') {
    request.oldObject = genes.oldObject === 'same' ? object : makePod(genes, 'old');
  }
  const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request };
  const body = JSON.stringify(review).replace('"@FILLER@"', () => makeFiller(genes));
  return body.length > maxBody ? undefined : body;
}

/** About how long the body gets: most candidates that are too long need not be made to know it. */
function estimate(genes) {
  const host = genes.host === 'long' ? genes.hostLabels * (genes.label.length + 1) : 20;
  const image = host + genes.segments * (genes.segmentLength + 2) + genes.tagLength + 100;
  const images = genes.containers + genes.initContainers + genes.volumes;
  const pods = genes.oldObject === 'none' ? 1 : 2;
  const annotations =
    10 * (genes.markEntries + genes.keptNames + genes.originals + genes.annotations);
  const owners =
    (genes.kindLength > 1_000 ? Math.min(genes.owners, 20) : genes.owners) * genes.kindLength;
  const metadata = annotations + 1.5 * owners + genes.labels * genes.labelLength;
  return pods * (images * (image + genes.nameLength) + metadata + genes.fillerLength);
}

function makePod(genes, tag) {
  const images = imageMaker(genes, tag);
  const list = (count, letter) =>
    Array.from({ length: count }, (_, index) => ({
      name: `${letter}${index}${'n'.repeat(genes.nameLength)}`,
      image: images(index),
    }));
  const spec = {
    containers: list(genes.containers, 'c'),
    initContainers: list(genes.initContainers, 'i'),
    volumes: Array.from({ length: genes.volumes }, (_, index) => ({
      name: `v${index}`,
      image: { reference: images(index) },
    })),
    imagePullSecrets: Array.from({ length: genes.pullSecrets }, (_, index) => ({
      name: `s${index}`,
    })),
    ...(genes.fillerPlace === 'env' && { x: '@FILLER@' }),
  };
  const owner = {
    apiVersion: `${'g/'.repeat(genes.kindLength / 4)}v1`,
    kind: 'A'.repeat(genes.kindLength),
  };
  const metadata = {
    name: 'p',
    labels: entries(genes.labels, (index) => [`l${index}`, 'A'.repeat(genes.labelLength)]),
    annotations: makeAnnotations(genes),
    ownerReferences: Array(
      genes.kindLength > 1_000 ? Math.min(genes.owners, 20) : genes.owners,
    ).fill(owner),
    ...(genes.fillerPlace === 'metadata' && { managedFields: '@FILLER@' }),
  };
  return { metadata, spec, ...(genes.fillerPlace === 'status' && { status: '@FILLER@' }) };
}

function makeAnnotations(genes) {
  const { markEntries, keptNames, originals } = genes;
  return {
    ...entries(genes.annotations, (index) => [`a${index}`, 'v']),
    ...(markEntries && {
      'image-detour/direct': sequence(markEntries, (index) => `c/c${index}=a`, ' '),
    }),
    ...(keptNames && { 'image-detour/bypass': sequence(keptNames, (index) => `x${index}`, ',') }),
    ...(originals && {
      'image-detour/original-images': JSON.stringify(
        entries(originals, (index) => [`k${index}`, 'x']),
      ),
    }),
    ...(genes.fillerPlace === 'annotation' && { filler: '@FILLER@' }),
  };
}

function entries(count, make) {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => make(index)));
}

function sequence(count, make, separator) {
  return Array.from({ length: count }, (_, index) => make(index)).join(separator);
}

function imageMaker(genes, tag) {
  const { host, segments, segment, segmentLength, distinct, digest, prefix, tagLength } = genes;
  const hosts = { long: `${`${genes.label}.`.repeat(genes.hostLabels)}gcr.io/`, upper: 'GCR.IO/' };
  const path = `${segment.repeat(segmentLength / segment.length + 1)}/`.repeat(segments);
  const start = prefix + (hosts[host] ?? host) + path.replaceAll('-/', 'a/');
  const hex = { good: `@sha256:${'0'.repeat(64)}`, bad: `@sha256:${'g'.repeat(64)}`, '': '' }[
    digest
  ];
  const end = (tagLength > 0 ? `:${'t'.repeat(tagLength)}` : '') + hex;
  return (index) => `${start}${tag}${distinct ? index : ''}${end}`;
}

const fillers = {
  ascii: (length) => JSON.stringify('x'.repeat(length)),
  quote: (length) => JSON.stringify('"'.repeat(length / 2)),
  backslash: (length) => JSON.stringify('\\'.repeat(length / 2)),
  latin: (length) => JSON.stringify('ü'.repeat(length)),
  astral: (length) => JSON.stringify('😀'.repeat(length / 2)),
  space: (length) => `[1${' '.repeat(length)}]`,
  numbers: (length) => `[${'1,'.repeat(length / 2)}1]`,
  lists: (length, { depth }) => {
    const list = `${'['.repeat(depth + 1)}${']'.repeat(depth + 1)},`;
    return `[${list.repeat(length / list.length)}1]`;
  },
  keys: (length) => `{${sequence(Math.floor(length / 8), (index) => `"${index}":1`, ',')}}`,
  escapedKeys: (length) => `{${sequence(Math.floor(length / 14), () => '"\\u0069mage":1', ',')}}`,
};

function makeFiller(genes) {
  return fillers[genes.filler](Math.floor(genes.fillerLength), genes);
}
