/** How Docker shortens what does not fit into a column. */

/** Twelve digits of an id, without the name of its digest. */
export function shortId(id: string): string {
  return id.replace(/^[a-z0-9]+:/, '').slice(0, 12);
}

/** At most `width` characters, the last one an ellipsis. */
export function ellipsis(text: string, width: number): string {
  const letters = [...text];
  return letters.length <= width ? text : `${letters.slice(0, width - 1).join('')}…`;
}

/** A string as Go's %q prints it. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `key=value,key=value`, in the order of the keys. */
export function labelText(labels: Readonly<Record<string, string>> | null | undefined): string {
  return Object.entries(labels ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(',');
}

/** One label by its name, for `{{.Label "tier"}}`. */
export const labelOf =
  (labels: Readonly<Record<string, string>> | null | undefined) =>
  (name: string): string =>
    (labels && Object.hasOwn(labels, name) && labels[name]) || '';
