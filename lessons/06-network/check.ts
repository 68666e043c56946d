/**
 * What the kernel has to confirm in lesson network.
 *
 * Each function is tried by itself, in two network namespaces that stand for the host and the container, on what ours
 * have made before it. The last checks are on containers of the rebuilt runtime.
 */
import { closeSync, openSync } from 'node:fs';
import { check, consequence, type Bench } from '../../src/learn/check/check.ts';
import { nothingLeft } from '../../src/learn/check/nothing-left.ts';
import { until } from '../../src/learn/facts.ts';
import { attribute, withNetlink, type Netlink } from '../../src/linux/netlink.ts';
import { addresses, routes } from '../../src/network/link/addresses.ts';
import { findLink, linkHeader, linkNamed, links, setUp } from '../../src/network/link/links.ts';
import { makePair, move } from '../../src/network/link/veth.ts';
import { PREFIX, withLink, type LinkClaim } from '../../src/runtime/link.ts';
import { addAddress } from '../../src/network/link/addresses.ts';
import { aboutAttribute, aboutMove, aboutPair, aboutPlug, aboutTaken } from './hints.ts';
import { hostEnd } from './ends.ts';
import { refusedIn, withSpaces, type Space } from './spaces.ts';

const ATTRIBUTE = 'linux/netlink.ts#attribute';
const PAIR = 'network/link/veth.ts#makePair';
const MOVE = 'network/link/veth.ts#move';
const PLUG = 'isolators/network.ts#plugIn';

const READ = 'an attribute is what the kernel reads: length, type, value, zeros';
const TWO = 'there are two devices, with the names that were asked for';
const TAKEN = 'a name that is taken is refused';
const CABLE = 'the two name each other, and the first has the address that it was given';
const MOVED = 'one end is with the container, and is called eth0';
const USABLE = 'eth0 is up and has its address';
const ROUTED = 'everything else goes to the host';

const claim: LinkClaim = {
  name: 'dock0',
  mac: '02:00:00:00:00:07',
  peer: 'dock1',
  address: '10.213.0.1',
  gateway: '10.213.0.0',
};

/** Calls the learner's function. */
function ask<T>(t: Bench, slot: string, ...args: unknown[]): T {
  const { run } = t.solved(slot) as unknown as { run: (...args: unknown[]) => unknown };
  return run(...args) as T;
}

const hex = (bytes: Buffer): string => bytes.toString('hex').replace(/(..)(?=.)/g, '$1 ');

const IFLA_IFNAME = 3;

const read = check(READ, { slot: ATTRIBUTE, see: 'man 7 rtnetlink', hint: aboutAttribute }, async (t) => {
  for (const text of ['lo\0', 'abc\0', '', 'a name of 17 byte']) {
    const value = Buffer.from(text);
    const [answer, wanted] = [ask<Buffer>(t, ATTRIBUTE, IFLA_IFNAME, value), attribute(IFLA_IFNAME, value)];
    t.fact('answer', answer);
    t.fact('wanted', wanted);
    t.fact('value', value.length);
    // The kernel is asked too: a message with it shall set `lo` up.
    const refused = await withSpaces((host) =>
      text === 'lo\0'
        ? refusedIn(host, (net) => net.request('RTM_NEWLINK', 0, linkHeader(0, 1, 1), answer))
        : undefined,
    );
    t.must(Buffer.isBuffer(answer) && answer.equals(wanted) && refused === undefined, {
      did: `attribute(3, ${JSON.stringify(text)}) = ${Buffer.isBuffer(answer) ? hex(answer) : String(answer)}`,
      kernel: refused ?? 'takes a length of its head and its value, and steps on to a multiple of four',
      wanted: hex(wanted),
    });
  }
});

/** The learner's pair in a namespace for the host. */
async function withPair(t: Bench, body: (net: Netlink, did: string) => void): Promise<void> {
  await withSpaces((host) => {
    const refused = t.fact(
      'refused',
      refusedIn(host, (net) => ask(t, PAIR, net, claim.name, claim.mac, claim.peer)),
    );
    withNetlink(host, (net) => body(net, refused ?? `makePair(net, '${claim.name}', '${claim.mac}', '${claim.peer}')`));
  });
}

const namesIn = (net: Netlink): string[] => links(net).map(({ name }) => name).filter((name) => name !== 'lo'); // prettier-ignore

