/** CI has minutes for what takes an hour at a desk: of many cases that are alike it takes some, always the same ones. */
const isShort = Boolean(process.env.CI);

/** All of them; in CI the first of every `nth`. */
export function sampled<T>(all: readonly T[], nth = 4): T[] {
  return all.filter((_, i) => !isShort || i % nth === 0);
}

/** How often something is repeated: DRYDOCK_ROUNDS, or `usual`, and in CI a quarter of it. */
export function rounds(usual: number): number {
  return Number(process.env.DRYDOCK_ROUNDS ?? (isShort ? Math.ceil(usual / 4) : usual));
}
