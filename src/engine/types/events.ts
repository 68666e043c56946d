/** What has happened. */

/** A line of `GET /events`. */
export interface EventMessage {
  /** The action, the id and the image once more, where containers and images are concerned: clients of before 1.22. */
  status?: string;
  id?: string;
  from?: string;
  Type: 'container' | 'image' | 'volume' | 'network' | 'daemon';
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
  scope: 'local';
  /** Seconds and nanoseconds since 1970. */
  time: number;
  timeNano: number;
}
