// A web server that takes `{ "text": … }`, as the webhooks of chats do, and answers as a test wants it.

import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Inbox } from '../rig'

export interface Answer {
  readonly status: number
  readonly headers?: Record<string, string>
  /** Once it has been received. */
  readonly isLost?: true
}

export interface Post {
  readonly text: string
  readonly status: number
  readonly at: number
}

/** Answers as asked, in turn, and then with 200. */
export class WebhookReceiver {
  readonly posts = new Inbox<Post>('posts', 15_000)
  answers: Answer[] = []
  port = 0
  private server: Server | undefined

  get taken(): string[] {
    return this.posts.all.filter(({ status }) => status === 200).map(({ text }) => text)
  }

  async up(): Promise<void> {
    const server = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', (part: string) => {
        body += part
      })
      request.on('end', () => {
        const { status, headers, isLost } = this.answers.shift() ?? { status: 200 }
        assert.equal(request.headers['content-type'], 'application/json')
        const message = JSON.parse(body) as { text: string }
        assert.deepEqual(Object.keys(message), ['text'])
        if (isLost) return
        response.writeHead(status, headers).end('whatever')
        this.posts.push({ text: message.text, status, at: Date.now() })
      })
    })
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve))
    this.port = (server.address() as AddressInfo).port
    this.server = server
  }

  async down(): Promise<void> {
    this.server?.closeAllConnections()
    await new Promise((resolve) => this.server?.close(resolve))
  }
}
