// Lists the login domains of a deployed connection; no login is needed.

import type { NodeAPI } from 'node-red'
import { tlsOf } from '../runtime/access'
import { AciError, loginDomains, toAciError } from '../apic'
import * as settings from '../runtime/settings'
import type { DomainsAnswer } from './answers'
import { nodeOf, type Route } from './route'

export function domainsRoute(RED: NodeAPI): Route {
  return {
    method: 'get',
    path: '/aci-apic/:id/domains',
    permission: 'aci-apic.write',
    answer: async (asked): Promise<DomainsAnswer> => {
      const { definition } = nodeOf(RED, asked)
      const tls = tlsOf(RED, definition)
      let trouble: AciError | undefined
      for (const controller of settings.controllers(definition)) {
        try {
          return { domains: (await loginDomains(controller, tls, asked.signal)).sort() }
        } catch (thrown) {
          // Report the first error: it is the preferred controller's.
          trouble ??= toAciError(thrown)
        }
      }
      throw trouble ?? new AciError('ACI_CONFIG', 'no controller is configured')
    }
  }
}
