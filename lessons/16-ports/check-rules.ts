/** The checks of `portRules`: its rules are put into a kernel, and somebody knocks from each side. */
import type { portRules as ours, Rule } from '../../src/network/firewall/rules.ts';
import { portRules } from '../../src/network/firewall/rules.ts';
import type { PublishedPort } from '../../src/network/networks.ts';
import { check, consequence, type Bench, type Check } from '../../src/learn/check/check.ts';
import { functionOf } from '../../src/learn/check/solved.ts';
import { rulesOf } from '../../src/linux/netfilter.ts';
import { BOX, INSIDE, withBox, WORD, type Boxed } from './box.ts';
import { ALSO_OURS, ask, OURS } from '../../src/learn/machines.ts';

export const RULES = 'network/firewall/rules.ts#portRules';
const OUTSIDE = 'who knocks at the host from outside reaches the container';
const HOST = 'the host itself gets there, too, also by 127.0.0.1';

const PORT = 8080;
const everywhere: PublishedPort = { protocol: 'tcp', hostAddress: '0.0.0.0', hostPort: PORT, port: INSIDE };

const textOf = (rules: readonly Rule[]): string =>
  rules.map(({ chain, text }) => `${chain}: ${text}`).join('; ') || 'no rules';

/** The learner's rules for a port, in the kernel of our machine; what it said against them, if it did. */
function published(t: Bench, { publish }: Boxed, port: PublishedPort): string {
  const rules = functionOf<typeof ours>(t, RULES)(port, BOX);
  const said = t.fact('rules', textOf(rules));
  try {
    publish(rules);
    return said;
  } catch (error) {
    t.fact('rules', `${said} (${(error as Error).message})`);
    return `${said}, which is refused: ${(error as Error).message}`;
  }
}

const heard = (answer: string): string => answer || 'nobody answers';

const outside = check(
  OUTSIDE,
  {
    slot: RULES,
    see: 'with our rules: ./drydock run -d -p 8080:80 lab sleep 99; nft list chain ip drydock prerouting',
    hint: ({ rules, answer }) => [
      'A packet from outside has the host’s address on it. Before the kernel decides where it goes, it passes one hook.',
      `Your rules are: ${String(rules)}. From outside: ${String(answer)}.`,
      "{ chain: 'prerouting', text: `fib daddr type local ${protocol} dport ${hostPort} dnat to ${withPort(address, port)}` }: hostPort in front, port behind.",
    ],
  },
  (t) =>
    withBox(async (boxed) => {
      const did = published(t, boxed, everywhere);
      const answer = t.fact('answer', heard(await ask(boxed.other, OURS, PORT)));
      t.must(answer === WORD, { did, kernel: `${OURS}:${PORT} from another machine: ${answer}`, wanted: WORD });
    }),
);

const host = check(
  HOST,
  {
    slot: RULES,
    needs: [OUTSIDE],
    see: 'with our rules: ./drydock run -d -p 8080:80 lab sleep 99; nft list chain ip drydock output',
    hint: ({ rules, answer }) => [
      'What the host sends to itself never comes in from anywhere. At which hook does it begin?',
      `Your rules are: ${String(rules)}. From the host: ${String(answer)}.`,
      "The same text once more, with { chain: 'output' }.",
    ],
  },
  (t) =>
    withBox(async (boxed) => {
      const did = published(t, boxed, everywhere);
      for (const address of ['127.0.0.1', OURS]) {
        const answer = t.fact('answer', heard(await ask(boxed.ours, address, PORT)));
        t.must(answer === WORD, { did, kernel: `${address}:${PORT} from the host: ${answer}`, wanted: WORD });
      }
    }),
);

const oneAddress = check(
  'what was published at one address is not at another',
  {
    slot: RULES,
    needs: [OUTSIDE],
    see: 'ip -br addr show eth0',
    hint: ({ rules, elsewhere, there }) => [
      'A host has several addresses: one to the world, one to the cellar. Which of them was the port published at?',
      `Your rules are: ${String(rules)}. At ${ALSO_OURS}: ${String(there)}; at ${OURS}: ${String(elsewhere)}.`,
      'Only isAnyAddress(hostAddress) is `fib daddr type local`; otherwise `${familyOf(hostAddress)} daddr ${hostAddress}`.',
    ],
  },
  (t) =>
    withBox(async (boxed) => {
      const did = published(t, boxed, { ...everywhere, hostAddress: ALSO_OURS });
      const there = t.fact('there', heard(await ask(boxed.other, ALSO_OURS, PORT)));
      const elsewhere = t.fact('elsewhere', heard(await ask(boxed.other, OURS, PORT)));
      t.must(there === WORD && elsewhere !== WORD, {
        did,
        kernel: `from another machine, ${ALSO_OURS}: ${there}; ${OURS}: ${elsewhere}`,
        wanted: `${WORD}, and nobody`,
      });
    }),
);

