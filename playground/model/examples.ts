import { defaultRulesText } from '../../src/rules/default.ts';

/** Lists the examples, in the order in which the page offers them. */
export const exampleNames = ['public', 'ecr', 'harbor', 'airgapped', 'several', 'narrow'] as const;

/** ExampleName is the name of one of them; `server` is the rules of the server that sent the page. */
export type ExampleName = (typeof exampleNames)[number] | 'server';

/** Example is rules, and what to try with them. */
export interface Example {
  readonly rules: string;
  readonly input: string;
}

/** Holds each example by name. The page opens with `public` if it comes without rules. */
export const examples: Readonly<Record<(typeof exampleNames)[number], Example>> = {
  public: {
    rules: defaultRulesText,
    input: `k8s.gcr.io/coredns:1.3.1
gcr.io/google-containers/pause:3.1
asia.gcr.io/my-project/app:v2
busybox
docker.io/library/nginx:1.27
amazon/aws-node-termination-handler:v1.3.1
quay.io/prometheus/node-exporter:v1.8.1
602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/coredns:v1.11.1
docker.elastic.co/elasticsearch/elasticsearch:7.6.2
direct.to/busybox:latest
direct.to/gcr.io/google_containers/pause-amd64:3.0
048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn/quay/coreos/etcd:v3.5
Not/A:reference
`,
  },
  ecr: {
    rules: `# Amazon ECR pull-through cache: one prefix for each upstream registry
version: 1
mirror: 111122223333.dkr.ecr.eu-central-1.amazonaws.com
bypass: direct.internal
rules:
  - from: docker.io
    to: \${mirror}/docker-hub
    library: always # the cache asks Docker Hub for library/nginx
  - from: [registry.k8s.io, k8s.gcr.io]
    to: \${mirror}/kubernetes
  - from: quay.io
    to: \${mirror}/quay
  - from: ghcr.io
    to: \${mirror}/github
  - from: public.ecr.aws
    to: \${mirror}/ecr-public
expect:
  nginx: 111122223333.dkr.ecr.eu-central-1.amazonaws.com/docker-hub/library/nginx
  mcr.microsoft.com/dotnet/runtime:8.0: keep
`,
    input: `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  namespace: shop
spec:
  selector:
    matchLabels: { app: shop }
  template:
    metadata:
      labels: { app: shop }
    spec:
      initContainers:
        - name: migrate
          image: ghcr.io/example/shop-migrate:v7
      containers:
        - name: web
          image: nginx:1.27 # an official image
        - name: shop
          image: ghcr.io/example/shop:v7
        - name: metrics
          image: quay.io/prometheus/statsd-exporter:v0.27.1
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: report
  namespace: shop
spec:
  schedule: "0 6 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: report
              image: direct.internal/ghcr.io/example/report:v2
`,
  },
  harbor: {
    rules: `# Harbor proxy-cache projects: one project for each upstream registry
version: 1
mirror: harbor.example.com
bypass: direct.internal
registries:
  \${mirror}:
    pullSecrets: [harbor-login] # also for images that are written with Harbor's name
rules:
  - from: docker.io
    to: \${mirror}/dockerhub-proxy
    library: always # Harbor asks for library/nginx
  - from: [registry.k8s.io, k8s.gcr.io]
    to: \${mirror}/k8s-proxy
  - from: quay.io
    to: \${mirror}/quay-proxy
  - from: ghcr.io
    to: \${mirror}/ghcr-proxy
  - from: "*.gcr.io"
    to: \${mirror}/gcr-proxy/\${registry}
  - from: harbor.example.com
    keep: true
`,
    input: `apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: nginx
      image: nginx:1.27
    - name: app
      image: harbor.example.com/team/app:v3
    - name: proxy
      image: eu.gcr.io/example/proxy@sha256:8c5a3a1a5b7f0c7e4f0f6c2b5d6d9e1b2a3c4d5e6f708192a3b4c5d6e7f80912
  volumes:
    - name: model
      image:
        reference: ghcr.io/example/model:2
`,
  },
  airgapped: {
    rules: `# No way out: every registry has its place in the mirror, and what is not mirrored is refused
version: 1
mirror: registry.internal:5000
bypass: false
rules:
  - from: docker.io
    to: \${mirror}/docker.io
    library: always
  - from: [registry.k8s.io, k8s.gcr.io]
    to: \${mirror}/registry.k8s.io
  - from: quay.io
    to: \${mirror}/quay.io
  - from: registry.internal:5000
    keep: true
  - from: "*"
    deny: this registry is not mirrored; ask the platform team
`,
    input: `nginx:1.27
registry.k8s.io/kube-proxy:v1.36.2
k8s.gcr.io/pause:3.1
quay.io/cilium/cilium:v1.18.0
registry.internal:5000/team/app:v3
ghcr.io/someone/tool:latest
docker.elastic.co/beats/filebeat:8.15.0
`,
  },
  several: {
    rules: `# Two mirrors; teams keep their own registries
version: 1
bypass: direct.internal
namespaces:
  exclude: [kube-system, monitoring]
rules:
  - from: docker.io
    to: cache.example.com/hub
  - from: docker.io/bitnami
    to: vetted.example.com/bitnami
  - from: quay.io
    to: cache.example.com/quay
  - from: quay.io/our-team
    keep: true
  - from: "*.pkg.dev"
    to: cache.example.com/\${registry}
  - from: registry.k8s.io
    to: vetted.example.com/k8s
    namespaces:
      include: ["prod-*"]
  - from: gcr.io/abandoned
    deny: no longer maintained; use registry.example.com/base
`,
    input: `redis:7
bitnami/redis:7.4
quay.io/our-team/api:v12
quay.io/argoproj/argocd:v3.0.0
europe-docker.pkg.dev/project/repo/app:v1
registry.k8s.io/pause:3.10
gcr.io/abandoned/tool:1
`,
  },
  narrow: {
    rules: `# Alibaba Cloud has two levels: NAMESPACE/REPOSITORY. Single images have rules of their own
version: 1
mirror: registry.cn-hangzhou.aliyuncs.com
bypass: direct.internal
rules:
  - from: docker.io
    to: \${mirror}/corp-hub
    path: joined # grafana/loki becomes grafana-loki
    library: never # library/nginx becomes nginx, not library-nginx
  - from: registry.k8s.io
    to: \${mirror}/google_containers
    path: last # coredns/coredns becomes coredns
  - from: "*.gcr.io"
    to: \${mirror}/mirror-\${registry}
    path: joined
  - from: docker.io/library/nginx:1.25 # one image: a tag, or a digest
    to: \${mirror}/corp-patched/nginx:1.25-p3
  - from: quay.io
    to: harbor.example.com/quay
  - from: harbor.example.com/quay/coreos # longer than the to of quay.io, so it decides there
    to: harbor.example.com/archive/coreos
`,
    input: `nginx:1.25
nginx:1.27
grafana/loki:3.0
grafana-loki:3.0
registry.k8s.io/coredns/coredns:v1.11.1
registry.k8s.io/pause:3.10
eu.gcr.io/project/app:v1
quay.io/coreos/etcd:v3.5
quay.io/cilium/cilium:v1.18.0
`,
  },
};
