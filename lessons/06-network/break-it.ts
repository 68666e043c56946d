/**
 * A container that speaks in its neighbour's name.
 *
 * It gives itself the neighbour's address and asks the host something. The host answers the one who owns that address,
 * who has never asked: that is how the attack is seen, in the neighbour's own counters. Nothing but the two cables is
 * touched. In the dock the network is the dock's own.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { breaking, type Attack, type Target } from '../../src/learn/attack.ts';
import type { LabContainer } from '../../src/learn/stage.ts';
import { until } from '../../src/learn/facts.ts';
import { withLink } from '../../src/runtime/link.ts';
import type { Spec } from '../../src/runtime/spec.ts';
import { addressOf, hostEnd } from './ends.ts';

/** For changing addresses; raw packets, which every container may write, would do the same. */
const NET_ADMIN = 'CAP_NET_ADMIN';

function withPower(spec: Spec): Spec {
  const { bounding = [], effective = [], permitted = [] } = spec.process.capabilities ?? {};
  const capabilities = {
    bounding: [...bounding, NET_ADMIN],
    effective: [...effective, NET_ADMIN],
    permitted: [...permitted, NET_ADMIN],
  };
  return { ...spec, process: { ...spec.process, capabilities } };
}

const start = (target: Target, adjust: (spec: Spec) => Spec): Promise<LabContainer> =>
  target.container({ args: ['sleep', '1000'], adjust: (spec) => adjust(withLink(spec)) });

/** How many answers a container's kernel has got to questions of ping(8): /proc/net/snmp. */
function answersTo(pid: number): number {
  const lines = readFileSync(`/proc/${pid}/net/snmp`, 'utf8').split('\n');
  const [names = [], values = []] = lines.filter((line) => line.startsWith('Icmp:')).map((line) => line.split(' '));
  return Number(values[names.indexOf('InEchoReps')]);
}

const spoofing: Attack = {
  name: 'a question in the neighbour’s name',
  undefended: 'the host believes the sender',
  defended: 'the host looks where it came from',
  async attempt(target, isDefended) {
    const [thief, neighbour] = [await start(target, withPower), await start(target, (spec) => spec)];
    if (!isDefended) writeFileSync(`/proc/sys/net/ipv4/conf/${hostEnd(thief.pid).name}/rp_filter`, '0');
    const stolen = addressOf(neighbour.pid);
    const steps = `ip addr add ${stolen}/32 dev eth0 && ping -c1 -W1 -I ${stolen} $(ip route | sed -n 's/default via \\([0-9.]*\\).*/\\1/p')`;
    await thief.inside(['sh', '-c', steps]);
    // The answer has come by now, where there is one; the kernel counts it within moments.
    const succeeded = await until(() => answersTo(neighbour.pid) > 0, isDefended ? 0 : 2000);
    const seen = succeeded ? `${stolen} got the answer` : `${stolen} got nothing`;
    return { succeeded, seen };
  },
};

export const attacks: readonly Attack[] = [spoofing];

export const breakIt = breaking(attacks, {
  lesson: 'network',
  seconds: 4,
  question: 'A container writes its neighbour’s address: who gets the answer?',
  turn: ['./drydock read network', 'how the host knows where a packet came from'],
});
