/** `build --secret id=NAME[,src=FILE|,env=VARIABLE]` */
import { readFileSync } from 'node:fs';

type Secret = [id: string, base64: string];

/** Each is read once: a pipe (`src=<(pass token)`) says nothing the second time. */
const known = new Map<string, Secret>();

/** What an instruction will see under which id. Throws what is wrong with an option, in a few words. */
export function secretOf(word: string): Secret {
  const secret = known.get(word) ?? read(word);
  known.set(word, secret);
  return secret;
}

function read(word: string): Secret {
  const parts = new Map(word.split(',').map((part) => [part.split('=', 1)[0]!, part.slice(part.indexOf('=') + 1)]));
  const id = parts.get('id');
  if (!id) throw new Error('it has no id; as in id=token,src=FILE');
  const file = parts.get('src') ?? parts.get('source');
  if (file !== undefined) return [id, contentOf(file).toString('base64')];
  const variable = parts.get('env') ?? id;
  const held = process.env[variable];
  if (held === undefined) throw new Error(`there is no variable ${variable}`);
  return [id, Buffer.from(held).toString('base64')];
}

/** In the words of BuildKit (moby/buildkit, session/secrets/secretsprovider). */
function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new Error(`failed to read ${file}: ${message}`, { cause: error });
    throw new Error(`failed to stat ${file}: stat ${file}: no such file or directory`, { cause: error });
  }
}
