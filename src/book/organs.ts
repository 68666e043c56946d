/**
 * The organs of the growing picture: a ship in a dry dock, cut open, and the harbour around it.
 *
 * The ship is a container, the ground that it stands on is the kernel. Each lesson brings one organ: Part I is below
 * deck, Part II is the cargo and what handles it, Part III is the harbour. Coordinates are those of a sheet of
 * 900 by 580; the quay lies at 230, the deck at 246, the floor of the dock at 500.
 *
 * `body` is what is left of an organ while it is only an outline; `detail` is what makes it recognisable once it is
 * there. Classes: `skin` is a filled surface, `cut` a sawn edge, `fine` a thin line, `dot` a solid spot, `tiny` text.
 */

export interface Organ {
  /** The lesson that brings it. */
  readonly name: string;
  /** What it is in the picture: a line of the picture in words. */
  readonly is: string;
  /** Where its number stands; its name follows to the right. */
  readonly at: readonly [x: number, y: number];
  readonly body: string;
  readonly detail: string;
}

const rect = (x: number, y: number, w: number, h: number, style = 'skin', r = 2): string =>
  `<rect class="${style}" x="${x}" y="${y}" width="${w}" height="${h}" rx="${r}"/>`;
const circle = (x: number, y: number, r: number, style = 'fine'): string =>
  `<circle class="${style}" cx="${x}" cy="${y}" r="${r}"/>`;
const path = (d: string, style = 'fine'): string => `<path class="${style}" d="${d}"/>`;
const word = (x: number, y: number, text: string, anchor = 'middle'): string =>
  `<text class="tiny" x="${x}" y="${y}" text-anchor="${anchor}">${text}</text>`;
const each = <T>(list: readonly T[], draw: (one: T, index: number) => string): string => list.map(draw).join('');
/** A room below deck: the hull cuts off what would stick out. */
const room = (x: number, y: number, w: number, h: number): string =>
  `<g clip-path="url(#cutaway-hold)">${rect(x, y, w, h, 'skin', 0)}</g>`;

/** The hull, outside and inside. */
const shell = 'M200 246L204 300C208 372 222 440 258 476H606C664 462 716 360 744 226C722 240 702 246 680 246Z';
export const hold = 'M210 255L213 300C217 366 230 432 262 466H604C654 452 700 356 730 248C714 253 700 255 680 255Z';

const sailor = (x: number, y: number, number: number): string =>
  circle(x, y - 19, 6.5) +
  path(`M${x - 11} ${y + 14}V${y}a11 10 0 0 1 22 0V${y + 14}Z`) +
  word(x, y + 8, String(number));
const gauge = (x: number, y: number, needle: number, name: string): string => {
  const turn = (angle: number, r: number): string =>
    `${(x + r * Math.sin(angle)).toFixed(1)} ${(y - r * Math.cos(angle)).toFixed(1)}`;
  return (
    circle(x, y, 12.5) +
    path(`M${turn(0.9, 7)}L${turn(0.9, 12.5)}`, 'limit') +
    path(`M${x} ${y}L${turn(needle, 9)}`) +
    word(x, y + 25, name)
  );
};
const tank = (x: number, y: number, name: string): string =>
  path(`M${x} ${y}a19 5 0 0 1 38 0v34a19 5 0 0 1-38 0Za19 5 0 0 0 38 0M${x + 19} ${y - 5}V386`) +
  word(x + 19, y + 24, name);
const box = (x: number, y: number, w: number, h: number): string =>
  path(
    `M${each(
      Array.from({ length: Math.floor(w / 9) }, (_, i) => x + 6 + i * 9),
      (at) => `M${at} ${y + 4}v${h - 8}`,
    ).slice(1)}`,
  );
const ship = (x: number, scale: number): string =>
  `<g transform="translate(${x} 205) scale(${scale})">${path('M0-9H44L38 0H6ZM4-9V-19H12V-9M15-9V-16H34V-9', 'skin')}</g>`;

