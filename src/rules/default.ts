/**
 * Holds the rules that apply if no file is given: the mapping of the public mirror that the project
 * began with.
 */
export const defaultRulesText = `version: 1
mirror: 048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn
bypass: direct.to
rules:
  - from: docker.io
    to: \${mirror}/dockerhub
  - from: [k8s.gcr.io, gcr.io/google-containers, gcr.io/google_containers]
    to: \${mirror}/gcr/google_containers
  - from: [gcr.io, asia.gcr.io, eu.gcr.io, us.gcr.io]
    to: \${mirror}/gcr
  - from: quay.io
    to: \${mirror}/quay
  - from: 602401143452.dkr.ecr.us-west-2.amazonaws.com
    to: \${mirror}/amazonecr
`;
