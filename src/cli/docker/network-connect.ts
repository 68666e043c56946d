/** `network connect`: a container gets a further network, also while it runs. */
import { command } from './command.ts';
import { commas, integer, list, pairOf, text } from './flags.ts';

export const verb = command({
  usage: '[OPTIONS] NETWORK CONTAINER',
  about: 'Puts a container into a network.',
  words: [2, 2],
  flags: {
    alias: commas('a further name in the network'),
    'driver-opt': commas('NAME=VALUE for the driver'),
    'gw-priority': integer('the network with the highest one has the way out'),
    ip: text('its address of IPv4'),
    ip6: text('its address of IPv6'),
    link: list('CONTAINER[:ALIAS], known by name in the network'),
    'link-local-ip': commas('a link-local address'),
  },
  async run({ client, flags, words: [network = '', Container] }) {
    const EndpointConfig = {
      IPAMConfig: { IPv4Address: flags.ip, IPv6Address: flags.ip6, LinkLocalIPs: flags['link-local-ip'] },
      Links: flags.link,
      Aliases: flags.alias,
      DriverOpts: Object.assign({}, ...flags['driver-opt'].map(pairOf)) as Record<string, string>,
      GwPriority: flags['gw-priority'],
    };
    await client.done('POST', `/networks/${encodeURIComponent(network)}/connect`, {
      body: { Container, EndpointConfig },
    });
  },
});
