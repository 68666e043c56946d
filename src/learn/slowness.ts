/**
 * How much slower this machine is than those that our deadlines are made for. An emulated one is told so by whoever has
 * started it: `--in-vm` without KVM, `npm run test:vm`.
 */
export const slowness = Math.min(100, Math.max(1, Number(process.env.DRYDOCK_SLOWNESS) || 1));
