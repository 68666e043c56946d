/** What an event says of a container: its labels, and over them its image, its name, and what the event is about. */
import type { ContainerRecord } from './types.ts';

export function attributesOf(
  { Name, Config }: ContainerRecord,
  more: Record<string, string> = {},
): Record<string, string> {
  return { ...Config.Labels, image: Config.Image, name: Name, ...more };
}
