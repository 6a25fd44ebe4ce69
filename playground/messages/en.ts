import type { Exemption } from '../../src/admission/exemption.ts';
import { reasonText, verdictText } from '../../src/decision/reason-text.ts';
import type { TargetInputs } from '../../src/target/contract/options.ts';
import { formatCount } from './count.ts';

const exemptionText: Readonly<Record<Exemption, string>> = {
  'static-pod': 'a static Pod: the API cannot change what the kubelet runs',
  skipped: 'the rules skip its owner, a label or an annotation',
  annotated: 'an annotation on the Pod keeps it as written',
  'never-pulled': 'its pull policy is Never, so the node has it or does not get it',
  recorded: 'the update names the original of the running image, which stays',
};

function numbered(count: number, word: string): string {
  return count === 0 ? '' : `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`;
}

/** Holds the English texts; their type is what every other language must have. */
export const en = {
  title: 'image-detour playground',
  tagline: 'Nothing that you type leaves this page.',
  rules: 'Rules',
  rulesFile: 'Rules file',
  input: 'Images or manifests',
  inputEditor: 'Images, one per line, or manifests',
  inputHint: 'Images, one per line, or YAML with any number of objects',
  results: 'Results',
  panes: 'Part of the page',
  example: 'Example',
  examples: {
    server: 'The rules of this server',
    public: 'Public mirror (the default rules)',
    ecr: 'ECR pull-through cache',
    harbor: 'Harbor proxy projects',
    airgapped: 'Air-gapped',
    several: 'Several mirrors',
    narrow: 'Two-level registry, rules for single images',
  },
  linked: 'As opened',
  namespace: 'Namespace',
  namespaceHint: 'For a list of images. Objects in a manifest have their own namespace.',
  reset: 'Reset',
  undo: 'Undo',
  redo: 'Redo',
  share: 'Copy link',
  shared: 'Link copied. It contains everything on this page.',
  sharedPart:
    'This page is only on your machine, so only the end of the link was copied, from # on. Add it to the address of a playground that others can open.',
  keep: 'Remember my work',
  keepHint: 'In this browser, even after you close it, until you clear this box.',
  keepFailed: 'This browser cannot store that much. Copy your work before you close the page.',
  shareTooLong: 'Too long for a link. Shorten the input.',
  copyFailed: 'The browser does not allow this page to copy.',
  language: 'Language',
  theme: 'Theme',
  themes: { system: 'System theme', light: 'Light theme', dark: 'Dark theme' },
  tabs: {
    decisions: 'Decisions',
    manifest: 'Manifest',
    patch: 'Patch',
    targets: 'Targets',
    webhook: 'Webhook',
  },
  actions: { rewrite: 'rewritten', keep: 'kept', deny: 'denied' },
  all: 'all',
  showing: 'Show',
  images: (count: number) => (count === 1 ? '1 image' : `${formatCount(count)} images`),
  objectsAndImages: (objects: number, images: number) =>
    `${objects === 1 ? '1 object' : `${formatCount(objects)} objects`}, ${images === 1 ? '1 image' : `${formatCount(images)} images`}`,
  decisionsList: 'What each image becomes',
  noImages: 'No images yet',
  noImagesHint: 'Type or paste images above, or choose an example.',
  noImagesFound: 'No image in these objects',
  noImagesFoundHint:
    'The page looks in containers, in volumes and in fields named image of Kubernetes objects.',
  unreadableHint: 'Correct the error shown below the text to see the decisions.',
  templates: 'This page does not render templates. Paste the output of helm template.',
  more: (count: string) => `and ${count} more`,
  brokenLink: 'This link is damaged or incomplete. You see an example instead.',
  noRules: 'The rules cannot be read yet',
  noRulesHint: 'Correct the errors shown below the rules to see the decisions.',
  stale: 'The rules have errors. These are the results of the last valid rules.',
  collisions: (count: number) =>
    count === 1
      ? '1 name in the mirror is used for several images'
      : `${count} names in the mirror are each used for several images`,
  trace: 'Why',
  traceEmpty: 'Select an image to see how it was decided.',
  becomes: 'becomes',
  stays: 'stays as written',
  registry: 'Registry',
  repository: 'Repository',
  tag: 'Tag',
  digest: 'Digest',
  none: 'none',
  notParsed: 'This is not a valid image reference.',
  considered: 'Rules that match',
  noneMatches: 'No rule matches.',
  line: (line: number) => `line ${line}`,
  reasons: {
    ...reasonText,
    ...exemptionText,
    'not-asked': 'a label opts out, so the API server does not call the webhook',
  },
  verdicts: verdictText,
  leftOut: 'Registrations leave this namespace out by default: then the webhook is not asked.',
  ofNamespace: 'rules of the namespace',
  deniedWith: 'Message',
  problems: (errors: number, findings: number, notes: number) =>
    [numbered(errors, 'error'), numbered(findings, 'finding'), numbered(notes, 'note')]
      .filter((part) => part !== '')
      .join(', '),
  noProblems: 'No mistakes found',
  expectations: (met: number, all: number) =>
    `${formatCount(met)} of ${all === 1 ? '1 expectation' : `${formatCount(all)} expectations`} met`,
  severities: { error: 'error', warning: 'warning', note: 'note' },
  expected: 'expected',
  didYouMean: (word: string) => `Did you mean “${word}”?`,
  labelled: (label: string, text: string) => `${label}: ${text}`,
  inBrackets: (text: string) => ` (${text})`,
  before: 'As written',
  after: 'As pulled',
  manifestEmpty: 'No manifest yet',
  manifestEmptyHint:
    'Paste a Pod, a Deployment or the output of a whole chart to compare before and after.',
  unreadable: 'This cannot be read',
  patchEmpty: 'No Pod yet',
  patchEmptyHint:
    'Paste an object that creates Pods to see the JSON Patch in the webhook’s answer.',
  patchNone: 'The webhook changes nothing here.',
  patchFor: (kind: string, name: string) => `Pods of ${kind} ${name}`,
  patchForPod: (name: string) => `Pod ${name}`,
  denied: 'Refused',
  target: 'Target',
  needs: {
    images: 'Compiled for the images in your manifest.',
    url: 'The url is an example, and caBundle is missing. detour compile fills in yours.',
    caBundle: '',
  } satisfies Record<keyof TargetInputs, string>,
  cannotExpress: 'What this target cannot express',
  expressesAll: 'This target can express all the rules.',
  nothingToCompile: 'Nothing to compile yet',
  nothingToCompileHint: 'Paste a manifest: this target renames the images that it holds.',
  noRulesYet: 'The list of rules is empty, so there is nothing to rewrite.',
  noFile: 'These rules need no file for this target',
  file: 'File',
  copy: 'Copy',
  copied: 'Copied',
  download: 'Download',
  webhookHint: 'Registers the webhook with the API server. Apply it with kubectl apply -f.',
  webhookUrl: 'URL of the webhook',
  webhookKubernetes: 'Kubernetes',
  webhookFailure: 'If it cannot be reached',
  failurePolicies: { Ignore: 'Pods are admitted as written', Fail: 'Pods are refused' },
  webhookKubeSystem: 'Pods in kube-system',
  kubeSystem: { excluded: 'left as written', included: 'rewritten too' },
  notHttps: 'Use an https:// URL: the API server calls webhooks only over TLS.',
  skipToResults: 'Skip to the results',
};
