/** Lists the annotations of a Pod that are read or written. */
export const annotation = {
  /**
   * Places that were sent to their origin, with the image each got: `c/app=busybox:latest`,
   * space-separated.
   */
  direct: 'image-detour/direct',
  /** `true`, or the names of containers: their images are kept. */
  bypass: 'image-detour/bypass',
  /** The images before they were rewritten, as JSON by container name. */
  originalImages: 'image-detour/original-images',
  /** What they became, in the same form. */
  rewrittenImages: 'image-detour/rewritten-images',
  /** Set by the kubelet on the API's copy of a static Pod. */
  staticPod: 'kubernetes.io/config.mirror',
} as const;
