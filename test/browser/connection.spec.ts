// "Test connection" and the offer of login domains in the dialog of aci-apic: what they find out before anything is
// deployed, and what they do not give away.

import assert from 'node:assert/strict'
import type { Locator, Request } from 'playwright-core'
import { ApicSimulator } from '../simulator'
import { fingerprint, makeSigningPair } from '../simulator/certificates'
import type { Editor } from './editor'
import { useLab } from './lab'
import { connectionTo } from './node-red'

const ROUTE = /\/aci-apic\/test$/

function isTest(request: Request): boolean {
  return request.url().endsWith('/aci-apic/test')
}

/** The dialog of a connection, as far as it is about trying it. */
class Dialog {
  constructor(readonly editor: Editor) {}

  /** Opens that of a new one. */
  static async open(editor: Editor): Promise<Dialog> {
    await editor.edit(await editor.add('aci-subscribe', 200, 120))
    await editor.addConfig('apic')
    return new Dialog(editor)
  }

  /** Fills in what a new one needs. */
  async fill(controllers: readonly string[], password: string, user = 'admin'): Promise<void> {
    const { editor } = this
    for (const [index, controller] of controllers.entries()) {
      if (index > 0) await editor.dialog.locator('.red-ui-editableList-addButton').click()
      await editor.field('Controller').nth(index).fill(controller)
    }
    await editor.field('User name').fill(user)
    await editor.field('Password').fill(password)
  }

  get button(): Locator {
    return this.editor.dialog.getByRole('button', { name: 'Test connection' })
  }

  /** The list of controllers. */
  get report(): Locator {
    return this.editor.dialog.getByRole('group', { name: 'Test connection' })
  }

  /** Waits for a verdict. */
  async verdict(text: string): Promise<void> {
    await this.editor.dialog.getByRole('status').filter({ hasText: text }).waitFor()
  }

  /** Tests, and waits for the verdict. */
  async test(verdict: string): Promise<void> {
    await this.button.click()
    await this.verdict(verdict)
  }

  /** The lines of a controller: step, outcome, and whether there is a time. */
  async steps(controller: string): Promise<string[]> {
    const lines = this.report.locator('li', { hasText: controller }).locator('li .aci-trial-line')
    return (await lines.allInnerTexts()).map((line) =>
      line
        .replace(/\s+/g, ' ')
        .replace(/\d+ ms/, 'ms')
        .trim()
    )
  }
}

/** What is asked of the routes while a page is open. */
function requestsOf(editor: Editor): string[] {
  const asked: string[] = []
  editor.page.on('request', (request) => {
    if (isTest(request)) asked.push(request.postData() ?? '')
  })
  return asked
}

/** By which one gets to the dialog of a connection that is deployed. */
const SUBSCRIBER = {
  id: 'sub',
  type: 'aci-subscribe',
  z: 'tab',
  apic: 'apic',
  classes: 'fvTenant',
  x: 200,
  y: 100,
  wires: [[]]
}

