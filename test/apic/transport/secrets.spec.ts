// What a connection must not repeat.

import assert from 'node:assert/strict'
import { Secrets } from '../../../nodes/apic/transport/secrets'

const PASSWORD = 'S3"cr\\et/ü'

describe('secrets', () => {
  let secrets: Secrets

  beforeEach(() => {
    secrets = new Secrets()
    secrets.addPassword(PASSWORD)
  })

  for (const [how, text] of [
    ['as it is', PASSWORD],
    ['as JSON', JSON.stringify(PASSWORD).slice(1, -1)],
    ['as JSON in JSON', JSON.stringify(JSON.stringify(PASSWORD)).slice(3, -3)],
    ['in a URL', encodeURIComponent(PASSWORD)],
    ['in base64', Buffer.from(PASSWORD).toString('base64')]
  ] as const) {
    it(`are hidden ${how}`, () => {
      assert.equal(secrets.hide(`<${text}>`).replace(/=*>$/, '>'), '<…>')
    })
  }

  it('are hidden however often the token is made anew, and so is the token', () => {
    for (let refresh = 0; refresh < 100; refresh += 1) secrets.addToken(`token-${refresh}`)
    assert.equal(secrets.hide(`${PASSWORD} token-99`), '… …')
  })

  it('are none where they are too short: words would lose their letters', () => {
    secrets.addPassword('a')
    assert.equal(secrets.hide('a table'), 'a table')
    assert.equal(secrets.hide('{"pwd":"a"}'), '{"pwd":…}')
  })
})
