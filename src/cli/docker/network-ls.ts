/** `network ls`: the networks, by name. */
import type { Network } from '../../client/types.ts';
import { listing, type Listing, type Row } from '../format/listing.ts';
import { goMoment } from '../format/units.ts';
import { command, none } from './command.ts';
import { print } from './print.ts';
import { filter, filtersOf, format, noTrunc, quiet } from './shared-flags.ts';
import { labelOf, labelText, shortId } from './shorten.ts';
import { naturally } from './volume-ls.ts';

export const verb = command({
  usage: '[OPTIONS]',
  about: 'Lists the networks.',
  words: none,
  flags: { filter: filter('f'), format, 'no-trunc': noTrunc, quiet: quiet('ids only') },
  async run({ client, flags }) {
    const networks = await client.json<Network[]>('GET', '/networks', { query: filtersOf(flags.filter) });
    const rows = networks.sort((a, b) => naturally(a.Name, b.Name)).map((network) => rowOf(network, flags['no-trunc']));
    print(listing(rows, list, flags));
  },
});

const list: Listing = {
  type: 'network.networkContext',
  headings: {
    ID: 'NETWORK ID',
    Name: 'NAME',
    Driver: 'DRIVER',
    Scope: 'SCOPE',
    IPv4: 'IPV4',
    IPv6: 'IPV6',
    Internal: 'INTERNAL',
    Labels: 'LABELS',
    CreatedAt: 'CREATED AT',
  },
  columns: ['ID', 'Name', 'Driver', 'Scope'],
  quiet: 'ID',
};

function rowOf(network: Network, isWhole: boolean): Row {
  return {
    CreatedAt: goMoment(network.Created),
    Driver: network.Driver,
    ID: isWhole ? network.Id : shortId(network.Id),
    IPv4: String(network.EnableIPv4 ?? false),
    IPv6: String(network.EnableIPv6),
    Internal: String(network.Internal),
    Label: labelOf(network.Labels),
    Labels: labelText(network.Labels),
    Name: network.Name,
    Scope: network.Scope,
  };
}
