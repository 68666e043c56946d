/**
 * Names for containers that are given none: an adjective and somebody who worked on ships, seas, or machines that count.
 *
 * Docker's form, `adjective_surname`, and its one exception: `boring_wozniak` is never given, because Steve Wozniak is not
 * boring (moby, pkg/namesgenerator).
 */
import { randomInt } from 'node:crypto';
import { DrydockError } from '../errors.ts';

const adjectives =
  'agile amber ample ardent balmy bold boring brave breezy bright brisk calm candid canny careful cheery clever ' +
  'coastal cosy curious daring dapper deft dreamy eager earnest easy elated epic fair famous fearless festive fluent ' +
  'focused fond frosty gallant gentle gifted glad golden graceful grand happy hardy hearty honest hopeful humble ' +
  'inspiring jaunty jolly jovial keen kind lively loyal lucid lucky mellow merry mighty misty modest musing mystic neat ' +
  'nimble noble patient pensive placid plucky polite practical proud quiet quirky rapid ready relaxed resolute robust ' +
  'salty serene sharp silver sleepy sober spirited stately steady stoic stormy stupefied sturdy sunny swift tender ' +
  'thirsty tidal tidy trusting upbeat vibrant vigilant vivid wandering warm wily windy wise witty wonderful zealous zen';

const surnames =
  'allen amundsen anning archimedes babbage backus banneker bardeen barents bartik bell bering berners blackwell bohr boole ' +
  'bougainville bowditch brahe brunel cabot cartwright cerf chandrasekhar chichester clarke columbus cook cori cousteau ' +
  'cray curie darwin diffie dijkstra drake earhart earle edison ellis engelbart euclid euler faraday fermi feynman ' +
  'fitzroy franklin galileo gama gauss germain goldberg goldstine goodall gould hamilton hawking heyerdahl hellman hertz ' +
  'heyrovsky hodgkin hoover hopper hudson humboldt hypatia jackson jang jepsen johnson joliot jones kalam kare keller ' +
  'kepler khorana kilby knuth kowalevski lalande lamarr lamport leakey leavitt liskov lovelace magellan maury maxwell ' +
  'mayer mccarthy mcclintock mclean meitner mendel mercator merkle mirzakhani moore morse murdock nansen napier neumann ' +
  'newcomen newton nightingale nobel noether norman noyce pare pasteur payne perlman pike poincare ptolemy raman ritchie ' +
  'roentgen rosalind ross rubin sammet scott shackleton shannon shaw shirley shockley sinoussi slocum snyder spence ' +
  'stallman stonebraker swanson swartz swirles tasman tesla thompson torvalds turing varahamihira vespucci villani ' +
  'wescoff wilbur wiles williams wilson wing wozniak wright yalow yonath zheng zhukovsky';

const [first, second] = [adjectives.split(' '), surnames.split(' ')];
/** After so many that are taken already, a digit more makes the next one likely to be free. */
const TRIES = 6;

/** A name that `isTaken` has not. */
export function freshName(isTaken: (name: string) => boolean): string {
  for (let tries = 0; ; tries++) {
    const pair = `${oneOf(first)}_${oneOf(second)}`;
    const name = tries < TRIES ? pair : `${pair}${randomInt(10 ** (tries - TRIES + 1))}`;
    if (pair !== 'boring_wozniak' && !isTaken(name)) return name;
  }
}

const oneOf = (words: readonly string[]): string => words[randomInt(words.length)]!;

/** The name as it is kept, without the slash that old clients put in front. Throws BAD_USAGE in Docker's words. */
export function checkName(name: string): string {
  const plain = name.replace(/^\//, '');
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(plain)) return plain;
  throw new DrydockError('BAD_USAGE', `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`, {
    hint: 'at least two of these characters',
  });
}
