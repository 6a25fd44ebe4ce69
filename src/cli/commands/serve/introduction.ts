/** Formats the first steps for a person who has just started the server. */
export function introduce(server: {
  readonly url: string;
  readonly healthUrl: string;
  readonly playgroundUrl: string | undefined;
  readonly caCertificate: string;
  readonly rules: string;
  /** How the program was called. */
  readonly command: string;
}): string {
  const port = new URL(server.url).port;
  const playground =
    server.playgroundUrl &&
    `\n  page     ${server.playgroundUrl}, a playground that shows what rules do to images`;
  const local = `https://localhost:${port}/mutate`;
  return `
image-detour is ready with ${server.rules}.

  webhook  ${local}, with a self-signed certificate that is issued again at each start
  health   ${server.healthUrl}/readyz, /metrics, /ca.crt${playground ?? ''}

Try it from another terminal:

  ${server.command} resolve k8s.gcr.io/coredns:1.3.1 busybox direct.to/busybox
  ${server.command} explain quay.io/prometheus/node-exporter:v1.8.1

Register it in a cluster that can reach this machine as HOST (if HOST is not a name of this machine, start with --tls-name HOST):

  curl -s ${server.healthUrl}/ca.crt |
    ${server.command} webhook --url https://HOST:${port}/mutate --ca-bundle - |
    kubectl apply -f -
  kubectl run test --image=k8s.gcr.io/coredns:1.3.1 --restart=Never
  kubectl get pod test -o jsonpath='{.spec.containers[0].image}'

Or paste this into your own webhook configuration:

caBundle: ${Buffer.from(server.caCertificate).toString('base64')}

Ctrl-C stops it.
`;
}
