// Requests to the admin routes of the Node-RED that the rig has loaded.

import assert from 'node:assert/strict'
import helper from 'node-red-node-test-helper'
import type { RouteError, RouteFailure } from '../../nodes/admin/answers'

export async function get<T>(path: string, query: Record<string, string | number> = {}): Promise<T> {
  return good(await helper.request().get(path).query(query)) as T
}

export async function post<T>(path: string, body: unknown): Promise<T> {
  const request = helper.request().post(path)
  return good(await request.send(body as object)) as T
}

function good(reply: { readonly status: number; readonly body: unknown }): unknown {
  assert.equal(reply.status, 200, JSON.stringify(reply.body))
  return reply.body
}

/** The error of an answer with that status. */
export async function failureOf(
  status: number,
  method: 'get' | 'post',
  path: string,
  given: Record<string, unknown> = {}
): Promise<RouteError> {
  const request = helper.request()[method](path)
  const reply = await (method === 'get' ? request.query(given) : request.send(given))
  assert.equal(reply.status, status, JSON.stringify(reply.body))
  assert.deepEqual(Object.keys(reply.body as object), ['error'])
  return (reply.body as RouteFailure).error
}
