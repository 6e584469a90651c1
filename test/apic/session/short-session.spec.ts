// Sessions for a few requests: nothing of them is left on the APIC, nor on the signal.

import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { PasswordLogin, type AciError } from '../../../nodes/apic'
import { withSession } from '../../../nodes/apic/session/short-session'
import type { Session } from '../../../nodes/apic/session/auth'
import type { Rest } from '../../../nodes/apic/transport/rest'
import { ApicSimulator } from '../../simulator'

describe('a short session', () => {
  let apic: ApicSimulator
  let stop: AbortController
  let accepted: number

  beforeEach(async () => {
    apic = await ApicSimulator.start({ fabric: 'empty', tls: false })
    stop = new AbortController()
    accepted = 0
  })
  afterEach(() => apic.close())

  const run = <T>(use: (rest: Rest, session: Session) => Promise<T>, password = 'password'): Promise<T> =>
    withSession(
      {
        controller: apic.url,
        tls: {},
        requestTimeoutMs: 5_000,
        signal: stop.signal,
        login: new PasswordLogin({ username: 'admin', password, domain: '' }),
        accepted: () => (accepted += 1)
      },
      use
    )

  const isOver = (): void => {
    assert.deepEqual([apic.counts.logins, apic.counts.logouts], [1, 1])
    assert.equal(getEventListeners(stop.signal, 'abort').length, 0)
  }

  it('is logged out after its use', async () => {
    assert.equal(await run(() => Promise.resolve('used')), 'used')
    assert.equal(accepted, 1)
    isOver()
  })

  it('is logged out when its use fails, also because the signal is given', async () => {
    const use = async (rest: Rest, session: Session): Promise<unknown> => {
      const request = { method: 'GET', path: '/api/class/fvTenant.json' } as const
      const reply = rest.call({ ...request, headers: session.headers(request) })
      stop.abort()
      return reply
    }
    await assert.rejects(run(use), (error: AciError) => error.code === 'ACI_CLOSED')
    isOver()
  })

  it('does not begin when the login is refused, or the signal was given before', async () => {
    const never = (): Promise<never> => assert.fail('it was used')
    await assert.rejects(run(never, 'wrong'), (error: AciError) => error.code === 'ACI_AUTH')
    const before = apic.counts.requestsReceived
    stop.abort()
    await assert.rejects(run(never), (error: AciError) => error.code === 'ACI_CLOSED')
    assert.deepEqual([accepted, apic.counts.requestsReceived], [0, before])
  })
})
