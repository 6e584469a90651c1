// The simulator in a process of its own, with as many tenants as a measurement needs.

import { ApicSimulator } from '../simulator'
import { serve } from './rpc'

let apic: ApicSimulator | undefined

const calls = {
  /** @returns its base URL */
  async start({ tenants }: { readonly tenants: number }) {
    apic = await ApicSimulator.start({ tls: false, fabric: 'empty', auditLimit: 0 })
    for (let index = 0; index < tenants; index += 1) apic.create('fvTenant', `uni/tn-t${index}`)
    return apic.url
  },

  /** All connections end, and new ones are taken at once. */
  async bounce() {
    const [controller] = apic?.controllers ?? []
    await controller?.down()
    await controller?.up()
  },

  /** Requests so far. */
  requests: () => Promise.resolve(apic?.counts.requests ?? 0)
}

export type ScaleApicCalls = typeof calls

serve(calls)
