/** Addresses of IPv6 as bytes, and back as the shortest text (RFC 4291, RFC 5952). */

/** The 16 bytes of an address; `::` stands for as many zeros as are missing. */
export function bytesOf(address: string): Buffer {
  const [head, tail] = address
    .split('::')
    .map((part) => (part ? part.split(':').map((group) => parseInt(group, 16)) : []));
  const zeros = new Array<number>(8 - head!.length - (tail?.length ?? 0)).fill(0);
  const bytes = Buffer.alloc(16);
  [...head!, ...(tail ? zeros : []), ...(tail ?? [])].forEach((group, i) => bytes.writeUInt16BE(group, i * 2));
  return bytes;
}

/** The shortest text: the longest run of zeros becomes `::`. The URL parser of the platform knows how. */
export function textOf(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16));
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}
