// The limit: the same websocket client, the same parser, and nothing else.

import { once } from 'node:events'
import WebSocket from 'ws'
import { Counter, type Expectation } from './counter'
import { serve } from './rpc'

interface Frame {
  readonly imdata: readonly {
    readonly faultInst: { readonly attributes: { readonly dn: string; readonly descr: string } }
  }[]
}

const counter = new Counter<Frame>((frame) => frame.imdata[0]!.faultInst.attributes)

const calls = {
  async start({ url, certificate }: { readonly url: string; readonly certificate: string }) {
    const socket = new WebSocket(url, { perMessageDeflate: false, ca: certificate === '' ? undefined : certificate })
    await once(socket, 'open')
    socket.on('message', (data: Buffer) => {
      counter.hit(JSON.parse(data.toString()) as Frame)
    })
  },

  expect(expectation: Expectation) {
    counter.expect(expectation)
    return Promise.resolve()
  },

  arrived: () => counter.arrived()
}

export type ReceiverCalls = Pick<typeof calls, 'expect' | 'arrived'>
export type RawCalls = typeof calls

serve(calls)
