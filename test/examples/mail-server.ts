// A real mail server, as the examples meet one: with TLS and a login, or a relay without both.

import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { Inbox } from '../rig'

export interface Mail {
  readonly user: string
  readonly to: string
  readonly subject: string
  readonly body: string
}

/** Lines that were folded, and characters that were escaped, on their way. */
function parse(text: string): { subject: string; body: string } {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const headers = head.replace(/\r\n\s+/g, ' ')
  const isQuoted = /content-transfer-encoding: quoted-printable/i.test(headers)
  const body = rest.join('\n\n').replaceAll('\r\n', '\n').trimEnd()
  return {
    subject: /^subject: (.*)$/im.exec(headers)![1]!,
    body: isQuoted
      ? body
          .replace(/=\n/g, '')
          .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      : body
  }
}

/** A mail server that can be switched off, on the same port. */
export class MailServer {
  readonly mails = new Inbox<Mail>('mails', 15_000)
  port = 0
  private server: SMTPServer | undefined

  /** @param pair of a certificate and its key, where there is TLS and a login; else it is a relay without both */
  constructor(private readonly pair?: { cert: string; key: string }) {}

  async up(): Promise<void> {
    const server = new SMTPServer({
      ...(this.pair ? { secure: true, ...this.pair } : { secure: false, disabledCommands: ['AUTH', 'STARTTLS'] }),
      onAuth: ({ username, password }, _session, callback) => {
        if (password === 'secret') callback(null, { user: username ?? '' })
        else callback(new Error('wrong password'))
      },
      onData: (stream, session, callback) => {
        let text = ''
        stream.setEncoding('utf8').on('data', (part: string) => {
          text += part
        })
        stream.on('end', () => {
          const [to] = session.envelope.rcptTo
          this.mails.push({ user: String(session.user ?? ''), to: to!.address, ...parse(text) })
          callback()
        })
      }
    })
    server.on('error', () => undefined)
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve))
    this.port = (server.server.address() as AddressInfo).port
    this.server = server
  }

  async down(): Promise<void> {
    await new Promise<void>((resolve) => this.server?.close(resolve))
  }
}