const loopback = check(
  'what was published on 127.0.0.1 is for this machine alone',
  {
    slot: RULES,
    needs: [HOST],
    see: 'nft list table ip drydock',
    hint: ({ rules, chains }) => [
      'Anybody on your network can write 127.0.0.1 on a packet, and send it to your machine’s MAC. Which hook would it meet first?',
      `Your rules are: ${String(rules)}. The kernel has them in: ${String(chains)}.`,
      'if (isLoopback(hostAddress)) only { chain: "output", … }: packets of the host itself, and no others.',
    ],
  },
  (t) =>
    withBox(async (boxed) => {
      const did = published(t, boxed, { ...everywhere, hostAddress: '127.0.0.1' });
      const found = rulesOf('ip', 'drydock', boxed.ours.path).filter(({ comment }) => comment === 'port');
      const chains = t.fact('chains', found.map(({ chain }) => chain).join(', ') || 'no chain');
      const answer = heard(await ask(boxed.ours, '127.0.0.1', PORT));
      t.must(answer === WORD && chains === 'output', {
        did,
        kernel: `127.0.0.1:${PORT} from the host: ${answer}; rules in ${chains}`,
        wanted: `${WORD}, and output alone`,
      });
    }),
);

const protocol = check(
  'a port of udp is no port of tcp',
  {
    slot: RULES,
    needs: [OUTSIDE],
    see: 'grep -w domain /etc/services',
    hint: ({ rules, answer }) => [
      'Port 53 of udp and port 53 of tcp are two doors, which may be of two containers.',
      `A port of udp was published. Your rules are: ${String(rules)}; over tcp: ${String(answer)}.`,
      'The word before `dport` is published.protocol.',
    ],
  },
  (t) =>
    withBox(async (boxed) => {
      const did = published(t, boxed, { ...everywhere, protocol: 'udp' });
      const answer = t.fact('answer', heard(await ask(boxed.other, OURS, PORT)));
      const count = rulesOf('ip', 'drydock', boxed.ours.path).filter(({ comment }) => comment === 'port').length;
      t.must(answer !== WORD && count > 0, {
        did,
        kernel: `${count} rules are there; over tcp: ${answer}`,
        wanted: 'rules for udp, and nobody answers over tcp',
      });
    }),
);

const six = check(
  'further: IPv6 has its own words',
  {
    slot: RULES,
    needs: [OUTSIDE],
    see: 'nft list table ip6 drydock',
    hint: ({ rules }) => [
      'An address of IPv6 has colons in it, and so has "address:port". How is it told apart?',
      `Your rules are: ${String(rules)}.`,
      'familyOf(hostAddress) is ip6, and withPort(address, port) writes [fd00::2]:80.',
    ],
  },
  async (t) => {
    const port = { ...everywhere, hostAddress: 'fd00::1' };
    const said = t.fact('rules', textOf(functionOf<typeof ours>(t, RULES)(port, 'fd00::2')));
    const wanted = textOf(portRules(port, 'fd00::2'));
    t.must(said === wanted, { did: `portRules([fd00::1]:${PORT}, 'fd00::2')`, kernel: said, wanted });
  },
);

const gone = consequence(
  'and gone: when the rules go, nobody answers',
  { slot: RULES, needs: [OUTSIDE], see: 'nft list ruleset' },
  (t) =>
    withBox(async (boxed) => {
      published(t, boxed, everywhere);
      boxed.publish([]);
      const answer = heard(await ask(boxed.other, OURS, PORT));
      const left = rulesOf('ip', 'drydock', boxed.ours.path).filter(({ comment }) => comment === 'port').length;
      t.must(left === 0 && answer !== WORD, {
        did: 'took the rules away again',
        kernel: `${left} rules are left; from another machine: ${answer}`,
        wanted: 'none, and nobody',
      });
    }),
);

export const ruleChecks: readonly Check[] = [outside, host, oneAddress, loopback, protocol, six, gone];
