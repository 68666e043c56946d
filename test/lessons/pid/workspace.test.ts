import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { begun, drydock, folder, read, write } from '../support.ts';
import { ISOLATOR, reference } from './solutions.ts';

describe('lesson pid, the workspace', function () {
  this.timeout(60_000);

  it('loses nothing when it is begun twice, and keeps every attempt', async () => {
    const work = await begun('pid');
    write(work, ISOLATOR, '// mine\n');
    const again = drydock(['begin', 'pid']);
    assert.equal(again.code, 0);
    assert.match(again.out, /your files are as you left them[\s\S]*drydock reset pid/);
    assert.equal(read(work, ISOLATOR), '// mine\n');

    const early = drydock(['solution', 'pid']);
    assert.equal(early.code, 125);
    assert.match(early.err, /not all checks of 'pid' have held yet/);
    assert.match(drydock(['solution', 'pid', '--give-up']).out, /isolators\/pid\.ts/);

    reference(work);
    const passed = drydock(['check', 'pid']);
    assert.equal(passed.code, 0, passed.out + passed.err);
    const log = execFileSync('git', ['-c', 'safe.directory=*', '-C', work.root, 'log', '--format=%s'], {
      encoding: 'utf8',
    });
    assert.deepEqual(log.trim().split('\n'), ['pid: 10/10', 'pid: begin']);
    assert.match(drydock(['progress']).out, /04 pid .* passed \d{4}-/);
    assert.match(drydock(['solution', 'pid']).out, /src\/runtime\/isolators\/pid\.ts:\d+[\s\S]*wanted\(spec, 'pid'\)/);

    assert.equal(drydock(['reset', 'pid']).code, 0);
    assert.match(read(work, ISOLATOR), /TODO/);
  });

  it('is judged by chosen checks and what they need, as JSON too', async () => {
    const work = await begun('pid');
    reference(work);
    const { code, out } = drydock(['check', 'pid', '--only', 'number 1 inside', '--json']);
    assert.equal(code, 0);
    const { results } = JSON.parse(out) as { results: { title: string; outcome: string }[] };
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ['ok', 'ok'],
    );
    assert(!existsSync(join(work.root, '.drydock/progress.json')), 'a part says nothing about the rest');
    const wrong = drydock(['check', 'pid', '--only', 'nothing like this']);
    assert.equal(wrong.code, 125);
    assert.match(wrong.err, /no check has/);
  });

  it('says how to have a file back that root has written into it', async () => {
    const work = await begun('pid');
    execFileSync('chown', ['-R', '65534:65534', work.root]);
    chownSync(join(work.root, ISOLATOR), 0, 0);
    chmodSync(join(work.root, ISOLATOR), 0o600);
    const { code, err } = drydock(['check', 'pid']);
    assert.equal(code, 125);
    assert.match(err, /EACCES: [^]*pid\.ts'[^]*sudo chown -R 65534 /);
  });

  it('gives the next of three hints each time', async () => {
    await begun('pid');
    assert.equal(drydock(['check', 'pid']).code, 1);
    const hints = [1, 2, 3].map(() => drydock(['hint']).out);
    hints.forEach((out, i) => assert.match(out, new RegExp(`hint ${i + 1} of 3`)));
    assert.equal(new Set(hints).size, 3);
  });

  it('belongs to whoever called sudo, what was compiled too', async () => {
    const root = join(folder, 'theirs');
    mkdirSync(root);
    chownSync(root, 12345, 12345);
    const env = { DRYDOCK_WORK: root, SUDO_UID: '12345', SUDO_GID: '12345' };
    assert.equal(drydock(['begin', 'pid'], env).code, 0);
    assert.equal(drydock(['check', 'pid'], env).code, 1);
    for (const file of [ISOLATOR, '.git/HEAD', '.drydock/last.json', '.drydock/build/pid/init/drydock-init'])
      assert.equal(statSync(join(root, file)).uid, 12345, file);
  });
});
