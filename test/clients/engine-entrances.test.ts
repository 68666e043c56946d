/** The ways into an engine and the ways in which it is started, with the real `docker` at the other end. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectHome } from '../../src/linux/native.ts';
import { startEngine, type Server } from './engine-support.ts';
import { command, daemon, freshFolder, isInstalled, said, skipAll, type Answer } from './support.ts';

const bundle = join(projectHome(), 'dist/drydock.cjs');
const packaging = (path: string): string => join(projectHome(), 'packaging', path);

/** A private place for certificates: an authority, and whom it has signed. */
class Authority {
  constructor(readonly folder: string) {}

  static async make(name: string): Promise<Authority> {
    const own = new Authority(freshFolder(name));
    await own.openssl('req', '-x509', ...own.newKey('ca'), '-days', '1', '-out', own.at('ca.pem'));
    return own;
  }

  at(name: string): string {
    return join(this.folder, name);
  }

  /** `NAME.pem` and `NAME-key.pem`. */
  async sign(name: string, extensions: string): Promise<void> {
    writeFileSync(this.at(`${name}.ext`), extensions);
    await this.openssl('req', ...this.newKey(name), '-out', this.at(`${name}.csr`));
    const by = ['-CA', this.at('ca.pem'), '-CAkey', this.at('ca-key.pem'), '-CAcreateserial', '-days', '1'];
    const what = ['-in', this.at(`${name}.csr`), '-extfile', this.at(`${name}.ext`), '-out', this.at(`${name}.pem`)];
    await this.openssl('x509', '-req', ...by, ...what);
  }

  private newKey(name: string): string[] {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', `/CN=${name}`];
    return [...key, '-keyout', this.at(`${name}-key.pem`)];
  }

  private openssl(...words: string[]): Promise<string> {
    return said(['openssl', ...words]);
  }
}

