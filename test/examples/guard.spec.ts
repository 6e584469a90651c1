// A tenant that is put back as it should be, until that proves to be a fight.

import assert from 'node:assert/strict'
import { ApicSimulator } from '../simulator'
import { editor, filledIn } from './node-red'

const TENANT = 'uni/tn-Production'
const EPG = `${TENANT}/ap-webshop/epg-orders`

describe('the example of a guard', () => {
  let apic: ApicSimulator

  beforeEach(async () => {
    apic = await ApicSimulator.start({ fabric: 'small', controllers: 2 })
  })

  afterEach(async () => {
    await editor.deploy([])
    await apic.close()
  })

  const flow = (env: Record<string, string> = {}): ReturnType<typeof filledIn> =>
    filledIn('Guard of a tenant', {
      controllers: { 'aci-ex8-apic': apic.urls },
      env: { PROTECTED_DN: TENANT, COLLECT_SECONDS: '0.1', ...env }
    })

  const deploy = async (env?: Record<string, string>): Promise<void> => {
    await editor.deploy(flow(env))
    await editor.subscribed('aci-ex8-sub')
    assert.match(await said(), /^\d+ objects of uni\/tn-Production are guarded$/)
  }

  const said = (): Promise<string> => editor.debug('aci-ex8-report').next()

  /** What was written, without its body. */
  const writes = (): string[] =>
    apic.requests.filter(({ method, url }) => method === 'POST' && url.startsWith('/api/mo/uni')).map(({ url }) => url)

  /** All that was configured of the tenant, with what can be set of each object. */
  const configuration = (): Record<string, [string, string][]> =>
    Object.fromEntries(
      [...apic.tree.subtree(apic.tree.get(TENANT)!)]
        .filter(({ cls }) => cls.kind === 'config')
        .map(({ cls, dn, attributes }): [string, [string, string][]] => [
          dn,
          Object.entries(attributes)
            .filter(([name]) => cls.configurable.has(name))
            .sort()
        ])
        .sort()
    )

  it('puts back what is deleted, with all that was below it, and what is changed', async () => {
    await deploy()
    const before = configuration()

    apic.configureDelete(EPG, 'somebody')
    assert.equal(await said(), `put back: ${EPG}`)
    assert.deepEqual(configuration(), before)
    assert.deepEqual(writes(), [`/api/mo/${EPG}.json`])

    apic.post(TENANT, { fvTenant: { attributes: { descr: 'ours now' } } }, 'somebody')
    assert.equal(await said(), `put back: ${TENANT}`)
    assert.deepEqual(configuration(), before)

    apic.configureDelete(TENANT, 'somebody')
    assert.equal(await said(), `put back: ${TENANT}`)
    assert.deepEqual(configuration(), before, 'all of it, in one request')
    assert.equal(writes().length, 3, 'and its own repairs are no reason for another one')
  })

  it('leaves alone what somebody adds, and what is none of its business', async () => {
    await deploy()
    apic.post(`${TENANT}/ap-webshop`, { fvAEPg: { attributes: { name: 'new' } } })
    apic.configureDelete(`${TENANT}/ap-webshop/epg-new`)
    apic.modify(`${TENANT}/health`, { cur: '42' })
    apic.configureDelete(EPG)
    assert.equal(await said(), `put back: ${EPG}`)
    assert.equal(writes().length, 1)
  })

  it('lets go of what is changed again and again, says so once, and guards the rest', async () => {
    await deploy({ MOST_REPAIRS: '2' })
    const disturb = (): void => {
      apic.post(EPG, { fvAEPg: { attributes: { descr: `changed ${writes().length}` } } }, 'another automation')
    }
    disturb()
    assert.equal(await said(), `put back: ${EPG}`)
    disturb()
    assert.equal(await said(), `put back: ${EPG}`)
    disturb()
    assert.equal(await said(), `no longer guarded, for it is changed again and again: ${EPG}`)
    disturb()
    apic.configureDelete(`${TENANT}/BD-web`)
    assert.equal(await said(), `put back: ${TENANT}/BD-web`)
    assert.equal(writes().length, 3)

    await editor.press('aci-ex8-now')
    assert.match(await said(), /are guarded$/)
    disturb()
    assert.equal(await said(), `put back: ${EPG}`)
    assert.equal(apic.read(EPG)!['descr'], 'changed 2', 'as it was when somebody said so')
  })

  it('is paused for changes of one’s own', async () => {
    await deploy()
    await editor.press('aci-ex8-pause')
    assert.equal(await said(), 'paused: nothing is guarded')
    apic.configureDelete(EPG)
    await editor.press('aci-ex8-now')
    assert.match(await said(), /are guarded$/)
    apic.configureDelete(`${TENANT}/BD-web`)
    assert.equal(await said(), `put back: ${TENANT}/BD-web`)
    assert.equal(apic.read(EPG), undefined)
  })

  it('tries again what did not reach the APIC', async () => {
    await deploy({ MOST_REPAIRS: '1' })
    apic.faults.request({ method: 'POST', path: '/api/mo/uni', reset: true, times: 1 })
    apic.configureDelete(EPG)
    assert.match(await editor.debug('aci-ex8-why').next(), /epg-orders/)
    await editor.press('aci-ex8-tick')
    assert.equal(await said(), `put back: ${EPG}`)
  })

  it('lets go of what the APIC refuses', async () => {
    await deploy({ MOST_REPAIRS: '2' })
    const error = { attributes: { code: '107', text: 'not today' } }
    apic.faults.request({
      method: 'POST',
      path: '/api/mo/uni',
      status: 400,
      body: JSON.stringify({ totalCount: '1', imdata: [{ error }] })
    })
    apic.configureDelete(EPG)
    for (const attempt of [1, 2]) {
      assert.match(await editor.debug('aci-ex8-why').next(), /not today/, `attempt ${attempt}`)
      await editor.press('aci-ex8-tick')
    }
    assert.equal(await said(), `no longer guarded, for it is changed again and again: ${EPG}`)
  })

  it('only says what it would do, as a preview', async () => {
    const previewing = flow().map((node) => (node.type === 'aci-push' ? { ...node, action: 'preview' } : node))
    await editor.deploy(previewing)
    await editor.subscribed('aci-ex8-sub')
    assert.match(await said(), /are guarded$/)
    apic.configureDelete(EPG)
    apic.configureDelete(`${TENANT}/BD-web`)
    assert.equal(await said(), `would put back: ${TENANT}/BD-web, ${EPG}`)
    assert.deepEqual(writes(), [])
  })

  it('puts back what was lost while it could not see', async () => {
    await deploy()
    await Promise.all(apic.controllers.map((controller) => controller.down()))
    apic.configureDelete(EPG)
    await apic.controllers[1]!.up()
    assert.equal(await said(), `put back: ${EPG}`)
  })

  it('guards nothing when there is nothing yet, and keeps what it knows over a deploy', async () => {
    await editor.deploy(flow({ PROTECTED_DN: 'uni/tn-later' }))
    assert.equal(await said(), '0 objects of uni/tn-later are guarded')
    await editor.subscribed('aci-ex8-sub')
    apic.post('uni', { fvTenant: { attributes: { name: 'later' } } })
    await editor.press('aci-ex8-now')
    assert.equal(await said(), '1 objects of uni/tn-later are guarded')
    await editor.redeploy(flow({ PROTECTED_DN: 'uni/tn-later' }))
    await editor.subscribed('aci-ex8-sub')
    apic.configureDelete('uni/tn-later')
    assert.equal(await said(), 'put back: uni/tn-later')
  })
})
