const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

const everything = {
  image: { digest: `sha256:${'0'.repeat(64)}`, pullSecrets: ['registry'] },
  rules: { content: { version: 1, rules: [{ from: 'docker.io', to: 'mirror.example/hub' }] } },
  webhook: {
    name: 'zz-image-detour',
    labels: { team: 'platform' },
    annotations: { 'admissions.enforcer/disabled': 'true' },
    failurePolicy: 'Fail',
    excludedNamespaces: ['mirror'],
    includeKubeSystem: true,
    namespaceSelector: { matchLabels: { detour: 'on' } },
    objectSelector: { matchExpressions: [{ key: 'batch', operator: 'DoesNotExist' }] },
  },
  events: true,
  namespaceRules: true,
  ecrPullSecret: { name: 'ecr', namespaces: ['team-a', 'team-b'] },
  serviceAccount: {
    annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws-cn:iam::1:role/detour' },
  },
  tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' }],
  affinity: { podAntiAffinity: {} },
  podAnnotations: { team: 'platform' },
  extraArgs: ['--log-level=debug'],
  extraEnv: [{ name: 'AWS_REGION', value: 'cn-northwest-1' }],
  autoscaling: { enabled: true },
  sync: {
    enabled: true,
    timeZone: 'Asia/Shanghai',
    shards: 3,
    lists: { 'images.txt': 'nginx:1.27\n', 'more.txt': 'redis:7\n' },
    registrySecret: 'logins',
    serviceAccount: {
      annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws-cn:iam::1:role/sync' },
    },
    pushGateway: 'http://pushgateway.monitoring:9091',
    extraArgs: ['--max-rate', '20MiB'],
    extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://proxy.example.com:3128' }],
  },
  networkPolicy: {
    webhookFrom: [{ ipBlock: { cidr: '10.0.0.11/32' } }],
    metricsFrom: [{ namespaceSelector: { matchLabels: { name: 'prometheus' } } }],
  },
  monitoring: {
    labels: { release: 'prometheus' },
    serviceMonitor: true,
    podMonitor: true,
    alerts: true,
    dashboard: true,
  },
} as const;

/** Lists the ways in which the chart is installed. */
export const variants: Readonly<Record<string, object>> = {
  'default values': {},
  'all options': everything,
  'a certificate of cert-manager, by a CA of the chart': { certificate: { mode: 'certManager' } },
  'a certificate of cert-manager, by an issuer': {
    certificate: { mode: 'certManager', issuerRef: { name: 'company', kind: 'ClusterIssuer' } },
  },
  'a brought certificate': {
    certificate: { mode: 'existing', secretName: 'webhook-tls', caBundle: certificate },
  },
  'rules that close all exits': {
    rules: { content: 'version: 1\nexits: none\nrules: []\n' },
    networkPolicy: { metricsFrom: [] },
    serviceAccount: { admissionPolicy: false },
  },
  'a mirror that is filled': { sync: { enabled: true } },
  'the network of the node': { hostNetwork: true },
  'one replica': { replicas: 1, networkPolicy: { enabled: false } },
};
