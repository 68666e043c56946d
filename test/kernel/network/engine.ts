/**
 * What stands for an engine in these tests: a process in a network namespace that it takes for the machine's, with
 * networks open, doing what it is told by messages. It can be killed, and another one started in its place.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { spec } from './container.ts';
import { string, transact } from '../../../src/linux/netfilter.ts';
import { adopt, claimOf } from '../../../src/network/adopt.ts';
import { bridged } from '../../../src/network/bridged.ts';
import { connect, disconnect, renamed } from '../../../src/network/connect.ts';
import { createNetwork } from '../../../src/network/create.ts';
import { endpoints } from '../../../src/network/endpoints.ts';
import { resolveLinks } from '../../../src/network/links.ts';
import { inspectNetwork, listNetworks } from '../../../src/network/list.ts';
import type { Attached, BridgedClaim, EndpointSettings, NetworkRequest } from '../../../src/network/networks.ts';
import { closeNetworks, openNetworks } from '../../../src/network/open.ts';
import { isOut } from '../../../src/network/pull-out.ts';
import { pruneNetworks, removeNetwork } from '../../../src/network/remove.ts';
import { networkSettings, portsWithoutRelay } from '../../../src/network/settings.ts';
import { containerTexts } from '../../../src/network/texts.ts';
import { create, start } from '../../../src/runtime/container.ts';
import { isolators } from '../../../src/runtime/isolators/index.ts';
import { remove } from '../../../src/runtime/remove.ts';
import { withoutNftables } from './kernels.ts';

if (process.env.WITHOUT_NFTABLES) withoutNftables();

const [root, run, bundle, options] = process.argv.slice(2) as [string, string, string, string];
const networks = openNetworks({ root, run, options: JSON.parse(options) as object });
const stackWith = (claim: BridgedClaim | null = null) => [...isolators, bridged(networks, claim)];

const taken: number[] = [];

const does = {
  async run(record: Attached, args: string[]) {
    const claim = endpoints(networks, record);
    const container = await create({ id: record.Id, bundle, run, spec: spec(args), isolators: stackWith(claim) });
    await start(run, record.Id, stackWith());
    void container.wait();
    return { pid: container.pid, claim };
  },
  decide: (record: Attached) => endpoints(networks, record),
  remove: (record: Attached) => remove(run, record.Id, { force: true }, stackWith()),
  isOut: (record: Attached) => isOut(networks, record.Id),
  adopt: (record: Attached, pid: number) => adopt(networks, record, pid),
  createNetwork: (request: NetworkRequest) => createNetwork(networks, request),
  inspectNetwork: (name: string) => inspectNetwork(networks, name),
  listNetworks: (filters?: Record<string, string[]>) => listNetworks(networks, filters),
  removeNetwork: (name: string) => removeNetwork(networks, name),
  pruneNetworks: () => pruneNetworks(networks),
  connect: (name: string, record: Attached, settings: EndpointSettings, pid: number) =>
    connect(networks, name, record, settings, { pid }),
  disconnect: (name: string, record: Attached, pid: number) => disconnect(networks, name, record, { pid }),
  renamed: (record: Attached, old: string) => renamed(networks, record, old),
  settings: (record: Attached, pid: number) => networkSettings(networks, record, claimOf(networks, record), pid),
  withoutRelay: (record: Attached) => portsWithoutRelay(networks, record),
  texts(record: Attached, others: Attached[]) {
    const find = (name: string) => others.find(({ Name }) => Name === `/${name}`)!;
    const links = resolveLinks(networks, record, find);
    return containerTexts(networks, record, claimOf(networks, record), links);
  },
  close: () => closeNetworks(networks),
  /** Leaves so many descriptors to it, until `relax`. */
  exhaust(left: number) {
    execFileSync('prlimit', [`--pid=${process.pid}`, '--nofile=256:']);
    try {
      for (;;) taken.push(openSync('/dev/null', 'r'));
    } catch {
      taken.splice(-left).forEach((fd) => closeSync(fd));
    }
  },
  relax: () => taken.splice(0).forEach((fd) => closeSync(fd)),
  /** What `nft flush ruleset` does to us. */
  flush: () =>
    transact(
      (['ip', 'bridge'] as const).map((family) => ({
        type: 'NFT_MSG_DELTABLE',
        family,
        attributes: [string(1, 'drydock')],
      })),
    ),
} as const;

export type Does = typeof does;

process.on('message', ({ number, verb, args }: { number: number; verb: keyof Does; args: unknown[] }) => {
  Promise.resolve()
    .then(() => (does[verb] as (...all: unknown[]) => unknown)(...args))
    .then(
      (ok) => process.send!({ number, ok: ok ?? null }),
      (error: Error & { code?: string; hint?: string }) =>
        process.send!({
          number,
          error: { message: error.message, code: error.code, hint: error.hint, stack: error.stack },
        }),
    );
});
process.on('disconnect', () => process.exit());
process.send!({ ready: true });
