/**
 * The name of a layer with everything below it.
 *
 * A layer is a difference, and what it comes to depends on what it lies on. So a snapshot cannot be named after its
 * layer alone: the same layer on two bases is two trees. The chain ID is the digest of the whole stack, made one layer at
 * a time, so that two images with the same lowest three layers share the three snapshots:
 *
 *     ChainID(L0)         = DiffID(L0)
 *     ChainID(L0 … Ln)    = sha256( ChainID(L0 … Ln-1) + " " + DiffID(Ln) )
 *
 * OCI image specification, config.md, "Layer ChainID".
 */
import { digestOf, type Digest } from '../content/digest.ts';

/** The chain ID of a layer on the stack `below`, which is a chain ID itself; the lowest layer lies on nothing. */
export function chainId(below: Digest | undefined, diffId: Digest): Digest {
  return below === undefined ? diffId : digestOf(`${below} ${diffId}`);
}

/** The chain ID of each layer of a stack, the bottom one first. */
export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) chain.push(chainId(chain.at(-1), diffId));
  return chain;
}