describe('an engine at an address of the network', function () {
  this.timeout(120_000);
  const PORT = 30_000 + (process.pid % 10_000);
  let engine: Server | undefined;
  let [ours, others]: Authority[] = [];

  /** By `docker` or our own command, with what somebody shows of themselves. */
  const asks = (program: readonly string[], shown: readonly string[], ...words: string[]): Promise<Answer> =>
    command([...program, '-H', `tcp://127.0.0.1:${PORT}`, ...shown, ...words], { input: 'words' });
  const certificates = (authority: Authority): string[] => [
    ...['--tlsverify', '--tlscacert', ours!.at('ca.pem')],
    ...['--tlscert', authority.at('client.pem'), '--tlskey', authority.at('client-key.pem')],
  ];

  before(async function () {
    for (const name of ['docker', 'openssl']) if (!isInstalled(name)) skipAll(this, `no ${name} here`);
    [ours, others] = [await Authority.make('ours'), await Authority.make('others')];
    await ours.sign('server', 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n');
    for (const authority of [ours, others]) await authority.sign('client', 'extendedKeyUsage=clientAuth\n');
    engine = await startEngine(
      ...['-H', 'unix://', '-H', `tcp://0.0.0.0:${PORT}`, '--tlsverify', '--tlscacert', ours.at('ca.pem')],
      ...['--tlscert', ours.at('server.pem'), '--tlskey', ours.at('server-key.pem')],
    );
  });
  after(() => engine?.end());

  for (const [name, program] of [
    ['docker', ['docker']],
    ['drydock', [process.execPath, '--', bundle]],
  ] as const)
    it(`lets in ${name} with a certificate of its authority, also to talk with a program`, async () => {
      const run = ['run', '--rm', '-i', '--network', 'none', 'lab', 'cat'];
      const { code, stdout, stderr } = await asks(program, certificates(ours!), ...run);
      assert.deepEqual([code, stdout, stderr], [0, 'words', '']);
    });

  it('lets in nobody else', async () => {
    const strangers = [certificates(others!), ['--tls'], ['--tlsverify', '--tlscacert', ours!.at('ca.pem')], []];
    for (const shown of strangers) {
      const { code, stdout } = await asks(['docker'], shown, 'ps', '-q');
      assert.deepEqual([code, stdout], [1, ''], shown.join(' '));
    }
    const { code } = await command(['curl', '-sS', '-k', '--max-time', '5', `https://127.0.0.1:${PORT}/_ping`]);
    assert.notEqual(code, 0);
  });
});

describe('an engine that a service manager starts', function () {
  this.timeout(120_000);
  before(function () {
    if (!isInstalled('docker')) skipAll(this, 'no docker here');
  });

  it('takes the socket that was opened for it: -H fd://', async function () {
    if (!isInstalled('systemd-socket-activate')) return this.skip();
    const place = freshFolder('fd');
    const host = `unix://${place}/s`;
    const environment = [`DRYDOCK_ROOT=${freshFolder('fd/root')}`, `DRYDOCK_RUN=${freshFolder('fd/run')}`];
    const server = await daemon(
      'fd',
      [
        ...['systemd-socket-activate', `--listen=${place}/s`, ...environment.flatMap((one) => ['-E', one]), '--'],
        ...[process.execPath, bundle, 'daemon', '-H', 'fd://'],
      ],
      async () => (await command(['docker', '-H', host, 'images', '-q'])).code === 0,
    );
    try {
      assert.match(server.log(), /listening at fd:\/\//);
      assert.equal(
        await said(['docker', '-H', host, 'run', '--rm', '--network', 'none', 'lab', 'echo', 'ahoy']),
        'ahoy',
      );
    } finally {
      await server.end();
    }
  });

  it('does as /etc/default/drydock says', async () => {
    const file = join(freshFolder('defaults'), 'drydock');
    const opts = 'DRYDOCK_OPTS="--label from=file --dns 10.9.8.7 -H unix://"';
    writeFileSync(file, `# words\n${opts}\nexport http_proxy='http://127.0.0.1:1/'\n`);
    const [root, run] = [freshFolder('defaults/root'), freshFolder('defaults/run')];
    const host = `unix://${run}/drydock.sock`;
    // In a tree of mounts of its own, so that this machine's /etc is left alone.
    const script = `mount -t tmpfs none /etc/default && cp ${file} /etc/default/ && exec "$@"`;
    const words = [
      'unshare',
      '--mount',
      'sh',
      '-ec',
      script,
      'sh',
      'env',
      `DRYDOCK_ROOT=${root}`,
      `DRYDOCK_RUN=${run}`,
    ];
    const bridge = ['--bridge', `dd${process.pid}`, '--bip', `10.213.${process.pid % 256}.1/24`];
    const answers = async (): Promise<boolean> => (await command(['docker', '-H', host, 'images', '-q'])).code === 0;
    const server = await daemon('defaults', [...words, process.execPath, bundle, 'daemon', ...bridge], answers);
    try {
      assert.equal(
        await said(['docker', '-H', host, 'info', '-f', '{{.Labels}} {{.HTTPProxy}}']),
        '[from=file] http://127.0.0.1:1/',
      );
      assert.match(
        await said(['docker', '-H', host, 'run', '--rm', 'lab', 'cat', '/etc/resolv.conf']),
        /^nameserver 10\.9\.8\.7$/m,
      );
    } finally {
      await server.end();
    }
  });

  it('has units that systemd understands, and a job whose lines a shell does', async function () {
    const place = freshFolder('units');
    // systemd looks whether the program is there, which it is only where Drydock is installed.
    const service = readFileSync(packaging('systemd/drydock.service'), 'utf8').replace('/usr/bin/drydock', bundle);
    writeFileSync(join(place, 'drydock.service'), service.replace(bundle, `${process.execPath} ${bundle}`));
    writeFileSync(join(place, 'drydock.socket'), readFileSync(packaging('systemd/drydock.socket')));
    if (isInstalled('systemd-analyze')) {
      const units = ['drydock.service', 'drydock.socket'].map((name) => join(place, name));
      const { code, stderr } = await command(['systemd-analyze', 'verify', '--man=no', ...units]);
      assert.deepEqual([code, stderr], [0, '']);
    }
    const job = readFileSync(packaging('upstart/drydock.conf'), 'utf8');
    const [, script] = /^post-start script\n([^]*?)^end script$/m.exec(job)!;
    assert.equal((await command(['sh', '-n'], { input: script })).code, 0);
    const [, line] = /^exec \/usr\/bin\/drydock (.*)$/m.exec(job)!;
    assert.equal(await said([process.execPath, bundle, ...line!.split(' '), '--validate']), 'configuration OK');
  });
});
