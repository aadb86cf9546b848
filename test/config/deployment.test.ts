// The units and container files in configs/: as far as that can be seen without installing them, they say what they should.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { exitCodeOf } from '../../src/core/errors.ts'
import { faultOfCommand } from '../commands/command-line.ts'

const root = resolve(import.meta.dirname, '../..')
const units = join(root, 'configs/systemd')
const docker = join(root, 'configs/docker')
const analyze = '/usr/bin/systemd-analyze'

describe('systemd units', () => {
  const names = readdirSync(units).filter((name) => /\.(service|timer)$/.test(name))

  it('are valid', { skip: existsSync(analyze) ? false : 'no systemd-analyze here' }, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'mailhaul-units-'))
    try {
      const files = names.map((name) => join(directory, name))
      for (const name of names) {
        const text = readFileSync(join(units, name), 'utf8').replaceAll(
          /\/usr\/local\/bin\/mailhaul|\/bin\/kill/g,
          '/bin/true',
        )
        await writeFile(join(directory, name), text)
      }
      const said = await promisify(execFile)(analyze, ['verify', '--man=no', ...files], {
        env: { ...process.env, LC_ALL: 'C', XDG_RUNTIME_DIR: directory },
      })
      // It warns of what it does not understand, and ends well.
      assert.equal(
        said.stderr
          .split('\n')
          .filter((line) => line.includes(directory))
          .join('\n'),
        '',
      )
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })

  it('give the services nothing that they do not need', () => {
    for (const name of names.filter((name) => name.endsWith('.service'))) {
      const lines = readFileSync(join(units, name), 'utf8').split('\n')
      for (const line of [
        'User=mailhaul',
        'WorkingDirectory=/var/lib/mailhaul',
        'Environment=XDG_CONFIG_HOME=/etc XDG_STATE_HOME=/var/lib',
        'StateDirectory=mailhaul',
        'ProtectSystem=strict',
        'ProtectHome=yes',
        'NoNewPrivileges=yes',
        'CapabilityBoundingSet=',
        'UMask=0077',
      ]) {
        assert.ok(lines.includes(line), `${name}: ${line}`)
      }
      assert.ok(lines.some((line) => line.startsWith('LoadCredential=alice-source:')))
      assert.ok(!lines.some((line) => /password/i.test(line) && !line.startsWith('#')))
    }
  })

  it('call the command as it can be called', () => {
    const lines = names.flatMap((name) => readFileSync(join(units, name), 'utf8').split('\n'))
    const commands = lines.filter((line) => line.startsWith('ExecStart=/usr/local/bin/mailhaul '))
    assert.equal(commands.length, 2)
    for (const command of commands) assert.equal(faultOfCommand(command), undefined, command)
  })

  it('tell a service that stays from one that ends', () => {
    const watch = readFileSync(join(units, 'mailhaul-watch.service'), 'utf8')
    for (const line of ['Type=notify', 'NotifyAccess=all', 'WatchdogSec=3min', 'ExecReload=/bin/kill -HUP $MAINPID'])
      assert.ok(watch.includes(`\n${line}\n`), line)
    assert.match(readFileSync(join(units, 'mailhaul.service'), 'utf8'), /\nType=oneshot\n/)
  })
})

