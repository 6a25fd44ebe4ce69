const digest = `sha256:${'0'.repeat(64)}`;

/** Every one is a reference that a kubelet accepts and hands to the container runtime. */
export const spellings: readonly string[] = [
  ...['evil.com/x', 'evil.com/x:1', `evil.com/x@${digest}`, `evil.com/x:1@${digest}`],
  ...['evil.com:443/x', 'evil.com:5000/a/b/x', 'EVIL.com/x', 'Evil.Com:443/x', 'EVIL/x'],
  ...['localhost/x', 'localhost:5000/x', '127.0.0.1/x', '10.0.0.1:5000/x', '[::1]/x'],
  ...['[::1]:5000/x', '[2001:db8::1]:443/x', `[::1]:5000/x@${digest}`],
  ...['busybox', 'library/busybox', 'docker.io/busybox', 'index.docker.io/busybox:1'],
  ...['registry-1.docker.io/library/busybox', 'Docker.io/busybox', 'DOCKER.IO/library/x'],
  ...['docker.io:443/library/busybox', 'auth.docker.io/x', 'corp/app', `corp/app@${digest}`],
  ...['gcr.io/p/x', 'GCR.io/p/x', 'gcr.io:443/p/x', 'eu.gcr.io/p/x'],
  // containerd asks these hosts, though the grammar of references has no underscore in a host.
  ...['my_reg.evil.com/x', 'a__b.evil.com/x:1', `my_reg.evil.com/x@${digest}`],
  // Nothing takes the bypass off: a node would ask the host direct.to, or with a webhook the origin.
  ...['direct.to/evil.com/x', 'direct.to/busybox', 'direct.to/direct.to/evil.com/x'],
  ...['DIRECT.TO/evil.com/x', 'direct.to:443/x', 'direct.to/m.example/hub/x'],
  // What looks like the mirror and is another registry.
  ...['m.example:5000/hub/x', 'm.example.evil.com/hub/x', 'evil.com/m.example/hub/x'],
  ...['sub.m.example/hub/x', 'mm.example/hub/x', 'm-example/hub/x'],
  // A name that Istio's injector replaces; if nobody does, a node pulls library/auto.
  'auto',
  // Nothing that could be written for these fits into a reference.
  `evil.com/${'a'.repeat(245)}`,
  `evil.com/${'a/'.repeat(122)}a`,
];
