/** Lists the ways in which a mirror can be laid out, in the order of the dialogue. */
export const layoutNames = ['harbor', 'ecr', 'flat', 'public'] as const;
/** LayoutName names one of them. */
export type LayoutName = (typeof layoutNames)[number];

/** Layout says where a mirror has the images of each registry. */
export interface Layout {
  /** What a user who chooses reads. */
  readonly title: string;
  /** What it takes to use it, for readers of the file. */
  readonly comment: readonly string[];
  /** The items of `rules`, as YAML. */
  readonly rules: string;
  /** Images, and what each becomes below the mirror. */
  readonly examples: Readonly<Record<string, string>>;
}

/** Holds each layout by name. */
export const layouts: Readonly<Record<LayoutName, Layout>> = {
  harbor: {
    title: 'Harbor: a proxy cache project per registry, HOST/dockerhub-proxy/…',
    comment: [
      'Each registry has a proxy cache project in Harbor. Create the projects, or write the',
      'names of yours.',
    ],
    rules: `- from: docker.io
  to: \${mirror}/dockerhub-proxy
  library: always # Harbor asks Docker Hub for library/nginx
- from: [registry.k8s.io, k8s.gcr.io] # the same images: k8s.gcr.io is the old name
  to: \${mirror}/k8s-proxy
- from: quay.io
  to: \${mirror}/quay-proxy
- from: ghcr.io
  to: \${mirror}/ghcr-proxy
- from: gcr.io
  to: \${mirror}/gcr-proxy`,
    examples: {
      'nginx:1.27': 'dockerhub-proxy/library/nginx:1.27',
      'bitnami/redis': 'dockerhub-proxy/bitnami/redis',
      'k8s.gcr.io/pause:3.9': 'k8s-proxy/pause:3.9',
      'quay.io/prometheus/prometheus': 'quay-proxy/prometheus/prometheus',
    },
  },
  ecr: {
    title: 'Amazon ECR pull through cache: a prefix per registry, HOST/docker-hub/…',
    comment: [
      'Each registry has a pull through cache rule in Amazon ECR. These are the prefixes that its',
      'console proposes. ECR can cache these registries, but not gcr.io or mcr.microsoft.com. The',
      'regions in China have no pull through cache: there, something else must copy the images.',
    ],
    rules: `- from: docker.io
  to: \${mirror}/docker-hub
  library: always # ECR asks Docker Hub for library/nginx
- from: [registry.k8s.io, k8s.gcr.io] # the same images: k8s.gcr.io is the old name
  to: \${mirror}/kubernetes
- from: quay.io
  to: \${mirror}/quay
- from: ghcr.io
  to: \${mirror}/github
- from: public.ecr.aws
  to: \${mirror}/ecr-public`,
    examples: {
      'nginx:1.27': 'docker-hub/library/nginx:1.27',
      'bitnami/redis': 'docker-hub/bitnami/redis',
      'k8s.gcr.io/pause:3.9': 'kubernetes/pause:3.9',
      'public.ecr.aws/eks-distro/coredns/coredns': 'ecr-public/eks-distro/coredns/coredns',
    },
  },
  flat: {
    title: 'every registry under its own name, HOST/docker.io/…',
    comment: [
      'The mirror has the images of every registry under the name of that registry. To mirror',
      'some registries only, name them in place of "*".',
    ],
    rules: `- from: "*"
  to: \${mirror}/\${registry}
  library: always # nginx and library/nginx have one name in the mirror`,
    examples: {
      'nginx:1.27': 'docker.io/library/nginx:1.27',
      'quay.io/prometheus/prometheus': 'quay.io/prometheus/prometheus',
      'registry.example:5000/app': 'registry.example-5000/app',
    },
  },
  public: {
    title: 'as in the public mirror of the embedded rules, HOST/dockerhub/…',
    comment: [
      'The mirror has the layout of the public mirror that container-mirror fills, which the',
      'embedded rules name.',
    ],
    rules: `- from: docker.io
  to: \${mirror}/dockerhub
- from: [k8s.gcr.io, gcr.io/google-containers, gcr.io/google_containers] # the same images
  to: \${mirror}/gcr/google_containers
- from: [gcr.io, asia.gcr.io, eu.gcr.io, us.gcr.io]
  to: \${mirror}/gcr
- from: quay.io
  to: \${mirror}/quay
- from: 602401143452.dkr.ecr.us-west-2.amazonaws.com # add-ons of EKS
  to: \${mirror}/amazonecr`,
    examples: {
      'nginx:1.27': 'dockerhub/nginx:1.27',
      'k8s.gcr.io/pause:3.9': 'gcr/google_containers/pause:3.9',
      'quay.io/prometheus/prometheus': 'quay/prometheus/prometheus',
    },
  },
};