describe('mailhaul-as-service', () => {
  const system = (directory: string) => ({ PATH: `${directory}:/usr/bin:/bin` })

  /** What it would have systemd-run do, where these units are installed. */
  async function started(installed: Readonly<Record<string, string>>, ...words: string[]): Promise<string[]> {
    const directory = await mkdtemp(join(tmpdir(), 'mailhaul-as-service-'))
    try {
      for (const [name, text] of Object.entries(installed)) await writeFile(join(directory, `${name}.cat`), text)
      const systemctl = `#!/bin/sh\nexec cat "${directory}/$2.cat"\n`
      await writeFile(join(directory, 'systemctl'), systemctl, { mode: 0o755 })
      await writeFile(join(directory, 'systemd-run'), '#!/bin/sh\nprintf \'%s\\n\' "$@"\n', { mode: 0o755 })
      const script = join(units, 'mailhaul-as-service')
      const { stdout } = await promisify(execFile)('/bin/sh', [script, ...words], { env: system(directory) })
      return stdout.trimEnd().split('\n')
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  }
  const textOf = (name: string) => readFileSync(join(units, name), 'utf8')

  for (const unit of ['mailhaul-watch.service', 'mailhaul.service']) {
    it(`has what ${unit} has, and nothing that keeps a service running`, async () => {
      const words = await started({ [unit]: textOf(unit) }, 'sync', '--yes', 'a b', '*')
      const own = ['User=', 'StateDirectory=', 'WorkingDirectory=', 'Environment=', 'LoadCredential=', 'UMask=']
      const expected = textOf(unit)
        .split('\n')
        .filter((line) => own.some((name) => line.startsWith(name)) || line.startsWith('StateDirectoryMode='))
      assert.equal(expected.length, 8)
      assert.deepEqual(words, [
        ...['--quiet', '--collect', '--wait', '--pty', '--pipe', '--service-type=exec'],
        ...expected.map((line) => `--property=${line}`),
        ...['/usr/local/bin/mailhaul', 'sync', '--yes', 'a b', '*'],
      ])
    })
  }

  it('holds to what was changed in the unit, in its order', async () => {
    const override = [
      '[Service]',
      ...['LoadCredential=', 'LoadCredential=bob:/etc/bob', 'Environment="TZ=Europe/Berlin" X=a\\tb', 'ExecStart='],
      'ExecStart=/opt/node-24/bin/node /usr/local/bin/mailhaul watch --now',
    ]
    const installed = `${textOf('mailhaul-watch.service')}\n# override.conf\n${override.join('\n')}\n`
    const words = await started({ 'mailhaul-watch.service': installed }, 'check')
    assert.deepEqual(words.slice(-6), [
      ...['--property=LoadCredential=', '--property=LoadCredential=bob:/etc/bob'],
      ...['--property=Environment="TZ=Europe/Berlin" X=a\\tb', '/opt/node-24/bin/node'],
      ...['/usr/local/bin/mailhaul', 'check'],
    ])
  })

  it('says so where there is no unit', async () => {
    await assert.rejects(started({}, 'check'), { code: 2, stderr: /neither mailhaul-watch\.service nor mailhaul/ })
  })
})

describe('the configuration of a service', () => {
  const load = () => loadConfig({ file: join(root, 'configs/service.yaml'), env: {}, homeDirectory: '/' })

  it('asks for the passwords that the units and the container bring', async () => {
    const { config } = await load()
    const asked = config.pairs.flatMap(({ source, destination }) => [source.password, destination.password])
    const names = asked.map((password) => Object(password).credential)
    for (const unit of ['mailhaul.service', 'mailhaul-watch.service']) {
      const brought = readFileSync(join(units, unit), 'utf8').matchAll(/^LoadCredential=([^:]+):/gm)
      assert.deepEqual(
        names,
        [...brought].map(([, name]) => name),
        unit,
      )
    }
    assert.deepEqual(names, Object.keys(Object(parse(readFileSync(join(docker, 'compose.yaml'), 'utf8'))).secrets))
  })

  it('says where the status page is, and nothing else does', async () => {
    const { config } = await load()
    const compose = readFileSync(join(docker, 'compose.yaml'), 'utf8')
    assert.match(compose, new RegExp(`fetch\\('http://${config.http?.listen.host}:${config.http?.listen.port}/livez'`))
    const files = readdirSync(units).map((name) => readFileSync(join(units, name), 'utf8'))
    for (const text of [compose, ...files]) assert.ok(!text.includes('--http'), text)
  })

  it('is tried again where its port is taken, as the unit has it', () => {
    const watch = readFileSync(join(units, 'mailhaul-watch.service'), 'utf8')
    const final = /^RestartPreventExitStatus=(.*)$/m.exec(watch)?.[1]?.split(' ').map(Number)
    assert.deepEqual(final, [exitCodeOf.config])
    assert.notEqual(exitCodeOf.connect, exitCodeOf.config)
    assert.match(watch, /^Restart=always$/m)
  })
})

describe('container files', () => {
  const dockerfile = readFileSync(join(docker, 'Dockerfile'), 'utf8')
  const compose: unknown = parse(readFileSync(join(docker, 'compose.yaml'), 'utf8'))

  it('copy what is there, and what is not ignored', () => {
    const ignored = readFileSync(join(docker, 'Dockerfile.dockerignore'), 'utf8').split('\n')
    const copies = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, paths = '']) => paths.split(' '))
    assert.ok(copies.length >= 6)
    for (const path of copies) {
      assert.ok(existsSync(join(root, path)), path)
      assert.ok(ignored.includes(`!${path}`), `${path} is ignored`)
    }
  })

  it('start the command as somebody else than root', () => {
    const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: { mailhaul: string } }
    assert.match(dockerfile, new RegExp(`ln -s /opt/mailhaul/${bin.mailhaul.replaceAll('.', '\\.')} `))
    assert.match(dockerfile, /\nUSER node\n(?:.*\n)*ENTRYPOINT \["mailhaul"\]/)
  })

  it('fit together', () => {
    const { services, volumes, secrets } = compose as {
      services: {
        mailhaul: {
          command: string[]
          build: { context: string; dockerfile: string }
          volumes: string[]
          secrets: string[]
        }
      }
      volumes: object
      secrets: Record<string, { file: string }>
    }
    const { command, build, volumes: mounts, secrets: used } = services.mailhaul
    assert.equal(faultOfCommand(['mailhaul', ...command].join(' ')), undefined)
    assert.equal(resolve(docker, build.context), root)
    assert.equal(dirname(resolve(root, build.dockerfile)), docker)
    assert.deepEqual(used, Object.keys(secrets))
    const [, state] = mounts
    assert.equal(state, `${Object.keys(volumes)[0]}:/var/lib/mailhaul`)
    assert.match(dockerfile, /\nVOLUME \/var\/lib\/mailhaul\n/)
  })
})
