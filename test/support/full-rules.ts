import { caCertificate } from './ca-certificate.ts';

/** Holds a rules file with everything that one can say. */
export const fullRules = `version: 1
mirror: mirror.example:5000
bypass: direct.to
registries:
  \${mirror}:
    plainHttp: true
    pullSecrets: [mirror]
  other.example:
    ca: "${caCertificate.replaceAll('\n', '\\n')}"
  quay.io/team:
    pullSecrets: []
    chunk: 16MiB
  123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn:
    ecr: { create: true, immutable: false, scan: true, encryption: AES256, policy: none }
namespaces: { exclude: [kube-system] }
skip: { owners: [Cluster] }
namespaceRules: { to: [mirror.example:5000/teams] }
rules:
  - from: docker.io
    to: \${mirror}/hub
    library: never
  - from: docker.io/bitnami
    to: \${mirror}/bitnami
  - from: docker.io/nginx
    to: other.example/nginx
  - from: quay.io
    to: \${mirror}/quay
  - from: quay.io/team
    to: \${mirror}/teams/a
  - from: quay.io/team/private
    keep: true
  - from: quay.io/same
    to: \${mirror}/quay/same
  - from: ghcr.io
    keep: true
  - from: localhost:5001
    to: \${mirror}/\${registry}
    library: always
  - from: bad.example
    deny: not this one
  - from: "*.gcr.io"
    to: \${mirror}/gcr
  - from: "*.pkg.dev"
    to: \${mirror}/\${registry}
  - from: "*.k8s.io/team"
    to: \${mirror}/k8s
  - from: registry.k8s.io
    to: \${mirror}/k8s
    namespaces: { include: [dev] }
  - from: "*"
    to: \${mirror}/all
`;
