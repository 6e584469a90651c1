// One fabric and one node that watches it: things happen to the fabric, and what the node sent has to add up to it.

import assert from 'node:assert/strict'
import { Picture } from '../picture'
import type { Rig } from '../rig'
import type { ApicSimulator } from '../simulator'

type Attributes = Record<string, string>

const TENANTS = 12
const NOT_OF_THE_OBJECT = ['status', 'childAction', 'rn']

export class Scene {
  readonly picture = new Picture()
  private taken = 0
  private round = 0

  /**
   * @param apic the rig's own, or another one
   * @param id of the aci-subscribe node, which has to watch these classes with `snapshot`
   */
  constructor(
    private readonly rig: Rig,
    readonly apic: ApicSimulator,
    readonly id = 'sub',
    private readonly classes = ['fvTenant']
  ) {
    for (let index = 0; index < TENANTS; index += 1) apic.create('fvTenant', `uni/tn-t${index}`, { descr: 'old' })
  }

  /** Something of everything: created, deleted and created again, modified, deleted. */
  change(): void {
    this.round += 1
    const { apic, round } = this
    const [again, other, gone] = [1, 2, 3].map((step) => `uni/tn-t${(round * 3 + step) % TENANTS}`)
    const has = (dn: string): boolean => apic.read(dn) !== undefined
    if (has(again!)) apic.delete(again!)
    apic.create('fvTenant', again!, { descr: `again ${round}` })
    apic.create('fvTenant', `uni/tn-new${round}`)
    if (has(other!)) apic.modify(other!, { descr: `round ${round}` })
    if (has(gone!)) apic.delete(gone!)
    apic.create('fvAp', `${again}/ap-x${round}`)
  }

  /** Waits until the messages add up to what there is, and looks at each of them on the way. */
  async adds(): Promise<void> {
    const inbox = this.rig.inbox(this.id)
    for (;;) {
      for (const message of inbox.all.slice(this.taken)) this.picture.add(message)
      this.taken = inbox.all.length
      assert.deepEqual(this.picture.flaws, [])
      const differences = this.picture.differences(this.actual())
      if (differences.length === 0) return
      await inbox.next().catch((error: unknown) => assert.fail(`${differences.join('\n')}\n${String(error)}`))
      // More has come with it, or is about to.
      await new Promise(setImmediate)
    }
  }

  /** After a fault: what changed meanwhile is known, and what changes now comes live, without anything in between. */
  async recovers(): Promise<void> {
    await this.adds()
    const before = this.rig.inbox(this.id).all.length
    this.apic.create('fvTenant', `uni/tn-live${before}`)
    await this.adds()
    const sent = this.rig.inbox(this.id).all.slice(before)
    assert.deepEqual(
      sent.map(({ topic, payload }) => `${payload.origin} ${payload.event} ${topic}`),
      [`live created uni/tn-live${before}`]
    )
  }

  /** What there is, as messages should show it. */
  private actual(): Map<string, Attributes> {
    return new Map(
      this.classes
        .flatMap((name) => this.apic.find(name))
        .map((dn) => [
          dn,
          Object.fromEntries(
            Object.entries(this.apic.read(dn) ?? {}).filter(([name]) => !NOT_OF_THE_OBJECT.includes(name))
          )
        ])
    )
  }
}
