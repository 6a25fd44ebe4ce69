import { writeYaml } from '../manifest/write-yaml.ts';
import type { Rule, RuleSet } from '../rules/rule-set.ts';
import type { TargetOptions } from './contract/options.ts';
import { type Compiled, madeBy, notExpressible, type Target } from './contract/target.ts';
import { reportConnections } from './node/connections.ts';
import { once } from './node/mirrors.ts';
import { around, type PrefixMirror, prefixMirrors } from './node/mirrors-by-prefix.ts';

/** Writes the mirror sets of OpenShift. */
export const openshift: Target = {
  name: 'openshift',
  title: 'OpenShift 4.13 and newer: ImageDigestMirrorSet and ImageTagMirrorSet, for oc apply',
  abilities: {
    paths: 'yes',
    wildcards: 'partly', // *.host yes, * no
    keep: 'partly', // not within what another rule mirrors
    deny: 'no',
    library: 'yes',
    namespaces: 'no',
    bypass: 'partly', // where a registry that the rules name follows
  },
  takes: ['name', 'mirrorOnly'],
  compile: compileOpenshift,
};

interface Mirror {
  source: string;
  mirrors: string[];
  mirrorSourcePolicy?: 'NeverContactSource';
}

/**
 * Compiles to objects from which the Machine Config Operator writes registries.conf; it leaves out
 * entries without mirrors.
 */
function compileOpenshift(ruleSet: RuleSet, options: TargetOptions): Compiled {
  const { name } = options;
  const abilities = { keep: false, deny: false };
  const { prefixes, bypassed, diagnostics } = prefixMirrors(ruleSet, options, abilities);
  const mirrored = prefixes.filter(({ rule }) => rule.action === 'rewrite');
  const mirrors: Mirror[] = mirrored.map(({ prefix, mirrors, isBlocked }) => ({
    source: prefix,
    // Upper case is refused.
    mirrors: mirrors.map((mirror) => mirror.toLowerCase()),
    ...(isBlocked ? never : {}),
  }));
  for (const host of bypassed)
    mirrors.push({ source: ruleSet.bypass + host, mirrors: [host], ...never });
  const byPrefix = new Map(mirrored.map((each) => [each.prefix, each.rule]));
  const problems = prefixes.flatMap((each) => {
    const why = whyInexpressible(each, byPrefix);
    return why === undefined ? [] : [notExpressible(each.rule, `"${each.rule.from}": ${why}`)];
  });
  // Each kind is for one form of reference only.
  const objects = [
    object('ImageDigestMirrorSet', name, { imageDigestMirrors: mirrors }),
    object('ImageTagMirrorSet', name, { imageTagMirrors: mirrors }),
  ];
  const text = `# ${madeBy('openshift')}\n${writeYaml(objects)}`;
  return {
    documents: [{ path: 'openshift.yaml', text }],
    diagnostics: once([...diagnostics, ...problems, ...reportConnections(ruleSet, elsewhere)]),
  };
}

/** A mirror set has no words for them, and that object belongs to the cluster's administrators. */
const elsewhere = {
  plainHttp:
    'add it to registrySources.insecureRegistries of image.config.openshift.io/cluster instead',
  ca: 'add it to the ConfigMap that additionalTrustedCA of image.config.openshift.io/cluster names instead',
} as const;

const never = { mirrorSourcePolicy: 'NeverContactSource' } as const;

function object(kind: string, name: string, spec: object): object {
  return { apiVersion: 'config.openshift.io/v1', kind, metadata: { name }, spec };
}

function whyInexpressible(
  { prefix, rule }: PrefixMirror,
  mirrored: ReadonlyMap<string, Rule>,
): string | undefined {
  if (rule.action === 'deny')
    return 'the target cannot refuse images; blockedRegistries of image.config.openshift.io/cluster can';
  if (rule.action !== 'keep') return undefined;
  const whole = around(prefix).find((each) => mirrored.has(each));
  return whole && `the target cannot leave ${prefix} out of "${mirrored.get(whole)?.from}"`;
}
