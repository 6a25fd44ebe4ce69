import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const fixture = new URL(
  '../../test/fixtures/admission-reviews/001-v1-CREATE-pods.json',
  import.meta.url,
);
const mirror = '048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn';

/** Images as Pods write them, and what the embedded default rules make of each. */
const images = [
  ['k8s.gcr.io/coredns:1.3.1', `${mirror}/gcr/google_containers/coredns:1.3.1`],
  ['nginx:1.27', `${mirror}/dockerhub/nginx:1.27`],
  ['quay.io/prometheus/prometheus:v2.53.0', `${mirror}/quay/prometheus/prometheus:v2.53.0`],
  ['gcr.io/distroless/static:nonroot', `${mirror}/gcr/distroless/static:nonroot`],
];

const containers = 12;
const initContainers = 4;
const variables = 40;

/**
 * Creates the two reviews that are sent: a captured one, and one of a Pod as big as service meshes
 * and operators make them. Each has the text, the file that h2load sends, and the images expected.
 */
export function createBodies(folder) {
  const { review } = JSON.parse(readFileSync(fixture, 'utf8'));
  return {
    small: writeBody(folder, 'small', review),
    big: writeBody(folder, 'big', enlarge(review)),
  };
}

function writeBody(folder, name, review) {
  const text = `${JSON.stringify(review)}\n`; // kube-apiserver ends its body so
  const file = join(folder, `${name}.json`);
  writeFileSync(file, text);
  return {
    name,
    file,
    text,
    uid: review.request.uid,
    expectedImages: expectImages(review.request.object.spec),
  };
}

function enlarge(review) {
  const copy = structuredClone(review);
  const { spec } = copy.request.object;
  const [model] = spec.containers;
  spec.containers = createContainers(model, 'container', containers);
  spec.initContainers = createContainers(model, 'init', initContainers);
  return copy;
}

function createContainers(model, prefix, count) {
  return Array.from({ length: count }, (_, index) => ({
    ...model,
    name: `${prefix}-${index}`,
    image: images[index % images.length][0],
    env: createEnvironment(),
  }));
}

function createEnvironment() {
  return Array.from({ length: variables }, (_, index) => ({
    name: `VARIABLE_${index}`,
    value: `some-long-value-${index}`,
  }));
}

/** The patch that must come back, by JSON Pointer. */
function expectImages(spec) {
  const mirrored = new Map(images.map(([from, to]) => [from, to]));
  const expected = new Map();
  for (const list of ['containers', 'initContainers']) {
    for (const [index, container] of (spec[list] ?? []).entries()) {
      expected.set(`/spec/${list}/${index}/image`, mirrored.get(container.image));
    }
  }
  return expected;
}