describe('"Test connection" in the editor', () => {
  const users = [
    { name: 'admin', password: 'password' },
    { name: 'jo', password: 'pw', domain: 'Radius' }
  ]
  const lab = useLab({}, { controllers: 2, users })

  it('tells of every controller how far it works, and that this was for other settings when they change', async () => {
    const editor = await lab.open()
    const dialog = await Dialog.open(editor)
    const asked = requestsOf(editor)
    await dialog.button.click()
    await dialog.verdict('Enter a controller')
    const reason = await editor.field('Controller').getAttribute('aria-description')
    assert.match(reason ?? '', /^Enter a controller/, 'said to readers of screens, too')
    assert.deepEqual(asked, [], 'nothing is asked when the dialog opens, nor about what cannot be')

    await dialog.fill(lab.apic.urls, 'password')
    assert.equal(await editor.dialog.locator('[aria-description]').count(), 0)
    await dialog.test('The connection works, with warnings.')
    for (const url of lab.apic.urls) {
      assert.deepEqual(await dialog.steps(url), [
        'Reachable good ms',
        'Certificate warning',
        'Sign-in good ms',
        'Websocket good ms'
      ])
    }
    const text = await dialog.report.innerText()
    assert.equal(text.match(/APIC 6\.0\(9c\)/g)?.length, 2)
    assert.match(text, /Nothing is encrypted/)
    assert.match(text, /The controllers are of one fabric/)
    await lab.apic.until(() => lab.apic.sessions.length === 0)

    await editor.field('User name').fill('somebody')
    await dialog.verdict('The settings have changed since this test.')
    await editor.field('User name').fill('admin')
    await dialog.verdict('The connection works, with warnings.')
    await editor.dialog.locator('.red-ui-editableList-item-remove').last().click()
    await dialog.verdict('The settings have changed since this test.')
  })

  it('says in dark, too, that a login is refused, in the words of the APIC, and how long to wait', async () => {
    const editor = await lab.open({ dark: true })
    const dialog = await Dialog.open(editor)
    const before = lab.apic.counts.loginsRefused
    await dialog.fill(lab.apic.urls, 'canary-wrong')
    for (let round = 0; round < 2; round += 1) {
      await dialog.test('The connection does not work.')
      const text = await dialog.report.innerText()
      assert.match(text, /Username or password is incorrect/)
      assert.match(text, /\b[56]\d\ss, so that the account is not locked/)
      assert.match(text, /Websocket\s+not tried/)
      assert.doesNotMatch(text, /canary/)
    }
    assert.equal(lab.apic.counts.loginsRefused, before + 1)

    await editor.field('Password').fill('password')
    await dialog.test('The connection works, with warnings.')
  })

  it('ends when its button is pressed again, and when the dialog closes', async () => {
    const editor = await lab.open()
    const dialog = await Dialog.open(editor)
    await dialog.fill(lab.apic.urls, 'password')
    const stalled = lab.apic.faults.blackHole()
    await dialog.button.click()
    const cancel = editor.dialog.getByRole('button', { name: 'Cancel the test' })
    await cancel.click()
    await dialog.verdict('The test was cancelled.')

    await dialog.button.click()
    const cut = editor.page.waitForEvent('requestfailed', isTest)
    await cancel.waitFor()
    await editor.cancel()
    await cut
    stalled.undo()
  })

  it('uses a stored password for what it is deployed with, and for nothing else', async () => {
    const editor = await lab.open()
    const node = await editor.add('aci-subscribe', 200, 120)
    await editor.edit(node)
    await editor.field('Classes').fill('fvTenant')
    await editor.addConfig('apic')
    const dialog = new Dialog(editor)
    await dialog.fill([lab.apic.url], 'password')
    await editor.done()
    await editor.done()
    await editor.deploy()
    await editor.status(node, 'subscribed')
    await editor.reload()

    const asked = requestsOf(editor)
    await editor.edit(node)
    await editor.editConfig('apic')
    await dialog.test('The connection works, with warnings.')
    assert.equal((JSON.parse(asked[0] ?? '') as { credentials: { password: string } }).credentials.password, '__PWRD__')

    editor.expectRefusals(ROUTE)
    const others = (): number => lab.apic.requests.filter(({ controller }) => controller === 1).length
    const before = others()
    await editor.field('Controller').fill(lab.apic.urls[1]!)
    await dialog.test('Password: Type it again.')
    await editor.wrong('Password').waitFor()
    assert.equal(await editor.field('Password').evaluate((field) => field === document.activeElement), true)
    assert.match((await editor.field('Password').getAttribute('aria-description')) ?? '', /^Type it again/)
    assert.equal(others(), before, 'nothing is sent to another controller')

    // The stored one is selected, so that what is typed takes its place.
    await editor.page.keyboard.type('password')
    await editor.wrong('Password').waitFor({ state: 'detached' })
    await dialog.test('The connection works, with warnings.')
  })

  it('asks for a stored key again when it is to sign for somebody else', async () => {
    const pair = await makeSigningPair()
    lab.apic.create('aaaUserCert', 'uni/userext/user-admin/usercert-flows', { data: pair.cert })
    const credentials = { username: 'admin', certificateName: 'flows', privateKey: pair.key }
    await lab.nodeRed.deploy([
      { id: 'tab', type: 'tab', label: 'Fabric' },
      { id: 'apic', type: 'aci-apic', name: 'DC1', controllers: lab.apic.urls, auth: 'certificate', credentials },
      SUBSCRIBER
    ])
    const editor = await lab.open()
    editor.expectRefusals(ROUTE)
    await editor.edit('sub')
    await editor.editConfig('apic')
    const dialog = new Dialog(editor)
    await dialog.test('The connection works, with warnings.')

    await editor.field('User name').fill('jo')
    await dialog.test('Private key: Type it again.')
    await editor.wrong('Private key').waitFor()
    await editor.field('Private key').fill(pair.key)
    await editor.wrong('Private key').waitFor({ state: 'detached' })
    await dialog.test('The connection does not work.')
    assert.match(await dialog.report.innerText(), /Sign-in\s+failed/)
  })

  it('shows whose certificate it is that nobody vouches for, and that it is good with its CA', async () => {
    const apic = await ApicSimulator.start({ tls: true })
    try {
      const { ca, server } = apic.certificates
      const files = { cert: '', key: '', ca: '', certname: '', keyname: '', caname: '', servername: '' }
      const tls = { id: 'tls', type: 'tls-config', name: 'our CA', ...files, verifyservercert: true }
      const settings = { controllers: [apic.url], auth: 'password', tls: '' }
      await lab.nodeRed.deploy([
        { id: 'tab', type: 'tab', label: 'Fabric' },
        { ...tls, credentials: { cadata: ca.cert } },
        {
          id: 'apic',
          type: 'aci-apic',
          name: 'DC1',
          ...settings,
          credentials: { username: 'admin', password: 'password' }
        },
        SUBSCRIBER
      ])
      const editor = await lab.open()
      await editor.edit('sub')
      await editor.editConfig('apic')
      const dialog = new Dialog(editor)
      const requests = apic.counts.requestsReceived
      await dialog.test('The connection does not work.')
      assert.deepEqual(await dialog.steps(apic.url), [
        'Reachable good ms',
        'Certificate failed ms',
        'Sign-in not tried',
        'Websocket not tried'
      ])
      const text = await dialog.report.innerText()
      assert.match(text, /issuer is not known here[^]*choose a TLS configuration that has the issuer's CA certificate/)
      assert.match(text, /Subject\s+CN=localhost\s+Issuer\s+CN=APIC simulator CA\s+Names\s+DNS:localhost/)
      assert.equal(await dialog.report.locator('code').innerText(), fingerprint(server.cert))
      assert.equal(apic.counts.requestsReceived, requests, 'nothing is sent to who is not trusted')

      await editor.field('TLS').selectOption('tls')
      await editor.field('Password').fill('password')
      await dialog.test('The connection works.')
      assert.match((await dialog.steps(apic.url)).join(), /Certificate good ms/)

      // Whoever answers there may call itself anything.
      apic.faults.certificate(await makeSigningPair('<img src="x">'))
      await dialog.test('The connection does not work.')
      assert.match(await dialog.report.innerText(), /it is self-signed[^]*Names\s+DNS:.*<img src=/)
    } finally {
      await apic.close()
    }
  })

  it('offers the login domains of controllers that are only typed, by keyboard, and says why there are none', async () => {
    const editor = await lab.open()
    const dialog = await Dialog.open(editor)
    await dialog.fill([lab.apic.url], 'pw', 'jo')
    const asked = requestsOf(editor)
    const offer = editor.dialog.getByRole('button', { name: "Show the APIC's login domains" })
    await offer.press('Enter')
    const menu = editor.page.locator('.aci-apic-domains-menu a')
    await menu.first().waitFor()
    assert.deepEqual(await menu.allInnerTexts(), ['Radius', 'local'])
    assert.doesNotMatch(asked.join(), /credentials|jo|pw/)
    await editor.page.keyboard.press('Escape')
    await menu.first().waitFor({ state: 'detached' })
    assert.equal(await editor.field('Login domain').inputValue(), '')
    await editor.page.keyboard.press('Enter')
    await menu.first().waitFor()
    await editor.page.keyboard.press('Enter')
    assert.equal(await editor.field('Login domain').inputValue(), 'Radius')
    await dialog.test('The connection works, with warnings.')

    await editor.field('Controller').fill('http://no-such-host.invalid')
    await offer.click()
    await dialog.verdict('the name of http://no-such-host.invalid cannot be resolved')
  })
})

describe('"Test connection" for who may only look', () => {
  const lab = useLab({ adminAuth: true })

  it('says that it is not allowed', async () => {
    await lab.nodeRed.deploy([{ id: 'tab', type: 'tab', label: 'Fabric' }, connectionTo(lab.apic), SUBSCRIBER])
    const editor = await lab.open({ user: 'reader' })
    editor.expectRefusals(ROUTE)
    await editor.edit('sub')
    await editor.editConfig('apic')
    const dialog = new Dialog(editor)
    await dialog.test('Not allowed: it needs the permission aci-apic.write.')
    assert.equal(await dialog.report.isVisible(), false)
    await editor.dialog.getByRole('button', { name: "Show the APIC's login domains" }).click()
    await editor.dialog.getByRole('status').filter({ hasText: 'Not allowed' }).nth(1).waitFor()
  })
})
