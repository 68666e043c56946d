/** Ports of the host that are taken for containers, by protocol, address and port. */
export interface Held {
  readonly sockets: Map<string, number>;
}
