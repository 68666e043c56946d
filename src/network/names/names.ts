/** The name servers of the containers that run, by container. */
export interface Names {
  readonly servers: Map<string, { close(): void }>;
}
