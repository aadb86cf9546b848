// Redaction: no form in which a protocol, a log or a URL writes a secret comes through.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createRedactor, Redactor } from '../../src/config/redact.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('a redactor', () => {
  it('takes out a secret in every form', () => {
    const secret = 'p/ä$$ "w\\o?r&d'
    const user = 'alice@example.com'
    const redact = createRedactor([{ secret, user }])
    const forms = {
      plain: secret,
      'in JSON': JSON.stringify(secret),
      'quoted for IMAP': `"${secret.replaceAll(/["\\]/g, '\\$&')}"`,
      'in JSON within JSON': JSON.stringify(JSON.stringify(secret)),
      'in a table': `"${secret.replaceAll('"', '""')}"`,
      'in JSON in a table': JSON.stringify(secret).replaceAll('"', '""'),
      'in a URL': encodeURIComponent(secret),
      'in a URL, lower case': encodeURIComponent(secret).toLowerCase().replace('w%5co%3fr', 'w%5Co%3Fr'.toLowerCase()),
      'in a form': new URLSearchParams({ secret }).toString(),
      base64: base64(secret),
      'base64 without padding': base64(secret).replaceAll('=', ''),
      base64url: Buffer.from(secret).toString('base64url'),
      'SASL PLAIN': base64(`\0${user}\0${secret}`),
      'SASL PLAIN with authorization identity': base64(`${user}\0${user}\0${secret}`),
    }
    for (const [name, form] of Object.entries(forms)) {
      const redacted = redact(`before ${form} after ${form}`)
      assert.ok(redacted.startsWith('before ') && redacted.includes(' after '), name)
      assert.equal(redacted.split('[redacted]').length, 3, `${name}: ${redacted}`)
      assert.ok(!redacted.includes(form), name)
    }
  })

  it('takes out the beginning of a secret that was cut off', () => {
    const secret = 'correct horse'
    const redact = createRedactor([secret])
    assert.equal(redact('you said corre… and went'), 'you said [redacted]… and went')
    assert.equal(redact(`you said ${base64(secret).slice(0, 9)}…`), 'you said [redacted]…')
    assert.equal(redact('an ordinary effect… of nothing'), 'an ordinary effect… of nothing')
  })

  it('finds a secret inside longer base64, at every offset', () => {
    const secret = 'correct horse'
    const redact = createRedactor([secret])
    for (const before of ['', 'x', 'xy', 'xyz', 'user=alice\x01auth=Bearer ']) {
      const redacted = redact(base64(`${before}${secret}\x01\x01`))
      assert.match(redacted, /\[redacted\]/)
      assert.doesNotMatch(Buffer.from(redacted.replace('[redacted]', ''), 'base64').toString('latin1'), /orrect|hors/)
    }
  })

  it('takes the longer of two secrets first', () => {
    assert.equal(createRedactor(['hunter', 'hunter2'])('hunter2 hunter'), '[redacted] [redacted]')
  })

  it('is not confused by secrets that mean something to regular expressions or to itself', () => {
    for (const secret of ['.*.', '(a|b)', '[redacted]', '$&$&', '\\d+', 'red']) {
      assert.equal(createRedactor([secret])(`x ${secret} y`), 'x [redacted] y')
    }
    assert.equal(createRedactor(['a.c'])('abc a.c'), 'abc [redacted]')
  })

  it('leaves text alone when there is nothing, or next to nothing, to hide', () => {
    const text = 'a banana in a cabin'
    assert.equal(createRedactor([])(text), text)
    assert.equal(createRedactor(['', 'a', 'an'])(text), text)
    assert.equal(createRedactor([{ secret: 'ab', user: 'u' }])(`${text} ${base64('\0u\0ab')}`), `${text} [redacted]`)
  })

  it('takes secrets as long as a token or a page', () => {
    const secret = 'x1y2'.repeat(20_000)
    assert.equal(createRedactor([secret])(`a ${secret} b`), 'a [redacted] b')
  })

  it('lets nothing through, whatever the secret', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 3, maxLength: 40 }),
        fc.string(),
        fc.string(),
        (secret, before, after) => {
          const redact = createRedactor([{ secret, user: 'alice' }])
          const forms = [secret, encodeURIComponent(secret), base64(secret), base64(`\0alice\0${secret}`)]
          for (const form of forms) {
            if ('[redacted]'.includes(form)) continue
            const rest = redact(`${before}${form}${after}`).replaceAll('[redacted]', '\n')
            assert.ok(!rest.includes(form))
          }
        },
      ),
    )
  })
})

describe('a redactor that learns', () => {
  it('leaves nothing of forms that overlap', () => {
    assert.equal(
      createRedactor(['abcdef', 'defghi'])('1 abcdefghi 2 abcdef-defghi'),
      '1 [redacted] 2 [redacted]-[redacted]',
    )
    assert.equal(createRedactor(['abcdefgh', 'cde'])('1 abcdefgh 2'), '1 [redacted] 2')
    assert.equal(createRedactor(['aXa'])('1 aXaXa 2'), '1 [redacted] 2')
  })

  it('forgets what is worth nothing any more, but not what another secret has in common with it', () => {
    const redactor = new Redactor()
    for (const secret of ['token-one', 'token-two', 'token-one', 'one']) redactor.add(secret)
    assert.equal(redactor.redact('token-one token-two one'), '[redacted] [redacted] [redacted]')
    redactor.delete('token-one')
    redactor.delete('never known')
    assert.equal(redactor.redact('token-one token-two'), 'token-[redacted] [redacted]')
    redactor.delete('one')
    redactor.delete('token-two')
    assert.equal(redactor.redact('token-one token-two'), 'token-one token-two')
  })

  it('takes out each of thousands of secrets, in whatever text', () => {
    const secrets = Array.from({ length: 2000 }, (_, at) => `pw-${at.toString(36)}-${(at * 7919) % 1000}!`)
    const redactor = new Redactor()
    for (const secret of secrets) redactor.add(secret)
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...secrets), fc.string({ maxLength: 8 }))), (words) => {
        const redacted = redactor.redact(words.join(''))
        for (const word of words) if (secrets.includes(word)) assert.ok(!redacted.includes(word))
        const left = words.filter((word) => !secrets.includes(word)).join('')
        if (left === words.join('')) assert.equal(redacted, left)
      }),
    )
  })
})
