/**
 * A port that was never published, reached from another machine.
 *
 * The attacker sits on the same cable, and knows which subnet the containers have. He sends his packets for it to our
 * machine, which forwards them, as it does for its containers all day. Nothing is readdressed, so no rule about ports is
 * ever asked. What stops him is a rule about the bridge: in comes only an answer, or what was readdressed.
 */
import { networkRules } from '../../src/network/firewall/rules.ts';
import { replaceRules } from '../../src/network/firewall/nftables.ts';
import { breaking, type Attack } from '../../src/learn/attack.ts';
import { withEngine, type OwnEngine } from '../../src/learn/engine.ts';
import { answered, ask, OURS, serves, withMachines, type Machines } from '../../src/learn/machines.ts';

const PORT = 5432;
const WORD = 'all-our-secrets';

interface Bridge {
  readonly Id: string;
  readonly IPAM: { readonly Config: readonly { readonly Subnet: string; readonly Gateway: string }[] };
}

interface Target extends Machines {
  readonly engine: OwnEngine;
  readonly address: string;
}

/** An engine on our machine, with a container that serves something. */
function withTarget<T>(host: object, work: (target: Target) => Promise<T>): Promise<T> {
  return withMachines((machines) =>
    withEngine(
      async (engine) => {
        const id = await engine.start({ script: serves(PORT, WORD), host: { NetworkMode: 'bridge', ...host } });
        const { NetworkSettings } = await engine.client().json<{ NetworkSettings: { IPAddress: string } }>('GET', `/containers/${id}/json`); // prettier-ignore
        const address = NetworkSettings.IPAddress;
        await answered(WORD, () => ask(machines.ours, address, PORT));
        return work({ ...machines, engine, address });
      },
      { network: machines.ours.pid },
    ),
  );
}

/** Takes away what guards the bridge; ports and the way out stay as they are. */
async function unguard({ engine, ours }: Target): Promise<string> {
  const { Id, IPAM } = await engine.client().json<Bridge>('GET', '/networks/bridge');
  const [{ Subnet: subnet, Gateway: gateway } = { Subnet: '', Gateway: '' }] = IPAM.Config;
  const all = networkRules({ device: 'drydock0', subnet, gateway }, { isInternal: false, masquerade: true, icc: true }, 'ip'); // prettier-ignore
  replaceRules('ip', Id, all.filter(({ chain }) => chain !== 'forward'), ours.path); // prettier-ignore
  return subnet;
}

/** What the other machine hears that sends packets for the containers' subnet to ours. */
function attack(name: string, host: object): Attack {
  return {
    name,
    undefended: 'whatever is for the bridge goes in',
    defended: 'in comes an answer, or what was readdressed',
    attempt: (_stage, isDefended) =>
      withTarget(host, async (target) => {
        if (!isDefended) await unguard(target);
        await target.other.sh(`ip route add ${target.address}/32 via ${OURS}`);
        const said = await ask(target.other, target.address, PORT);
        return { succeeded: said === WORD, seen: said || `${target.address}:${PORT} says nothing` };
      }),
  };
}

export const attacks: readonly Attack[] = [
  attack('a port that was never published', {}),
  attack('a port that was published on 127.0.0.1 alone', {
    PortBindings: { [`${PORT}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: String(PORT) }] },
  }),
];

export const breakIt = breaking(attacks, {
  lesson: 'ports',
  seconds: 10,
  question: 'Nothing was published. Who can reach it all the same?',
  turn: ['./drydock read ports', 'why a port that is shut needs a rule'],
});