export const organs: readonly Organ[] = [
  {
    name: 'process',
    is: 'the engine: a program that runs; all else is built around it',
    at: [240, 370],
    body: room(214, 354, 120, 86) + path('M196 396q-14-20-2-30q8 12 2 30q8 18-2 30q-12-12 2-30', 'skin'),
    detail:
      path('M196 396H262') +
      rect(264, 386, 60, 40) +
      each([270, 288, 306], (x) => rect(x, 390, 12, 14, 'fine', 1) + path(`M${x + 6} 404V412`)) +
      circle(248, 404, 14) +
      circle(248, 404, 3, 'dot') +
      path('M248 390V418M234 404H264'),
  },
  {
    name: 'rootfs',
    is: 'the hull: a root directory of its own',
    at: [660, 485],
    body: `<path class="skin" fill-rule="evenodd" d="${shell}${hold}"/>`,
    detail:
      `<path class="sawn" fill-rule="evenodd" d="${shell}${hold}"/>` +
      `<g clip-path="url(#cutaway-hold)">${rect(205, 340, 520, 13, 'skin', 0)}</g>` +
      `<text class="tiny" x="228" y="350" textLength="440">/ bin dev etc home lib mnt opt proc root run sbin srv sys tmp usr var</text>` +
      path('M651 476L636 462'),
  },
  {
    name: 'mounts',
    is: 'three tanks of its own: /proc, /sys and /dev; their pipes end on board',
    at: [356, 370],
    body: room(340, 354, 146, 86),
    detail: path('M367 386H474V354') + tank(348, 397, '/proc') + tank(394, 397, '/sys') + tank(440, 397, '/dev'),
  },
  {
    name: 'names',
    is: 'the name at the bow, and message tubes that end on board',
    at: [596, 274],
    body: room(580, 257, 160, 81) + path('M736 232V172L716 180L736 188', 'skin'),
    detail:
      rect(592, 290, 98, 18) +
      word(641, 303, '3f2a91c07b1e') +
      path('M588 323H692M588 331H680') +
      each([600, 622, 644], (x) => rect(x, 324, 12, 6, 'dot', 3)),
  },
  {
    name: 'pid',
    is: 'the crew, with numbers of its own; number 1 is the captain',
    at: [332, 274],
    body: room(316, 257, 112, 81),
    detail: sailor(340, 320, 1) + sailor(373, 320, 2) + sailor(405, 320, 3) + path('M330 297q10-11 20 0Z', 'dot'),
  },
  {
    name: 'user',
    is: 'the officer’s cap: root on board, nobody ashore',
    at: [232, 274],
    body: room(206, 257, 104, 81),
    detail:
      path('M240 305q0-16 24-16t24 16q-24-7-48 0Z') +
      path('M240 305q24-7 48 0q-4 6-24 6t-24-6', 'dot') +
      word(264, 328, '0 = 100000'),
  },
  {
    name: 'network',
    is: 'one cable to the quay, with a plug at each end',
    at: [606, 370],
    body: room(592, 354, 122, 86) + rect(752, 300, 20, 26) + path('M651 406C700 404 706 316 752 313', 'cable'),
    detail: rect(604, 392, 47, 28) + word(627, 410, 'eth0') + circle(762, 313, 4, 'dot'),
  },
  {
    name: 'cgroups',
    is: 'gauges with a red line: memory, CPU, processes',
    at: [505, 370],
    body: room(492, 354, 94, 86),
    detail: gauge(508, 405, -0.6, 'mem') + gauge(539, 405, 0.2, 'cpu') + gauge(570, 405, -1.3, 'pids'),
  },
  {
    name: 'capabilities',
    is: 'a board of keys: of most there is only the hook',
    at: [450, 274],
    body: room(434, 257, 140, 81),
    detail:
      rect(446, 290, 116, 42) +
      each(
        Array.from({ length: 14 }, (_, i) => [458 + (i % 7) * 15.5, 297 + Math.floor(i / 7) * 19] as const),
        ([x, y], i) =>
          [0, 2, 3, 8, 11].includes(i)
            ? circle(x, y + 2, 3.4) + path(`M${x} ${y + 5.5}v7.5h3m-3-3.5h3`)
            : circle(x, y, 1.2, 'dot'),
      ),
  },
  {
    name: 'seccomp',
    is: 'a grating in the bottom: some calls reach the kernel, others do not',
    at: [288, 454],
    body: `<g clip-path="url(#cutaway-hold)">${rect(230, 444, 440, 20, 'skin', 0)}</g>`,
    detail:
      each([392, 412, 432, 452, 472, 492, 512, 532, 552, 572], (x) => rect(x, 449, 9, 10, 'hole', 1)) +
      each([396.5, 456.5, 536.5], (x) => path(`M${x} 454V514m-4-7l4 7l4-7`, 'call')) +
      each([436.5, 496.5, 576.5], (x) => path(`M${x - 6} 448l12 12m0-12l-12 12`, 'limit')) +
      word(403, 518, 'read', 'start') +
      word(463, 518, 'openat', 'start') +
      word(543, 518, 'execve', 'start'),
  },
  {
    name: 'lifecycle',
    is: 'the bridge with its telegraph: create, start, exec, kill, delete',
    at: [238, 116],
    body: path('M228 246V166H222V130H334V166H328V246Z', 'skin') + path('M346 246V176H374V246Z', 'skin'),
    detail:
      each([228, 249, 270, 291, 312], (x) => rect(x, 137, 16, 17, 'hole')) +
      circle(278, 206, 27) +
      circle(278, 206, 3, 'dot') +
      path('M278 179v6M303.7 197.7l-5.7 1.8M252.3 197.7l5.7 1.8M293.9 227.8l-3.5-4.9M262.1 227.8l3.5-4.9') +
      path('M278 206L296 189', 'limit') +
      path('M346 188H374M346 194H374'),
  },
  {
    name: 'union',
    is: 'boxes stacked on deck; only the top one is open',
    at: [404, 146],
    body: each([224, 202, 180], (y) => rect(392, y, 168, 22)) + path('M392 180V160M560 180V160', 'cable'),
    detail: each([224, 202, 180], (y) => box(392, y, 168, 22)) + word(476, 174, 'upper'),
  },
  {
    name: 'images',
    is: 'a box on the hook, sealed with its own digest',
    at: [598, 222],
    body: rect(582, 158, 74, 48) + path('M619 96V140M594 158L619 140L644 158'),
    detail: path('M582 170H656M582 194H656') + word(619, 186, 'sha256:…'),
  },
  {
    name: 'registry',
    is: 'the warehouse on the quay',
    at: [24, 252],
    body: path('M8 230V176L53 152L98 176V230Z', 'skin'),
    detail:
      rect(28, 188, 50, 42, 'hole') +
      each([32, 47, 62], (x) => rect(x, 216, 12, 12, 'fine', 1)) +
      each([40, 56], (x) => rect(x, 202, 12, 12, 'fine', 1)) +
      path('M8 176H98'),
  },
  {
    name: 'build',
    is: 'the gantry that puts boxes together',
    at: [132, 46],
    body: rect(100, 62, 700, 14, 'skin') + path('M112 76L106 230H122L126 76M778 76L774 230H790L792 76', 'skin'),
    detail:
      path(`M${Array.from({ length: 17 }, (_, i) => `${116 + i * 40} 76l20-14l20 14`).join('M')}`) +
      rect(604, 76, 30, 10) +
      path('M619 86V96'),
  },
  {
    name: 'engine',
    is: 'the harbour office: it remembers every ship',
    at: [814, 84],
    body: path('M822 230L828 160H814V124H880V160H866L872 230Z', 'skin') + path('M847 124V104'),
    detail:
      each([819, 835, 851, 866], (x) => rect(x, 131, 11, 16, 'hole', 1)) +
      path('M839 110a12 12 0 0 1 16 0M834 104a19 19 0 0 1 26 0M840 230V206H854V230'),
  },
  {
    name: 'ports',
    is: 'the gangway, with a number at each end',
    at: [92, 278],
    body:
      path('M142 230L206 247L206 242L142 224Z', 'skin') +
      path('M142 214L206 232M142 224V214M163 230V220M184 236V226M206 242V232'),
    detail: rect(125, 189, 56, 16) + word(153, 201, '8080:80') + path('M152 205V216M106 266L142 232'),
  },
  {
    name: 'volumes',
    is: 'a vault in the wall of the dock: what is in it stays when the ship is scrapped',
    at: [800, 376],
    body: rect(786, 392, 96, 62) + path('M786 436H672', 'cable'),
    detail: each([796, 824, 852], (x) => path(`M${x} 408a10 3.5 0 0 1 20 0v34a10 3.5 0 0 1-20 0Za10 3.5 0 0 0 20 0`)),
  },
  {
    name: 'world',
    is: 'other ships on the horizon',
    at: [690, 158],
    body: path('M0 205H900') + ship(676, 0.9) + ship(150, 0.6),
    detail: path('M664 208h26M720 208h34M140 208h16'),
  },
];
