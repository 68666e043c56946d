/** The checks of `nextAddress`: by itself, and in the real networks, which are opened anew as after a crash. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { nextAddress } from '../../src/network/addresses.ts';
import type { Net } from '../../src/network/link/ipv4.ts';
import type * as decided from '../../src/network/endpoints.ts';
import type { Attached, BridgedClaim } from '../../src/network/networks.ts';
import { openNetworks } from '../../src/network/open.ts';
import { saveClaims, stateDir } from '../../src/runtime/state.ts';
import { check, consequence, type Bench, type Check } from '../../src/learn/check/check.ts';
import { functionOf } from '../../src/learn/check/solved.ts';

export const NEXT = 'network/addresses.ts#nextAddress';
const LOWEST = 'the lowest address that nobody has is the next';
const EDGES = 'the first and the last of a subnet are nobody’s';

const short = (address: string): string => address.split('.').slice(-2).join('.');

/** Asks the learner's function, and notes what it said. */
function must(t: Bench, subnet: Net, taken: readonly string[], wanted: string | undefined): void {
  const is = t.fact('is', functionOf<typeof nextAddress>(t, NEXT)(subnet, new Set(taken)));
  t.fact('wanted', wanted);
  const has = taken.length > 4 ? `${taken.length} addresses` : taken.map(short).join(', ') || 'none';
  t.must(is === wanted, {
    did: `nextAddress(${subnet.address}/${subnet.prefix}, taken: ${has}) = ${String(is)}`,
    kernel: is === undefined ? 'was not asked' : taken.includes(is) ? `two have ${is}` : `${is} is given away`,
    wanted: String(wanted),
  });
}

const subnet: Net = { address: '10.214.0.0', prefix: 16 };

const lowest = check(
  LOWEST,
  {
    slot: NEXT,
    see: './drydock network inspect bridge',
    hint: ({ is, wanted }) => [
      'Containers come and go, and leave gaps. Which address is free, and how do you know?',
      `Your function says ${String(is)}, and ${String(wanted)} is the lowest that nobody has.`,
      'Count up from the subnet’s address + 1: for (let i = 1; …; i++), and return the first textOf(base + i) that is not in `taken`.',
    ],
  },
  async (t) => {
    must(t, subnet, [], '10.214.0.1');
    must(t, subnet, ['10.214.0.1', '10.214.0.2', '10.214.0.4'], '10.214.0.3');
    must(t, subnet, ['10.214.0.4', '10.214.0.1'], '10.214.0.2');
  },
);

const edges = check(
  EDGES,
  {
    slot: NEXT,
    needs: [LOWEST],
    see: 'ip -4 addr show drydock0; ip route show table local',
    hint: ({ is, wanted }) => [
      'A subnet of four addresses has room for two. Who has the other two?',
      `Your function says ${String(is)}, where ${String(wanted)} would be right.`,
      'There are 2 ** (32 - prefix) addresses, and the last one is the broadcast: stop before it, and say undefined.',
    ],
  },
  async (t) => {
    const small: Net = { address: '192.168.7.64', prefix: 30 };
    must(t, small, ['192.168.7.65'], '192.168.7.66');
    must(t, small, ['192.168.7.65', '192.168.7.66'], undefined);
  },
);

const carry = check(
  'after 255 comes the next number to the left',
  {
    slot: NEXT,
    needs: [LOWEST],
    see: "node -e 'console.log((10 << 24) + (214 << 16) + 256)'",
    hint: ({ is }) => [
      'Write the address down as one number of 32 bits, not as four of eight.',
      `With 254 containers your function says ${String(is)}; 10.214.0.255 is an address like any other in this subnet.`,
      'numberOf(subnet.address) + i, and textOf around it: the carry is done by the addition.',
    ],
  },
  async (t) => {
    const first = Array.from({ length: 254 }, (_, i) => `10.214.0.${i + 1}`);
    must(t, subnet, first, '10.214.0.255');
    must(t, subnet, [...first, '10.214.0.255'], '10.214.1.0');
  },
);

function recordOf(number: number): Attached {
  const Id = String(number).repeat(64);
  return {
    Id,
    Name: `box${number}`,
    Config: { Hostname: 'box' },
    HostConfig: { NetworkMode: 'default' },
    NetworkSettings: { Networks: {} },
  };
}

const crash = consequence(
  'an engine that was killed has given no address away twice',
  { slot: NEXT, needs: [LOWEST], see: 'grep -ho \'"address":"[^"]*"\' /run/drydock/*/claims.json' },
  async (t) => {
    const { endpoints } = await t.part<typeof decided>('src/network/endpoints.ts');
    const folder = mkdtempSync(join(tmpdir(), 'drydock-addresses-'));
    const where = { root: join(folder, 'root'), run: join(folder, 'run') };
    // Nothing is made of it in the kernel: these networks are decisions alone.
    const options = { bridge: 'drydock-none', bridgeAddress: '10.214.0.1/16' };
    try {
      for (const path of Object.values(where)) mkdirSync(path);
      const given: string[] = [];
      for (const number of [1, 2, 3]) {
        // Each time anew: what the one before knew is gone with it.
        const networks = openNetworks({ ...where, options });
        const record = recordOf(number);
        const claim: BridgedClaim = endpoints(networks, record)!;
        given.push(claim.endpoints[0]!.address);
        mkdirSync(stateDir(where.run, record.Id));
        saveClaims(stateDir(where.run, record.Id), record.Id, { bridged: claim });
      }
      t.must(given.join() === '10.214.0.2,10.214.0.3,10.214.0.4', {
        did: 'placed three containers, and opened the networks anew before each',
        kernel: `their claims have ${given.join(', ')}`,
        wanted: '10.214.0.2, 10.214.0.3, 10.214.0.4: the bridge itself has the first',
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

export const addressChecks: readonly Check[] = [lowest, edges, carry, crash];
