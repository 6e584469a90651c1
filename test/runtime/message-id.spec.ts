// Ids of messages.

import assert from 'node:assert/strict'
import { messageId } from '../../nodes/runtime/message-id'

describe('the id of a message', () => {
  it('looks like one of Node-RED', () => {
    assert.match(messageId(), /^[0-9a-f]{16}$/)
  })

  it('is no other one’s', () => {
    assert.equal(new Set(Array.from({ length: 10_000 }, messageId)).size, 10_000)
  })
})
