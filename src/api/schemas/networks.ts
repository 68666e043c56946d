/** `POST /networks/create`, and who is put into a network and taken out of it. */
import * as v from 'valibot';
import type { NetworkRequest } from '../../network/networks.ts';
import { endpointSettings } from './containers.ts';
import { flag, object, pairs, plain, text } from './parts.ts';

const ipamConfig = object({ Subnet: text, IPRange: text, Gateway: text, AuxiliaryAddresses: pairs });

export const networkRequest: v.GenericSchema<unknown, NetworkRequest> = object({
  Name: plain,
  CheckDuplicate: flag,
  Driver: text,
  Scope: text,
  Internal: flag,
  Attachable: flag,
  Ingress: flag,
  EnableIPv6: flag,
  IPAM: v.optional(
    object({
      Driver: v.optional(plain, 'default'),
      Options: v.optional(pairs, {}),
      Config: v.optional(v.array(ipamConfig)),
    }),
  ),
  Options: pairs,
  Labels: pairs,
});

export const connectRequest = object({ Container: plain, EndpointConfig: v.optional(endpointSettings) });

export const disconnectRequest = object({ Container: plain, Force: flag });
