import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { buildWebhookConfiguration } from '../src/admission/webhook-configuration.ts';

/** The gateway that the project which image-detour began with hosts. */
const hostedUrl = 'https://cnn2vome4a.execute-api.cn-northwest-1.amazonaws.com.cn/call';

const warning = `# Sends the images of new Pods to the public mirror, by a webhook that somebody else hosts. Before you apply this, know what
# it means: that endpoint is sent every Pod created in this cluster, environment and all, except in kube-system and
# image-detour, and it may answer with any change to it. It may also go away; Pods are then admitted as written. For anything
# but a trial run your own: \`detour webhook --url\` or \`--service\` prints this file for it.
#
#   apply:  kubectl apply -f FILE
#   check:  kubectl run test --image=k8s.gcr.io/coredns:1.3.1 --restart=Never
#           kubectl get pod test -o jsonpath='{.spec.containers[0].image}'
#   remove: kubectl delete -f FILE
`;

const forNewClusters = `#
# For Kubernetes 1.28 and newer. For older ones see README.md in the same folder: kubectl refuses fields that their API server does not know.
`;

const forOldClusters = `#
# For Kubernetes 1.9 to 1.15. Before 1.15 apply it with --validate=false: the API server drops the fields that it does not know.
# Before 1.14, add the CA of the endpoint as clientConfig.caBundle. Before 1.21 namespaces do not carry their name as a label;
# for these to be left out, label them first:
#   kubectl label namespace kube-system kubernetes.io/metadata.name=kube-system
#   kubectl label namespace image-detour kubernetes.io/metadata.name=image-detour
`;

test.each([
  ['mutating-webhook.yaml', 36, forNewClusters],
  ['mutating-webhook-v1beta1.yaml', 15, forOldClusters],
])(
  'webhook/%s is what the code makes (npm test -- --update writes it anew)',
  async (file, kubernetes, more) => {
    const configuration = buildWebhookConfiguration({
      name: 'image-detour',
      address: { url: hostedUrl },
      caBundle: undefined,
      kubernetes,
      failurePolicy: 'Ignore',
      timeoutSeconds: 3,
      excludedNamespaces: ['kube-system', 'image-detour'],
    });
    const yaml = stringify(configuration, { lineWidth: 0, aliasDuplicateObjects: false });
    const text = (warning + more).replaceAll('FILE', file) + yaml;
    await expect(text).toMatchFileSnapshot(`../webhook/${file}`);
  },
);
