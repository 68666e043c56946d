/** `build`, through an engine that it starts: what is said of a failure, and what a person sees on a terminal. */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cli, drydock, eventually, freshFolder, leavesNothing, ownEngine } from './support.ts';
import { Terminal } from './tmux.ts';

function contextWith(dockerfile: string): string {
  const folder = freshFolder('context');
  writeFileSync(join(folder, 'Dockerfile'), dockerfile);
  return folder;
}

const FAILS = 'FROM lab\nRUN echo kept > /before\nRUN echo lost > /after; echo oh no; exit 9\n';

describe('build', function () {
  this.timeout(120_000);
  leavesNothing();
  const env = ownEngine();
  // With the engine, so that it is no test that leaves it behind.
  before(async () => void (await drydock(['version'], { env })));

  it('says the nearest instruction to one that does not exist, also where there is no terminal', async () => {
    const { code, stdout, stderr } = await drydock(['build', contextWith('FORM lab\n')], { env });
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /^Error response from daemon: .*Dockerfile:1:1: .*FORM.*\nhint: did you mean 'FROM'\?\n$/);
  });

  it('says what has failed: its line, its code, and how to look into what it was run on', async () => {
    const words = ['build', '--network', 'none', contextWith(FAILS)];
    // Nobody is there to type into a shell: --debug changes nothing.
    assert.equal((await drydock([...words, '--debug'], { env })).code, 9);
    const { code, stdout, stderr } = await drydock([...words, '--no-cache'], { env });
    assert.equal(code, 9);
    assert.match(stdout, /^oh no$/m);
    const [, state] = /`drydock run --rm -it --entrypoint sh ([0-9a-f]{12})` opens a shell/.exec(stderr) ?? [];
    assert.match(stderr, /^Dockerfile, line 3: RUN echo lost/m);
    assert.equal((await drydock(['run', '--rm', state!, 'cat', '/before'], { env })).stdout, 'kept\n');
  });

  it('tells what happens as JSON, a failure too', async () => {
    const words = ['build', '--network', 'none', '--progress', 'json', contextWith(FAILS)];
    const { stdout } = await drydock(words, { env });
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual((events[0]!.build as { step: unknown }).step, {
      ...{ number: 1, of: 3, stage: 0, line: 1, text: 'FROM lab' },
    });
    const { errorDetail, line, text } = events.at(-1)!;
    assert.deepEqual(
      [(errorDetail as { code: number }).code, line, text],
      [9, 3, 'RUN echo lost > /after; echo oh no; exit 9'],
    );
  });

  describe('on a terminal', () => {
    let terminal: Terminal;
    afterEach(async () => {
      terminal.close();
      // A shell that nobody has left.
      for (const id of (await drydock(['ps', '-aq'], { env })).stdout.split('\n').filter((line) => line !== ''))
        await drydock(['rm', '-f', id], { env });
      await drydock(['builder', 'prune', '-f', '-a'], { env }); // the gate is closed again
    });
    beforeEach(async () => {
      terminal = new Terminal({ ...env, LANG: 'C.UTF-8' });
      await terminal.shows(/^outside\$/m); // what is typed before stands on the screen in front of the prompt
    });
    const build = (...words: string[]): void =>
      terminal.line(`${process.execPath} ${cli} build --network none ${words.join(' ')}`);

    /** Both programs go on until somebody opens the gate, a folder that they share. */
    const waits = (words: string): string =>
      `RUN --mount=type=cache,id=gate,target=/gate ${words}; until [ -e /gate/open ]; do usleep 50000; done`;

    function openGate(): void {
      const caches = join(env.DRYDOCK_ROOT, 'builder/caches');
      for (const name of readdirSync(caches)) writeFileSync(join(caches, name, 'open'), '');
    }

    for (const columns of [80, 60])
      it(`shows stages side by side, each on a line of ${columns} columns`, async () => {
        terminal.resize(columns, 24);
        const first = waits(`printf '1%%\\r2%%\\r3%%'; echo; echo ${'日本'.repeat(40)}`);
        const second = waits(`for i in 1 2 3 4 5; do echo page $i; done; printf '\\033[2Aup'`);
        const stages = `FROM lab AS one\n${first}\nFROM lab AS two\n${second}\n`;
        build(contextWith(`${stages}FROM lab\nCOPY --from=one /bin /a\nCOPY --from=two /bin /b\n`));
        await terminal.shows(/^\[2\/7\] RUN .*\d\.\ds$[^[]*^ {2}\| 3%$\n^ {2}\| 日本/m);
        await terminal.shows(/^\[4\/7\] RUN .*\d\.\ds$\n {2}\| page 4\n {2}\| page 5\n {2}\| up$/m);
        // It has been drawn again since.
        await terminal.shows(/ [1-9]\d*\.\ds$/m);
        const lines = terminal.screen().split('\n');
        assert.equal(lines.filter((line) => line.includes('RUN')).length, 2, lines.join('\n'));
        assert(lines.some((line) => line.length === columns));
        openGate();
        await terminal.shows(/^\[7\/7\] COPY --from=two \/bin \/b .*\d\.\ds$/m);
        await terminal.shows(/^Successfully built [0-9a-f]{12}\noutside\$$/m);
        assert.doesNotMatch(terminal.screen(), /page/);
      });

    it('shows of a failure what its own program has said last, and opens a shell before it', async () => {
      const other = waits('echo somebody else');
      build('--debug', contextWith(`FROM lab AS other\n${other}\n${FAILS}COPY --from=other /bin /bin\n`));
      await terminal.shows(/^ {2}\| somebody else$/m);
      openGate();
      await terminal.shows(/^ {2}\| oh no\nDockerfile, line 5: RUN echo lost/m);
      await terminal.shows(/^\/ #/m);
      assert.doesNotMatch(terminal.screen(), /\| somebody/);
      terminal.line('cat /before; ls /after; exit 0');
      await terminal.shows(/^kept\nls: \/after: No such file or directory\noutside\$$/m);
      terminal.line('echo "code=$?"');
      await terminal.shows(/^code=9$/m);
    });

    it('is left by Ctrl-C with nothing half drawn, and leaves nothing', async () => {
      await drydock(['build', '-q', contextWith('FROM lab\n')], { env });
      const images = async (): Promise<string> => (await drydock(['images', '-aq', '--no-trunc'], { env })).stdout;
      const before = await images();
      build('-t', 'cancelled', contextWith(`FROM lab\n${waits('echo begun')}\n`));
      await terminal.shows(/^ {2}\| begun$/m);
      terminal.press('C-c');
      await terminal.shows(/^\[1\/2\] FROM lab .*\nthe build was cancelled: no image was made\noutside\$$/m);
      assert(terminal.hasCursor);
      terminal.line('echo "code=$?"');
      await terminal.shows(/^code=130$/m);
      await eventually(
        () => readdirSync(join(env.DRYDOCK_ROOT, 'containers')).length === 0,
        () => 'its program is still there',
      );
      assert.equal(await images(), before);
    });
  });
});
