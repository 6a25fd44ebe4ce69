/** Returns the file with `keep` in place of each `deny`: a policy that mutates cannot deny. */
export function withoutDenials(file: { readonly rules: readonly object[] }): object {
  const rules = file.rules.map((each) => {
    const { deny, ...rest } = each as { deny?: string };
    return deny === undefined ? each : { ...rest, keep: true };
  });
  return { ...file, rules };
}
