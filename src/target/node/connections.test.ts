import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { caCertificate } from '../../../test/support/ca-certificate.ts';
import { loadRules } from '../../rules/load.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { bottlerocket } from '../bottlerocket.ts';
import { buildkit } from '../buildkit.ts';
import { containerd } from '../containerd.ts';
import { defaultSettings, type TargetOptions } from '../contract/options.ts';
import type { Target } from '../contract/target.ts';
import { docker } from '../docker.ts';
import { eks } from '../eks.ts';
import { k3s } from '../k3s.ts';
import { nerdctl } from '../nerdctl.ts';
import { openshift } from '../openshift.ts';
import { registriesConf } from '../registries-conf.ts';
import { talos } from '../talos.ts';

/* That programs pull with it is tested with them: test/target/connections.test.ts. */

const lab = 'lab.example:5000';
const corp = 'corp.example';
const registries = { [lab]: { plainHttp: true }, [corp]: { ca: caCertificate } };
const hub = { from: 'docker.io', to: lab, library: 'always' };
const quay = { from: 'quay.io', to: `${corp}/quay` };
const any = { from: '*', to: 'm.example/all' };

function compile(target: Target, rules: object[], more: Partial<TargetOptions> = {}) {
  const file = { version: 1, bypass: false, registries, rules };
  const { ruleSet } = loadRules(JSON.stringify(file, null, 1));
  const compiled = target.compile(ruleSet as RuleSet, { ...defaultSettings, ...more });
  return {
    files: new Map(compiled.documents.map(({ path, text }) => [path, text])),
    reported: compiled.diagnostics.map(({ message }) => message),
  };
}

