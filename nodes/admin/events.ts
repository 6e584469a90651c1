// The live view of an aci-subscribe node, polled while its dialog is open.

import type { Node, NodeAPI } from 'node-red'
import { LiveView } from '../runtime/live-view'
import * as settings from '../runtime/settings'
import { Failure, nodeOf, type Route } from './route'

export function eventsRoute(RED: NodeAPI): Route {
  return {
    method: 'get',
    path: '/aci-apic/:id/subscribers/:node/events',
    permission: 'aci-apic.write',
    answer: (asked) => {
      const { users } = nodeOf(RED, asked)
      const id = settings.text(asked.path, 'node')
      const user: Node | { view?: unknown } | undefined = Object.hasOwn(users, id) ? users[id] : undefined
      if (user === undefined || !('view' in user) || !(user.view instanceof LiveView)) {
        throw new Failure(404, 'no such aci-subscribe node is deployed with this connection')
      }
      return user.view.read(settings.text(asked.query, 'after'))
    }
  }
}
