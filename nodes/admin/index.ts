// The admin routes of the dialogs. Only the connection test takes an address from the client.

import type { NodeAPI } from 'node-red'
import { childrenRoute } from './children'
import { domainsRoute } from './domains'
import { eventsRoute } from './events'
import { metadataRoute } from './metadata'
import { previewRoute } from './preview'
import { nodeOf, serve, type Route } from './route'
import { testRoute } from './connection-check'

/** Registers all of them; to be called once. */
export function serveDialogs(RED: NodeAPI): void {
  serve(RED, [
    healthRoute(RED),
    testRoute(RED),
    domainsRoute(RED),
    childrenRoute(RED),
    previewRoute(RED),
    metadataRoute(RED),
    eventsRoute(RED)
  ])
}

function healthRoute(RED: NodeAPI): Route {
  return {
    method: 'get',
    path: '/aci-apic/:id/health',
    permission: 'aci-apic.read',
    answer: (asked) => nodeOf(RED, asked).health
  }
}