const two = check(
  TWO,
  { slot: PAIR, needs: [READ], see: 'ip link add dock0 type veth peer name dock1; ip -br link', hint: aboutPair },
  (t) =>
    withPair(t, (net, did) => {
      const is = t.fact('names', namesIn(net).sort().join(', '));
      t.must(is === 'dock0, dock1', { did, kernel: `the devices are: ${is || 'none'}`, wanted: 'dock0, dock1' });
    }),
);

const taken = check(
  TAKEN,
  { slot: PAIR, needs: [TWO], see: 'ip link add dock0 type veth peer name dock2, a second time', hint: aboutTaken },
  (t) =>
    withSpaces((host) => {
      withNetlink(host, (net) => makePair(net, claim.name, claim.mac, claim.peer));
      const refused = t.fact(
        'refused',
        refusedIn(host, (net) => ask(t, PAIR, net, claim.name, claim.mac, 'dock2')),
      );
      t.must(refused?.includes('EEXIST') ?? false, {
        did: `makePair(net, '${claim.name}', '${claim.mac}', 'dock2') where there is a ${claim.name}`,
        kernel: refused ?? 'it was not refused',
        wanted: 'EEXIST',
      });
    }),
);

const cable = check(CABLE, { slot: PAIR, needs: [TWO], see: 'ip -d link show dock0', hint: aboutPair }, (t) =>
  withPair(t, (net, did) => {
    const [one, other] = [linkNamed(net, 'dock0'), linkNamed(net, 'dock1')];
    t.fact('mac', one.mac);
    t.fact('otherMac', other.mac);
    t.must(one.peer === other.index && other.peer === one.index && one.mac === claim.mac, {
      did,
      kernel: `dock0 is ${one.index}, its other end ${one.peer}, its address ${one.mac}; dock1 is ${other.index}, its other end ${other.peer}`,
      wanted: `each the other end of the other, and dock0 with ${claim.mac}`,
    });
  }),
);

/** Our pair, one end of it moved by the learner. */
async function withMoved(t: Bench, body: (host: Netlink, guest: Netlink, did: string) => void): Promise<void> {
  await withSpaces((host, guest) => {
    const { index } = withNetlink(host, (net) => {
      makePair(net, claim.name, claim.mac, claim.peer);
      return linkNamed(net, claim.peer);
    });
    const refused = t.fact('refused', inNamespace(guest, (fd) => refusedIn(host, (net) => ask(t, MOVE, net, index, fd, 'eth0')))); // prettier-ignore
    const did = refused ?? `move(net, ${index}, the namespace, 'eth0')`;
    withNetlink(host, (outside) => withNetlink(guest, (inside) => body(outside, inside, did)));
  });
}

function inNamespace<T>(space: Space, body: (fd: number) => T): T {
  const fd = openSync(space, 'r');
  try {
    return body(fd);
  } finally {
    closeSync(fd);
  }
}

const moved = check(
  MOVED,
  {
    slot: MOVE,
    needs: [READ],
    see: 'ip link set dock1 netns PID name eth0; nsenter -t PID -n ip link    (PID: of the container)',
    hint: aboutMove,
  },
  (t) =>
    withMoved(t, (host, guest, did) => {
      const [outside, inside] = [namesIn(host).sort().join(', '), namesIn(guest).join(', ')];
      t.fact('outside', outside);
      t.fact('inside', inside);
      t.must(outside === claim.name && inside === 'eth0', {
        did,
        kernel: `outside: ${outside || 'none'}; in the container: ${inside || 'none'}`,
        wanted: `outside: ${claim.name}; in the container: eth0`,
      });
    }),
);

const across = consequence(
  'the cable holds across the border of the namespaces',
  { slot: MOVE, needs: [MOVED], see: 'ip link: eth0@if5 is the other end of number 5, over there' },
  (t) =>
    withMoved(t, (host, guest, did) => {
      const [one, other] = [linkNamed(host, claim.name), linkNamed(guest, 'eth0')];
      t.must(one.peer === other.index && other.peer === one.index, {
        did,
        kernel: `${one.peer} is the other end outside, and ${other.peer} inside`,
        wanted: `${other.index}, and ${one.index}`,
      });
    }),
);

