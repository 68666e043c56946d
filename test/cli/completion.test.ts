/**
 * `completion`: what a person sees who presses Tab, in a bash and in a zsh before a real terminal. An engine that knows
 * a few names answers them.
 */
import { cli, folder } from './support.ts';
import { Terminal } from './tmux.ts';
import { isInstalled } from '../clients/support.ts';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';

const place = join(folder, 'completion');
const socket = join(place, 'engine.sock');
const run = join(place, 'run');

const names: Readonly<Record<string, unknown>> = {
  containers: [{ Names: ['/web-1'] }, { Names: ['/store'] }],
  images: [{ RepoTags: ['alpine:3.20', 'registry.test:5000/team/tool:1'] }, { RepoTags: null }],
  networks: [{ Name: 'front' }],
  volumes: { Volumes: [{ Name: 'data' }] },
};

/** Every shell that this machine has, as it is started by a person who has followed the help's words. */
const shells: Readonly<Record<string, string>> = {
  bash: 'bash --norc --noprofile -i',
  zsh: `env ZDOTDIR=${place} zsh -d -i`,
};
const zshrc = `autoload -Uz compinit && compinit -u -d ${place}/zcompdump
source <(drydock completion zsh)
PROMPT='ready> '
`;

describe('completion', function () {
  this.timeout(60_000);
  let engine: Server;
  before(async () => {
    mkdirSync(join(place, 'bin'), { recursive: true });
    mkdirSync(join(place, 'files'));
    mkdirSync(run);
    writeFileSync(join(place, 'bin/drydock'), `#!/bin/sh\nexec ${process.execPath} ${cli} "$@"\n`, { mode: 0o755 });
    writeFileSync(join(place, 'files/notes.txt'), '');
    writeFileSync(join(place, '.zshrc'), zshrc);
    engine = createServer(({ url }, response) => {
      const [, which = ''] = /(containers|images|networks|volumes)/.exec(url!) ?? [];
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(names[which] ?? {}));
    });
    engine.listen(socket);
    await once(engine, 'listening');
  });
  after(() => engine.close());

  for (const [shell, started] of Object.entries(shells))
    describe(`in a ${shell}`, () => {
      let terminal: Terminal;
      before(function () {
        if (!isInstalled(shell)) return this.skip();
      });
      async function begin(host = `unix://${socket}`): Promise<void> {
        const PATH = `${join(place, 'bin')}:${process.env.PATH}`;
        terminal = new Terminal({ PATH, DRYDOCK_HOST: host, DRYDOCK_RUN: run, HOME: place });
        await terminal.shows(/outside\$$/);
        terminal.line(`cd ${join(place, 'files')}; PS1='ready> ' exec ${started}`);
        await terminal.shows(/ready>$/);
        if (shell === 'zsh') return;
        terminal.line('source <(drydock completion bash); clear');
        await terminal.shows(/^ready>$/);
      }
      afterEach(() => terminal?.close());

      /** What a line becomes by Tab. */
      async function completes(typed: string, completed: RegExp): Promise<void> {
        terminal.press('C-u', 'C-l');
        await terminal.shows(/^ready>$/);
        terminal.type(`drydock ${typed}`);
        terminal.press('Tab');
        await terminal.shows(new RegExp(`^ready> drydock ${completed.source}$`, 'm'));
      }

      it('knows the verbs, the groups, their options, and the names that the engine knows', async () => {
        await begin();
        await completes('comm', /commit/);
        await completes('network disc', /network disconnect/);
        await completes('rm --vol', /rm --volumes/);
        await completes('rm -f w', /rm -f web-1/);
        await completes('network rm fr', /network rm front/);
        await completes('volume inspect d', /volume inspect data/);
        await completes('--host unix:///x.sock ver', /--host unix:\/\/\/x\.sock version/);
      });

      it('knows names with a colon in them', async () => {
        await begin();
        await completes('rmi al', /rmi alpine(:|\\:)3\.20/);
        await completes('rmi alpine:3', /rmi alpine(:|\\:)3\.20/);
        await completes('run registry.test:5', /run registry\.test(:|\\:)5000\/team\/tool(:|\\:)1/);
      });

      it('names files where it has nothing to say', async () => {
        await begin();
        await completes('build -f no', /build -f notes\.txt/);
        await completes('cp web-1:/x no', /cp web-1:\/x notes\.txt/);
      });

      it('leaves the words of a container to the person', async () => {
        await begin();
        await completes('run alpine no', /run alpine notes\.txt/);
        await completes('exec web-1 st', /exec web-1 st/);
        await completes('network connect front st', /network connect front store/);
      });

      it('starts no engine', async () => {
        await begin('');
        await completes('rm --vol', /rm --volumes/);
        await completes('rm no', /rm notes\.txt/);
        assert(!existsSync(join(run, 'drydock.sock')));
      });
    });
});
