/**
 * Writes deploy/install.yaml: the chart with its default values, for kubectl apply. With --print it
 * goes to standard output instead. Takes helm from $HELM, else from the PATH;
 * test/deploy/build-tools.sh builds one.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const name = 'image-detour';

/** What it is made for: older ones lack ValidatingAdmissionPolicy. */
const kubernetes = '1.30';

const head = `# image-detour ${version()}: kubectl apply -f install.yaml
# Made by scripts/build-install.js from deploy/chart with its default values. Put your image in place of image-detour:${version()} first.
# For Kubernetes ${kubernetes} and newer. On 1.28 and 1.29 kubectl reports that there is no ValidatingAdmissionPolicy, and installs the rest.
apiVersion: v1
kind: Namespace
metadata:
  name: ${name}
  labels:
    app.kubernetes.io/name: ${name}
    # No webhook of image-detour gets the Pods of this namespace, so that two with failurePolicy Fail do not wait for each other.
    image-detour: disabled
    pod-security.kubernetes.io/enforce: restricted
    pod-security.kubernetes.io/audit: restricted
    pod-security.kubernetes.io/warn: restricted
`;

if (process.argv[2] === '--print') process.stdout.write(head + objects());
else writeFileSync(`${root}deploy/install.yaml`, head + objects());

function objects() {
  const release = [name, 'deploy/chart', '--namespace', name, '--kube-version', kubernetes];
  // kubectl would not run hooks before the rest, but create them with it.
  const manifest = helm('template', ...release, '--skip-tests', '--set', 'rules.check=false');
  return (
    manifest
      .replace(/^# Source: .*\n/gm, '')
      // Here it is kubectl.
      .replace(/^ *(app\.kubernetes\.io\/managed-by|helm\.sh\/chart): .*\n/gm, '')
      .replace(/\n+(?=---\n|$)/g, '\n')
      // A kustomization can choose another namespace, but does not change names in expressions and
      // in roles. A Role gives a right to namespaces for its own only.
      .replace(
        `username == 'system:serviceaccount:${name}:${name}'`,
        () => `username.matches('^system:serviceaccount:[^:]+:${name}$')`,
      )
      .replace(
        `resources: [namespaces]\n    resourceNames: [${name}]\n`,
        'resources: [namespaces]\n',
      )
  );
}

function version() {
  return /^version: (.*)$/m.exec(helm('show', 'chart', 'deploy/chart'))?.[1];
}

function helm(...args) {
  const { HELM = 'helm' } = process.env;
  return execFileSync(HELM, args, { cwd: root, encoding: 'utf8' });
}
