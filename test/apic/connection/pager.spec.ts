// Whole results, page by page.

import assert from 'node:assert/strict'
import { AciError } from '../../../nodes/apic/common/errors'
import { PAGE_SIZE, Pager } from '../../../nodes/apic/connection/pager'
import type { Answer, WireObject } from '../../../nodes/apic/protocol/wire'

const PATH = '/api/class/fvTenant.json'

const row = (name: string): WireObject => {
  const dn = `uni/tn-${name}`
  return { class: 'fvTenant', dn, attributes: { dn }, raw: {} }
}

const answer = (totalCount: number, names: string, skipped = 0): Answer => {
  return { totalCount, skipped, objects: names.split('').map(row) }
}

/** Reads with these answers, one after the other; a thrown one is a refusal. */
async function read(
  pager: Pager,
  ...answers: (Answer | Error)[]
): Promise<{ names: string; asked: string[]; pages: number }> {
  const asked: string[] = []
  let names = ''
  const pages = await pager.read(
    (path) => {
      asked.push(path)
      const next = answers.shift() ?? assert.fail(`nobody expected ${path}`)
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next)
    },
    ({ dn }) => (names += dn.slice('uni/tn-'.length))
  )
  return { names, asked, pages }
}

const refusal = (status: number): AciError =>
  new AciError('ACI_QUERY', 'no', { status, code: '', text: 'no such order' })

describe('a result that is read page by page', () => {
  it('has all objects of all pages, each page in the order of the DNs', async () => {
    const { names, asked, pages } = await read(
      new Pager(PATH, 'fvTenant.dn'),
      answer(5, 'ab'),
      answer(5, 'cd'),
      answer(5, 'e')
    )

    assert.deepEqual([names, pages], ['abcde', 3])
    assert.deepEqual(
      asked,
      [0, 1, 2].map((page) => `${PATH}?order-by=fvTenant.dn&page=${page}&page-size=${PAGE_SIZE}`)
    )
  })

  it('is asked for without an order where there is none', async () => {
    const { asked } = await read(new Pager(PATH, undefined), answer(0, ''))

    assert.deepEqual(asked, [`${PATH}?page=0&page-size=${PAGE_SIZE}`])
  })

  it('is asked for without an order from then on where the APIC does not know it', async () => {
    const pager = new Pager(PATH, 'fvTenant.dn')
    const { names, asked } = await read(pager, refusal(400), answer(2, 'a'), answer(2, 'b'))

    assert.equal(names, 'ab')
    assert.deepEqual(
      asked.map((path) => path.includes('order-by')),
      [true, false, false]
    )
    assert.deepEqual((await read(pager, answer(0, ''))).asked.length, 1)
  })

  it('fails with any other refusal, and with one of a later page', async () => {
    await assert.rejects(read(new Pager(PATH, 'fvTenant.dn'), refusal(403)), { message: 'no' })
    await assert.rejects(read(new Pager(PATH, undefined), refusal(400)), { message: 'no' })
    await assert.rejects(read(new Pager(PATH, 'fvTenant.dn'), answer(2, 'a'), refusal(400)), { message: 'no' })
  })

  it('counts what cannot be used as received', async () => {
    const { names, pages } = await read(new Pager(PATH, undefined), answer(4, 'a', 1), answer(4, '', 2))

    assert.deepEqual([names, pages], ['a', 2])
  })

  it('proves nothing where fewer came than the APIC says there are', async () => {
    await assert.rejects(read(new Pager(PATH, undefined), answer(3, 'ab'), answer(3, '')), {
      code: 'ACI_PROTOCOL',
      message: `the APIC gave 2 of 3 objects for ${PATH}`
    })
  })

  it('proves nothing where the same page comes again', async () => {
    await assert.rejects(read(new Pager(PATH, undefined), answer(4, 'ab'), answer(4, 'ab')), {
      code: 'ACI_PROTOCOL',
      message: /same page/
    })
  })
})
