// Answers to REST requests: JSON envelopes, error objects and the pages of the web server in front.
import type { Refusal } from './errors'
import type { Element } from './render'

export interface Reply {
  readonly status: number
  readonly body: string
  readonly contentType: string
  readonly headers: Readonly<Record<string, string>>
}

const JSON_TYPE = 'application/json'

/** imdata with its count; `subscriptionId` when there is one. */
export const dataReply = (
  elements: readonly unknown[],
  total = elements.length,
  subscriptionId?: string,
  headers: Readonly<Record<string, string>> = {}
): Reply => ({
  status: 200,
  body: JSON.stringify({
    totalCount: String(total),
    ...(subscriptionId === undefined ? {} : { subscriptionId }),
    imdata: elements
  }),
  contentType: JSON_TYPE,
  headers
})

export const errorReply = (status: number, code: string, text: string): Reply => ({
  ...dataReply([{ error: { attributes: { code, text } } } satisfies Element]),
  status
})

export const refusalReply = (refusal: Refusal): Reply => errorReply(refusal.status, refusal.code, refusal.message)

const REASONS: Readonly<Record<number, string>> = {
  404: 'Not Found',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out'
}

/** What nginx says by itself: no JSON, and no hint when to come back. */
export const webPage = (status: number): string => {
  const title = `${status} ${REASONS[status] ?? 'Error'}`
  return [
    `<html>`,
    `<head><title>${title}</title></head>`,
    `<body>`,
    `<center><h1>${title}</h1></center>`,
    `<hr><center>Cisco APIC</center>`,
    `</body>`,
    `</html>`,
    ``
  ].join('\r\n')
}

export const webPageReply = (status: number, body = webPage(status)): Reply => ({
  status,
  body,
  contentType: 'text/html',
  headers: {}
})

/** Anything, for faults. */
export const rawReply = (
  status: number,
  body: string,
  contentType = JSON_TYPE,
  headers: Readonly<Record<string, string>> = {}
): Reply => ({ status, body, contentType, headers })