/** Our cable from end to end, with the container's made usable by the learner. */
async function withPlugged(t: Bench, body: (guest: Netlink, did: string) => void): Promise<void> {
  await withSpaces((host, guest) => {
    withNetlink(host, (net) => {
      makePair(net, claim.name, claim.mac, claim.peer);
      addAddress(net, { link: linkNamed(net, claim.name).index, address: claim.gateway, prefix: PREFIX });
      setUp(net, claim.name);
      inNamespace(guest, (fd) => move(net, linkNamed(net, claim.peer).index, fd, 'eth0'));
    });
    const refused = t.fact(
      'refused',
      refusedIn(guest, (net) => ask(t, PLUG, net, claim)),
    );
    withNetlink(guest, (net) => body(net, refused ?? 'plugIn(net, claim)'));
  });
}

const usable = check(
  USABLE,
  { slot: PLUG, needs: [READ], see: 'nsenter -t PID -n ip addr show eth0    (PID: of the container)', hint: aboutPlug },
  (t) =>
    withPlugged(t, (net, did) => {
      const { index, isUp } = linkNamed(net, 'eth0');
      const own = addresses(net).filter(({ link }) => link === index).map((one) => `${one.address}/${one.prefix}`).join(', '); // prettier-ignore
      t.fact('own', own);
      t.fact('isUp', isUp);
      t.must(isUp && own === `${claim.address}/${PREFIX}`, {
        did,
        kernel: `eth0 is ${isUp ? 'up' : 'down'} and has ${own || 'no address'}`,
        wanted: `up, ${claim.address}/${PREFIX}`,
      });
    }),
);

const routed = check(
  ROUTED,
  { slot: PLUG, needs: [USABLE], see: 'nsenter -t PID -n ip route    (PID: of the container)', hint: aboutPlug },
  (t) =>
    withPlugged(t, (net, did) => {
      const found = routes(net).find(({ to }) => to === 'default');
      t.fact('gateway', found?.gateway);
      t.fact('routed', true);
      t.must(found?.gateway === claim.gateway, {
        did,
        kernel: found ? `the default route goes to ${found.gateway}` : 'there is no default route',
        wanted: `default via ${claim.gateway} dev eth0`,
      });
    }),
);

const ALL = [CABLE, MOVED, ROUTED];
const PROGRAM = ['sleep', '1000'];

const answers = check(
  'a container of yours gets an answer from its host',
  {
    needs: ALL,
    see: './drydock try --net link sh -c "ip route; ping -c1 GATEWAY"',
    hint: ({ said }) => [
      'A packet goes out of eth0, into the host’s end, and the answer the same way. Where does it stop?',
      `The container said: ${String(said)}.`,
      'Look at both ends: ip addr and ip route, inside and outside. Does each have its address, and is it up?',
    ],
  },
  async (t) => {
    const container = await t.run({ args: PROGRAM, adjust: (spec) => withLink(spec) });
    const gateway = withNetlink(`/proc/${container.pid}/ns/net`, routes).find(({ to }) => to === 'default')?.gateway;
    const { code, output } = await container.inside(['ping', '-c1', '-W5', String(gateway)]);
    const said = t.fact('said', output.trim().split('\n').slice(-2).join('; '));
    t.must(code === 0, { did: `ping -c1 ${gateway}`, kernel: said, wanted: '1 packets received' });
  },
);

const gone = check(
  'the cable is gone with the container',
  {
    needs: ALL,
    see: 'ip -br link show type veth',
    hint: ({ name }) => [
      'A pair goes when one of its ends goes, and a namespace takes its devices with it.',
      `${String(name)} is still there: is its other end in a namespace that somebody holds?`,
      'lsns -t net shows who is in which; the last process of the container has to end.',
    ],
  },
  async (t) => {
    const container = await t.run({ args: PROGRAM, adjust: (spec) => withLink(spec) });
    const { name } = hostEnd(container.pid);
    t.fact('name', name);
    await container.remove();
    const isGone = await until(() => withNetlink(undefined, (net) => findLink(net, name)) === undefined);
    t.must(isGone, { did: 'removed the container', kernel: `${name} is still there`, wanted: 'no such device' });
  },
);

const whatIsLeft = nothingLeft(
  'ps -e; findmnt; ls /sys/fs/cgroup',
  'Each check has removed its containers. What is still there?',
  './drydock doctor shows what containers have left, and --repair removes it.',
);

export const checks = [read, two, taken, cable, moved, across, usable, routed, answers, gone, whatIsLeft];
