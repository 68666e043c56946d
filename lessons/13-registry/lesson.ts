/** Lesson registry: asking for an image, and believing nothing but its digest. */
import type { Lesson } from '../../src/learn/lesson.ts';

export const lesson: Lesson = {
  name: 'registry',
  number: 13,
  title: 'images from elsewhere',
  minutes: 75,
  question: 'Who hands you an image, and why should you believe the bytes?',
  requires: ['images'],
  slots: [
    {
      name: 'registry/verify.ts#verified',
      source: 'src/registry/verify.ts',
      file: 'registry/verify.ts',
      title: 'bytes that have to be what their name says, checked while they come',
      minutes: 20,
      todo: [
        'hand on each piece as it comes (yield), and come to an end only if all of them are the blob.',
        'blob.size and blob.digest are what was promised. A Hasher takes pieces: update(piece), and at the end digest().',
        'More bytes than promised: throw mismatch(blob, what) at once, and hand none of those on.',
        'Fewer, or another digest at the end: throw mismatch(blob, what), too.',
      ],
      body: ['yield* pieces;'],
    },
    {
      name: 'registry/token.ts#tokenRequest',
      source: 'src/registry/token.ts',
      file: 'registry/token.ts',
      title: 'from the challenge in a 401 to the question for a token',
      minutes: 30,
      todo: [
        'say what to ask the token server for.',
        'challenge.parameters.realm is its address, challenge.parameters.service (if there is one) a parameter of the question.',
        'Each scope is a parameter `scope` of its own: url.searchParams.append.',
        'With a name and a password: basic(credential) is the header `authorization`, the name is the parameter `account`.',
        'Without a credential: neither. A realm that is no address: throw a DrydockError with the code REGISTRY.',
        'Further: with an identity token it is a POST, and all of it stands in the body, as a form: grant_type',
        '(refresh_token), refresh_token, client_id, service, and the scopes in one `scope`, with blanks between them.',
      ],
      body: [
        "const { realm = '' } = challenge.parameters;",
        "return { method: 'GET', url: new URL(realm), headers: {} };",
      ],
    },
  ],
  task: [
    'First, in ten minutes or twenty, the half that protects you: `verified` passes bytes on while they come, and comes',
    'to an end only if they are what was promised. Then the half that lets you in: a registry answers 401 and says who',
    'hands out tokens; `tokenRequest` is the question that you ask there. Your functions pull from a real registry.',
  ],
  hints: [
    'Look at the whole conversation with `./drydock demo registry`; each line is a request and its answer.',
    'A digest is of all bytes, and you see them piece by piece: what has to be kept from one piece to the next?',
    'A 401 is a question, and its header WWW-Authenticate names the server that answers it: distribution’s token specification.',
  ],
};
