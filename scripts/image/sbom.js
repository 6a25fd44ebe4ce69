/**
 * Returns a bill of materials as CycloneDX 1.6 has it (https://cyclonedx.org/docs/1.6/json/), the
 * same for the same parts.
 */
export function billOfMaterials({ name, version, license }, { packages, parts, builtAt }) {
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: builtAt.toISOString(),
      component: {
        type: 'application',
        'bom-ref': 'image-detour',
        name,
        version,
        licenses: licences(license),
      },
    },
    components: [
      ...packages.map(npmComponent),
      ...parts.map((part) => partComponent[part.type](part)),
    ],
  };
}

function npmComponent({ name, version, license, licenseText }) {
  return component('library', { name, version, licenses: licences(license, licenseText) }, 'npm');
}

const partComponent = {
  node: ({ version }) => ({
    ...component('platform', { name: 'node', version }, 'generic'),
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:lts:*:*:*`,
  }),
  debian: ({ name, version, arch }) =>
    component('library', { name, version }, 'deb/debian', `?arch=${arch}&distro=debian-12`),
  base: ({ name }) => ({ type: 'container', 'bom-ref': name, name }),
};

/** The address is a package URL: https://github.com/package-url/purl-spec */
function component(type, { name, version, ...more }, kind, qualifiers = '') {
  const path = name.split('/').map(encodeURIComponent).join('/');
  const purl = `pkg:${kind}/${path}@${encodeURIComponent(version)}${qualifiers}`;
  return { type, 'bom-ref': purl, name, version, ...more, purl };
}

function licences(license, content) {
  if (/ (OR|AND|WITH) /.test(license)) return [{ expression: license }];
  const text = content === undefined ? {} : { text: { content } };
  return [{ license: { id: license, ...text } }];
}
