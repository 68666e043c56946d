/**
 * Demo of lesson ports: a switch, a door, a wall; and that the kernel does all of it by itself. On two machines that are
 * network namespaces, with a real engine on one of them.
 */
import type { Demo, Show, Verdict } from '../../src/learn/demo/demo.ts';
import { withEngine, type OwnEngine } from '../../src/learn/engine.ts';
import { quote } from '../../src/learn/source.ts';
import { answered, ask, OURS, serves, withMachines, type Machines } from '../../src/learn/machines.ts';

const [INSIDE, OUTSIDE, SECRET] = [80, 8080, 5432];

interface Harbour extends Machines {
  readonly engine: OwnEngine;
}

const scene = (work: (harbour: Harbour) => Promise<void>): Promise<void> =>
  withMachines((machines) => withEngine((engine) => work({ ...machines, engine }), { network: machines.ours.pid }));

/** A container that serves `web` on port 80, published, and `secret` on another, which is not. Its address. */
async function web({ engine, ours }: Harbour): Promise<string> {
  const PortBindings = { [`${INSIDE}/tcp`]: [{ HostPort: String(OUTSIDE) }] };
  const script = `${serves(SECRET, 'secret')} & ${serves(INSIDE, 'web')}`;
  await engine.start({ name: 'web', script, host: { NetworkMode: 'bridge', PortBindings } });
  const address = await addressOf(engine, 'web');
  await answered('web', () => ask(ours, address, INSIDE));
  await answered('secret', () => ask(ours, address, SECRET));
  return address;
}

async function addressOf(engine: OwnEngine, name: string): Promise<string> {
  const { NetworkSettings } = await engine.client().json<{ NetworkSettings: { IPAddress: string } }>('GET', `/containers/${name}/json`); // prettier-ignore
  return NetworkSettings.IPAddress;
}

/** What a command says on one of the machines. */
async function on(show: Show, who: string, command: string, said: string, verdict?: Verdict): Promise<void> {
  show.fact(`${who.padEnd(6)}# ${command}`, said || '(nothing)', verdict);
}

async function knock(
  show: Show,
  who: string,
  from: Machines['ours'],
  to: string,
  port: number,
  wanted: string,
): Promise<void> {
  const said = await ask(from, to, port);
  await on(show, who, `nc ${to} ${port}`, said, said === wanted ? ['GOOD'] : ['BAD']);
}

async function source(show: Show, reference: string, text: string): Promise<void> {
  const { file, start } = await quote(reference);
  show.plus(text, `${file.replace('src/', '')}:${start}`);
}

export const demo: Demo = {
  lesson: 'ports',
  seconds: 14,
  question: 'How does a packet for port 8080 of the host reach a container?',
  scenes: [
    {
      title: 'A SWITCH INSIDE THE KERNEL',
      guess: 'which address does the second container get?',
      play: (show) =>
        scene(async (harbour) => {
          const { engine, ours } = harbour;
          for (const name of ['one', 'two'])
            await engine.start({ name, script: 'sleep 1000', host: { NetworkMode: 'bridge' } });
          await on(show, 'ours', 'ip -br addr show drydock0', (await ours.sh('ip -br -4 addr show drydock0')).replace(/ +/g, ' ')); // prettier-ignore
          for (const name of ['one', 'two']) show.fact(`address of ${name}`, await addressOf(engine, name));
          await source(show, 'src/network/addresses.ts#nextAddress', 'the lowest that nobody has');
          const cables = (await ours.sh('bridge link show')).split('\n').length;
          await on(show, 'ours', 'bridge link show | wc -l', String(cables));
        }),
    },
    {
      title: 'A DOOR: -p 8080:80',
      guess: 'who changes the packet, and where?',
      play: (show) =>
        scene(async (harbour) => {
          const { ours, other } = harbour;
          await web(harbour);
          await knock(show, 'other', other, OURS, OUTSIDE, 'web');
          await knock(show, 'ours', ours, '127.0.0.1', OUTSIDE, 'web');
          await source(show, 'src/network/firewall/rules.ts#portRules', 'a rule for each way that leads there');
          for (const chain of ['prerouting', 'output'])
            show.fact(chain, await ours.sh(`nft list chain ip drydock ${chain} | grep -o "tcp.*:${INSIDE}"`));
          show.why('the kernel writes another address on the packet, and takes it back on the answer');
        }),
    },
    {
      title: 'A WALL',
      guess: 'port 5432 was not published. Can the other machine reach it?',
      play: (show) =>
        scene(async (harbour) => {
          const { ours, other } = harbour;
          const address = await web(harbour);
          await knock(show, 'ours', ours, address, SECRET, 'secret');
          await knock(show, 'other', other, OURS, SECRET, '');
          await other.sh(`ip route add ${address}/32 via ${OURS}`);
          const [, way = ''] = /(via \S+)/.exec(await other.sh(`ip route get ${address}`)) ?? [];
          await on(show, 'other', `ip route get ${address}`, way);
          await knock(show, 'other', other, address, SECRET, '');
          await source(
            show,
            'src/network/firewall/rules.ts#networkRules',
            'in comes an answer, or what was readdressed',
          );
        }),
    },
    {
      title: 'AND THE ENGINE?',
      guess: 'it is killed. Is the door still open?',
      play: (show) =>
        scene(async (harbour) => {
          const { engine, ours, other } = harbour;
          await web(harbour);
          const { pid } = engine;
          await engine.kill();
          await on(show, 'ours', `kill -0 ${pid}`, (await ours.sh(`kill -0 ${pid}`)).replace(/^sh: \d+: /, ''));
          await knock(show, 'other', other, OURS, OUTSIDE, 'web');
          await engine.begin();
          await engine.client().done('DELETE', '/containers/web', { query: { force: true } });
          const left = await ours.sh('nft list table ip drydock | grep -c dnat.to; bridge link show | wc -l');
          show.fact('after rm: rules, cables', left.replace('\n', ', '), [left === '0\n0' ? 'GOOD' : 'BAD']);
          show.why('published ports are the kernel’s work: there is no program in between that could be down');
        }),
    },
  ],
  turn: ['./drydock begin ports', 'addresses and doors: about 45 min'],
};
