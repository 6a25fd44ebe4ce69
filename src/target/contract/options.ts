import type { ManifestImage } from '../../manifest/find-images.ts';

/*
 * The options of targets. The CLI's options, its completion and what the playground compiles with
 * are checked against these types, so that a new option is missing nowhere.
 */

/** Lists the values of the settings that allow only a few. */
export const choices = {
  api: ['v1', 'v1beta1'],
  mode: ['warn', 'audit', 'deny'],
} as const;

/** TargetSettings are the options that have a default. */
export interface TargetSettings {
  /** What the objects are called. */
  readonly name: string;
  /** The API version of admission policies. */
  readonly api: (typeof choices.api)[number];
  /** What a validating policy does with what it finds. */
  readonly mode: (typeof choices.mode)[number];
  /** Never pull from the origin, if the target can express that. */
  readonly mirrorOnly: boolean;
  /** Whether a policy is for Pods in kube-system too. */
  readonly includeKubeSystem: boolean;
  /** The namespaces that a policy, or a registration, leaves out in addition. */
  readonly excludeNamespace: readonly string[];
}

/** NamespaceSettings are the options that say which namespaces a policy leaves out. */
export type NamespaceSettings = Pick<TargetSettings, 'includeKubeSystem' | 'excludeNamespace'>;

/** Holds the default of each setting. */
export const defaultSettings: TargetSettings = {
  name: 'image-detour',
  api: 'v1',
  mode: 'deny',
  mirrorOnly: false,
  includeKubeSystem: false,
  excludeNamespace: [],
};

/** FoundImage is an image in the manifests that a target is for, with the name of its file. */
export interface FoundImage extends ManifestImage {
  readonly file: string;
}

/**
 * TargetInputs are the options without a default: a target that needs one cannot compile without
 * it.
 */
export interface TargetInputs {
  /** The images in the manifests that the target is for. */
  readonly images: readonly FoundImage[];
  /** The https URL at which `detour serve` is called. */
  readonly url: string;
  /** The CA of its certificate, PEM. */
  readonly caBundle: string;
}

/** TargetOptions are what a target is compiled with, in addition to the rules. */
export type TargetOptions = TargetSettings & Partial<TargetInputs>;
