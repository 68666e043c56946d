/**
 * Who we are, for one server: knows what it wants to hear, keeps the tokens that it has believed.
 *
 * Nothing is said before the server asks (401). Then a token is fetched for the scopes of the request and kept until it
 * ends; the next request has it from the start. Requests that run at the same time share the fetching.
 *
 * Invariant: an Authorizer has the credentials of one server, and only send.ts takes headers from it, for requests to
 * that server's own origin.
 */
import { parseChallenges, type Challenge } from './challenge.ts';
import { RegistryError } from './failure.ts';
import type { Credential } from './registry.ts';
import { basic, parseToken, tokenRequest, type Token, type TokenRequest } from './token.ts';

/** Before a token's end: it has to arrive while it is good. */
const MARGIN_MS = 5_000;

interface Kept {
  readonly token: Promise<Token>;
  /** The header that it makes, once it is here. */
  header?: string;
  /** Of performance.now. */
  ends: number;
}

export class Authorizer {
  /** For a login: a token server may give one instead of the password. */
  wantsIdentityToken = false;
  private challenge?: Challenge;
  private credential?: Promise<Credential | undefined>;
  private readonly tokens = new Map<string, Kept>();

  constructor(
    private readonly findCredential: () => Promise<Credential | undefined>,
    /** Asks a token server, and answers with the body of its 200. */
    private readonly fetchToken: (request: TokenRequest) => Promise<string>,
  ) {}

  /** What to say; undefined while the server has not asked. */
  async header(scopes: readonly string[]): Promise<string | undefined> {
    if (!this.challenge) return undefined;
    if (this.challenge.scheme === 'basic') return this.basic();
    return `Bearer ${(await this.token(this.challenge, scopes)).text}`;
  }

  /**
   * Takes a 401 to heart: true if there is now something else to say than what was said. A token that was good once may
   * have ended; whoever was refused with a password is not let in with the same one.
   */
  learn(header: string, said: string | undefined, scopes: readonly string[]): boolean {
    const challenges = parseChallenges(header);
    const challenge = ['bearer', 'basic'].flatMap((wanted) => challenges.filter(({ scheme }) => scheme === wanted))[0];
    if (!challenge) return false;
    this.challenge = challenge;
    if (challenge.scheme === 'basic') return said === undefined || !said.startsWith('Basic ');
    // Somebody else may have fetched a new one meanwhile.
    const key = keyOf(this.scopesOf(challenge, scopes));
    if (said !== undefined && this.tokens.get(key)?.header === said) this.tokens.delete(key);
    return true;
  }

  async whoWeAre(): Promise<string> {
    const credential = await this.ourCredential();
    return credential ? `as ${credential.username ?? 'the owner of an identity token'}` : 'as nobody';
  }

  /** Kept by the token server for the next login, if it gave one. */
  async identityToken(scopes: readonly string[]): Promise<string | undefined> {
    if (this.challenge?.scheme !== 'bearer') return undefined;
    return (await this.token(this.challenge, scopes)).identityToken;
  }

  private async basic(): Promise<string | undefined> {
    const credential = await this.ourCredential();
    if (!credential) return undefined;
    if ('password' in credential) return basic(credential);
    throw new RegistryError('UNAUTHORIZED', 'the registry wants a password, and there is an identity token alone', {
      hint: 'log in again with name and password',
    });
  }

  private async token(challenge: Challenge, wanted: readonly string[]): Promise<Token> {
    const scopes = this.scopesOf(challenge, wanted);
    const key = keyOf(scopes);
    const known = this.tokens.get(key);
    if (known && known.ends > performance.now()) return known.token;
    const token = this.ourCredential().then(async (credential) => {
      const request = tokenRequest(challenge, scopes, credential);
      if (this.wantsIdentityToken) request.url.searchParams.set('offline_token', 'true');
      return parseToken(await this.fetchToken(request), request.url);
    });
    const kept: Kept = { token, ends: Infinity };
    this.tokens.set(key, kept);
    try {
      const { text, lifetime } = await token;
      kept.header = `Bearer ${text}`;
      kept.ends = performance.now() + lifetime - MARGIN_MS;
    } catch (error) {
      this.tokens.delete(key);
      throw error;
    }
    return token;
  }

  /** The server knows best what a request needs; what we want to do next with the same token is asked for at once. */
  private scopesOf({ parameters: { scope = '' } }: Challenge, wanted: readonly string[]): string[] {
    if (wanted.length > 0) return [...wanted];
    return scope.split(' ').filter(Boolean);
  }

  private ourCredential(): Promise<Credential | undefined> {
    return (this.credential ??= this.findCredential());
  }
}

function keyOf(scopes: readonly string[]): string {
  return [...scopes].sort().join(' ');
}
