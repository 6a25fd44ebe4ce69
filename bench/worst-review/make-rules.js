/** Returns a rules file as JSON text. */
export function makeRules(genes) {
  const filter = genes.namespaceFilters;
  const globs = Array(genes.globs).fill(`${'*d*e'.repeat(genes.globStars)}*x`);
  const namespaces = globs.length > 0 ? { exclude: globs } : undefined;
  const more = {
    library: genes.library,
    ...(namespaces && (filter === 'rules' || filter === 'both') && { namespaces }),
  };
  return JSON.stringify({
    version: 1,
    bypass: genes.bypass,
    exits: genes.exits,
    annotate: genes.annotate,
    warn: genes.warn,
    ...(genes.ruleSecrets > 0 && {
      registries: { 'm.example': { pullSecrets: secrets(genes.ruleSecrets) } },
    }),
    ...(namespaces && (filter === 'file' || filter === 'both') && { namespaces }),
    skip: {
      owners: Array(genes.skipOwners).fill('*A*A*A*B'),
      labels: Object.fromEntries(secrets(genes.skipLabels).map((name) => [name, '*A*A*A*B'])),
    },
    rules: [...wildcards(genes), ...named(genes), ...paths(genes), ...ends(genes)].map((rule) =>
      'to' in rule ? { ...rule, ...more } : rule,
    ),
  });
}

const secrets = (count) => Array.from({ length: count }, (_, index) => `l${index}`);

function wildcards({ wildcards: count, label, wildcardTo }) {
  const actions = {
    plain: (index) => ({ to: `m.example/w${index}` }),
    registry: (index) => ({ to: `m.example/w${index}/\${registry}` }),
    deny: () => ({ deny: 'no' }),
    keep: () => ({ keep: true }),
  };
  return Array.from({ length: count }, (_, index) => ({
    from: `*.${`${label}.`.repeat(index)}gcr.io${index % 2 ? '/none' : ''}`,
    ...actions[wildcardTo](index),
  }));
}

function named({ namedHosts }) {
  return Array.from({ length: namedHosts }, (_, index) => ({
    from: `h${index}.example`,
    to: `m.example/h${index}`,
  }));
}

function paths({ pathRules, segment, segmentLength }) {
  const part = segment.repeat(segmentLength / segment.length + 1);
  return Array.from({ length: pathRules }, (_, index) => ({
    from: `gcr.io/${Array(index + 1)
      .fill(part)
      .join('/')}`,
    to: `m.example/p${index}`,
  }));
}

/** Destinations that have ${registry} at each of so many places. */
function ends({ targetDepth, denyLength, deny, any }) {
  const targets = Array.from(
    { length: targetDepth },
    (_, index) => `${'a/'.repeat(index)}\${registry}/${'a/'.repeat(targetDepth - index)}`,
  );
  return [
    ...targets.map((path, index) => ({ from: `*.t${index}.example`, to: `m.example/${path}end` })),
    { from: 'docker.io', to: 'm.example/hub' },
    ...(deny ? [{ from: 'evil.example', deny: `no ${'x'.repeat(denyLength)}` }] : []),
    ...(any ? [{ from: '*', to: 'm.example/any/${registry}' }] : []),
  ];
}
