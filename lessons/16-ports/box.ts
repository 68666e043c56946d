/**
 * What stands for a container in the checks: a namespace with a cable into the bridge `drydock0` of our machine, and a
 * server on its port 80. The rules of the network around it are the real ones; those of its published port come from the
 * learner's function.
 */
import { DrydockError } from '../../src/errors.ts';
import { replaceRules } from '../../src/network/firewall/nftables.ts';
import { networkRules, type Rule } from '../../src/network/firewall/rules.ts';
import { answered, ask, Machine, serves, withMachines, type Machines } from '../../src/learn/machines.ts';

export const BOX = '10.214.0.2';
export const INSIDE = 80;
export const WORD = 'box';
const BRIDGE = { device: 'drydock0', subnet: '10.214.0.0/16', gateway: '10.214.0.1' };
const POLICY = { isInternal: false, masquerade: true, icc: true };

export interface Boxed extends Machines {
  readonly box: Machine;
  /** Puts these rules in the place of those before. */
  publish(rules: readonly Rule[]): void;
}

/** Works with both machines and the box. */
export function withBox<T>(work: (boxed: Boxed) => Promise<T>): Promise<T> {
  return withMachines(async (machines) => {
    const box = await Machine.open();
    const { ours } = machines;
    try {
      const said = await ours.sh(
        `ip link add ${BRIDGE.device} type bridge; ip addr add ${BRIDGE.gateway}/16 dev ${BRIDGE.device};` +
          `ip link set ${BRIDGE.device} up;` +
          `ip link add dvbox type veth peer name eth0 netns ${box.pid}; ip link set dvbox master ${BRIDGE.device} up;` +
          `echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv4/conf/${BRIDGE.device}/route_localnet`,
      );
      const [why] = said.split('\n');
      if (why)
        throw new DrydockError('UNSUPPORTED', `this machine cannot make the bridge of the checks: ${why}`, {
          hint: 'its kernel may lack the module: sudo modprobe -a bridge veth',
        });
      replaceRules('ip', 'network', networkRules(BRIDGE, POLICY, 'ip'), ours.path);
      await box.sh(`ip addr add ${BOX}/16 dev eth0; ip link set eth0 up; ip route add default via ${BRIDGE.gateway}`);
      box.start('busybox', ...serves(INSIDE, WORD).split(' '));
      await answered(WORD, () => ask(ours, BOX, INSIDE));
      return await work({ ...machines, box, publish: (rules) => replaceRules('ip', 'port', rules, ours.path) });
    } finally {
      await box.close();
    }
  });
}