test.each([containerd, nerdctl, registriesConf, k3s, buildkit, docker])(
  '$name has the CA in a file of its own, which says who wrote it',
  (target) => {
    const { files } = compile(target, [hub]);
    const text = files.get(`certs.d/${corp}/ca.crt`);
    expect(text?.replace(/^# From the rules file by `detour compile \w+`\.\n/, '')).toBe(
      caCertificate,
    );
  },
);

test('the user data of eks writes that file too', () => {
  const [text = ''] = compile(eks, [hub]).files.values();
  expect(text).toContain(`cat >'/etc/containerd/certs.d/${corp}/ca.crt' <<'EOF'\n`);
  expect(text).toContain(`${caCertificate}EOF\n`);
});

describe('containerd', () => {
  const hostsOf = (rules: object[], host: string, more: Partial<TargetOptions> = {}) =>
    compile(containerd, rules, more).files.get(`certs.d/${host}/hosts.toml`);

  test('asks a mirror by HTTP, and trusts the CA of another', () => {
    expect(hostsOf([hub, quay], 'docker.io')).toContain('[host."http://lab.example:5000/v2"]');
    expect(hostsOf([hub, quay], 'quay.io')).toContain(
      `  override_path = true\n  ca = "../${corp}/ca.crt"\n`,
    );
  });

  test('asks the registries themselves in the same way, after their mirrors', () => {
    const text = hostsOf([{ from: lab, to: 'm.example' }], 'lab.example_5000_') ?? '';
    expect(text).toContain('server = "http://lab.example:5000/v2"');
    expect(text.match(/^\[host.*$/gm)).toEqual([
      '[host."https://m.example/v2"]',
      '[host."http://lab.example:5000/v2"]',
    ]);
  });

  test('asks them as every other registry: with a folder of their own, _default is not read', () => {
    const text = hostsOf([any], corp) ?? '';
    expect(text.match(/^\[host.*$/gm)).toEqual([
      '[host."https://m.example/v2/all"]',
      `[host."https://${corp}/v2"]`,
    ]);
    expect(hostsOf([{ from: '*', deny: 'no' }], corp)).toContain('denied.invalid');
  });

  test('does not ask the registry itself with mirror only', () => {
    const rules = [{ from: lab, to: 'm.example' }];
    const text = hostsOf(rules, 'lab.example_5000_', { mirrorOnly: true });
    expect(text).not.toContain('http://');
  });

  test('says nothing of registries that are not in the file', () => {
    expect(hostsOf([{ from: 'gcr.io', to: 'm.example' }], 'gcr.io')).not.toContain('server');
  });
});

describe('registries', () => {
  const tablesOf = (rules: object[]) => {
    const text = compile(registriesConf, rules).files.get('registries.conf.d/50-image-detour.conf');
    return (text ?? '').split('\n\n').map((table) => table.replaceAll('\n', ' ').trim());
  };

  test('mirrors, registries and the paths of registries without TLS are insecure', () => {
    const tables = tablesOf([
      { from: 'quay.io', to: `${lab}/q` },
      { from: `${lab}/a`, to: corp },
    ]);
    expect(tables).toContain(
      `[[registry]] prefix = "quay.io" location = "quay.io" [[registry.mirror]] location = "${lab}/q" insecure = true`,
    );
    expect(tables).toContain(
      `[[registry]] prefix = "${lab}/a" location = "${lab}/a" insecure = true [[registry.mirror]] location = "${corp}"`,
    );
    expect(tables).toContain(`[[registry]] prefix = "${lab}" location = "${lab}" insecure = true`);
  });

  test('a table of its own has what the rule for the domain says', () => {
    const file = `version: 1\nbypass: false\nregistries: {a.example: {plainHttp: true}, "b.example:80": {plainHttp: true}}\nrules: [{from: "*.example", to: m.test}]`;
    const { documents } = registriesConf.compile(
      loadRules(file).ruleSet as RuleSet,
      defaultSettings,
    );
    const text = documents[0]?.text;
    expect(text).toContain(
      'location = "a.example"\ninsecure = true\n[[registry.mirror]]\nlocation = "m.test"\n',
    );
    // The rule is not for hosts with a port.
    expect(text).toMatch(/location = "b\.example:80"\ninsecure = true\n$/);
  });
});

test('k3s has a scheme in endpoints, and the CA in configs', () => {
  const { files } = compile(k3s, [hub, quay]);
  const [document] = parseAllDocuments(files.get('registries.yaml') ?? '');
  expect(document?.toJS()).toMatchObject({
    mirrors: {
      'docker.io': { endpoint: [`http://${lab}/v2`] },
      [lab]: { endpoint: [`http://${lab}/v2`] },
    },
    configs: { [corp]: { tls: { ca_file: `/etc/rancher/k3s/certs.d/${corp}/ca.crt` } } },
  });
});

test('k3s reports a registry that it cannot ask by HTTP, because it rewrites paths for the mirror', () => {
  const rules = [
    { from: lab, to: 'm.example' },
    { from: `${lab}/a`, to: 'm.example/b' },
  ];
  expect(compile(k3s, rules).reported).toEqual([
    `plainHttp of "${lab}": k3s rewrites paths for its mirror, so it can ask the registry itself by HTTPS only`,
  ]);
});

test('talos has a scheme in endpoints, and RegistryTLSConfig', () => {
  const text = compile(talos, [hub, quay]).files.get('talos.yaml') ?? '';
  const objects = parseAllDocuments(text).map((document) => document.toJS());
  expect(objects).toContainEqual(
    expect.objectContaining({
      kind: 'RegistryMirrorConfig',
      name: lab,
      endpoints: [{ url: `http://${lab}/v2`, overridePath: true }],
    }),
  );
  expect(objects).toContainEqual({
    apiVersion: 'v1alpha1',
    kind: 'RegistryTLSConfig',
    name: corp,
    ca: caCertificate,
  });
});

test('bottlerocket has a scheme in endpoints, and the CA among those of the node', () => {
  const text = compile(bottlerocket, [hub]).files.get('bottlerocket.toml');
  expect(text).toContain(`registry = "docker.io"\nendpoint = ["http://${lab}/v2"]`);
  expect(text).toContain(`registry = "${lab}"\nendpoint = ["http://${lab}/v2"]`);
  expect(text).toContain(
    `# ${corp}\n[settings.pki.image-detour-1]\ndata = "${btoa(caCertificate)}"\ntrusted = true\n`,
  );
});

test('buildkit has http and ca by registry', () => {
  const text = compile(buildkit, [quay]).files.get('buildkitd.toml');
  expect(text).toContain(`[registry."${lab}"]\n  http = true\n`);
  expect(text).toContain(`[registry."${corp}"]\n  ca = ["/etc/buildkit/certs.d/${corp}/ca.crt"]\n`);
});

test('docker has insecure-registries, and a scheme in its mirrors', () => {
  expect(JSON.parse(compile(docker, [hub]).files.get('daemon.json') ?? '')).toEqual({
    'registry-mirrors': [`http://${lab}`],
    'insecure-registries': [lab],
  });
});

test('openshift reports them, where they are: an object of the cluster has them', () => {
  const file = { version: 1, bypass: false, registries, rules: [quay] };
  const { ruleSet } = loadRules(JSON.stringify(file, null, 1));
  const { diagnostics } = openshift.compile(ruleSet as RuleSet, defaultSettings);
  const reported = diagnostics.filter(({ severity }) => severity === 'warning');
  expect(reported.map(({ line, message }) => [line, message])).toEqual([
    [6, expect.stringMatching(`^plainHttp of "${lab}": .*insecureRegistries .* instead$`)],
    [9, expect.stringMatching(`^ca of "${corp}": .* additionalTrustedCA .* instead$`)],
  ]);
});
