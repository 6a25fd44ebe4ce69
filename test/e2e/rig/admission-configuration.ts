import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificate } from '../../rig/certificate.ts';

/**
 * Writes what makes an API server show a certificate to the webhook at `server` (host and port), as
 * webhook/README.md and docs/serve.md say, and returns the argument of kube-apiserver.
 */
export function admissionArgument(folder: string, server: string, client: Certificate): string {
  const kubeconfig = join(folder, 'webhook-kubeconfig.yaml');
  writeFileSync(
    kubeconfig,
    `apiVersion: v1
kind: Config
users:
  - name: ${server}
    user:
      client-certificate: ${client.certFile}
      client-key: ${client.keyFile}
`,
  );
  const file = join(folder, 'admission.yaml');
  writeFileSync(
    file,
    `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: MutatingAdmissionWebhook
    configuration:
      apiVersion: apiserver.config.k8s.io/v1
      kind: WebhookAdmissionConfiguration
      kubeConfigFile: ${kubeconfig}
`,
  );
  return `--admission-control-config-file=${file}`;
}
