/** Finds how many containers a Pod may have before CEL's cost limit stops the policy. */

/** Returns the largest number of containers with `image` that are still rewritten, up to `most`. */
export async function containerLimit(create, image, most = 10_000) {
  const isRewritten = async (count) => {
    const containers = Array.from({ length: count }, (_, n) => ({ name: `c${n}`, image }));
    const spec = { containers, automountServiceAccountToken: false };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'bench' }, spec };
    const stored = await create(pod);
    return stored.spec.containers[0].image !== image;
  };
  let [rewritten, not] = [1, 2];
  while (not < most && (await isRewritten(not))) [rewritten, not] = [not, not * 2];
  while (not - rewritten > Math.max(1, rewritten / 100)) {
    const middle = Math.floor((rewritten + not) / 2);
    if (await isRewritten(middle)) rewritten = middle;
    else not = middle;
  }
  return rewritten;
}
