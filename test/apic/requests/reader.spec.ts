// Reading a whole result while it changes, from an APIC that gives less than it has, and from one that finds it too big.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  AciError,
  DEFAULT_READ_OPTIONS,
  readRequestsOf,
  readAll,
  type ReadRequest,
  type ReadOptions,
  type Target
} from '../../../nodes/apic'
import type { PageAnswer } from '../../../nodes/apic/requests/request-client'
import type { Source } from '../../../nodes/apic/requests/reader'

const patient = new AbortController().signal
const atOnce = (): Promise<void> => Promise.resolve()

function requests(target: Partial<Target> = {}, options: Partial<ReadOptions> = {}): ReadRequest[] {
  return readRequestsOf(
    { target: 'class', classes: ['fvTenant'], dn: '', scope: 'self', subtreeClasses: [], filter: '', ...target },
    { ...DEFAULT_READ_OPTIONS, ...options }
  )
}

const number = (query: URLSearchParams, name: string): number => Number(query.get(name))

/** An APIC with objects of one class, that does not answer with more than so many of them. */
class Objects implements Source {
  readonly asked: URLSearchParams[] = []
  state: Source['state'] = { phase: 'up', controller: 'https://apic1', version: '', since: 0 }
  /** Called before each answer, with the number of it from 0 on. */
  before: (request: number) => void = () => undefined
  /** Changes an answer. */
  falsify: (answer: PageAnswer, query: URLSearchParams) => PageAnswer = (answer) => answer
  /** Orders it does not know. */
  strange = /(?!)/

  constructor(
    readonly dns: string[],
    private readonly most = Infinity
  ) {}

  read(path: string): Promise<PageAnswer> {
    const query = new URLSearchParams(path.split('?')[1])
    this.before(this.asked.length)
    this.asked.push(query)
    const order = query.get('order-by') ?? ''
    if (this.strange.test(order)) return Promise.reject(refusal(400, `Request failed, invalid order-by ${order}`))
    const [page, size] = [number(query, 'page'), number(query, 'page-size')]
    // Without an order every answer has its own.
    const all = order.endsWith('.dn') ? [...this.dns].sort() : [...this.dns].reverse()
    const found = query.has('page-size') ? all.slice(page * size, (page + 1) * size) : all
    if (found.length > this.most) {
      return Promise.reject(refusal(400, 'Unable to process the query, result dataset is too big'))
    }
    const objects = found.map((dn) => ({ class: 'fvTenant', dn, attributes: { dn } }))
    const answer = { controller: 'https://apic1', totalCount: all.length, objects, received: found.length }
    return Promise.resolve(this.falsify(answer, query))
  }
}

function refusal(status: number, text: string): AciError {
  return new AciError('ACI_QUERY', text, { status, code: String(status), text })
}

const names = (count: number, first = 0): string[] =>
  Array.from({ length: count }, (_, index) => `uni/tn-${String(first + index).padStart(6, '0')}`)

async function all(source: Source, asked: readonly ReadRequest[] = requests(), limit = 0): Promise<string[]> {
  const dns: string[] = []
  for await (const { objects } of readAll(source, asked, limit, patient, atOnce)) {
    dns.push(...objects.map(({ dn }) => dn))
  }
  return dns
}

const fails = (promise: Promise<unknown>, text: RegExp, code = 'ACI_PROTOCOL'): Promise<void> =>
  assert.rejects(promise, (error: AciError) => {
    assert.equal(error.code, code)
    assert.match(error.message, text)
    return true
  })

describe('a whole result', () => {
  it('comes in pages of which one is asked for when the one before has been taken', async () => {
    const apic = new Objects(names(12_000))
    const pages = readAll(apic, requests(), 0, patient, atOnce)
    const first = await pages.next()
    assert.equal(first.value?.objects.length, 5_000)
    assert.equal(first.value.total, 12_000)
    await new Promise(setImmediate)
    assert.equal(apic.asked.length, 1)
    const second = await pages.next()
    assert.equal(second.value?.objects.length, 4_900, 'those that both pages have come once')
    assert.equal(apic.asked.length, 2)
    for await (const page of pages) assert.equal(page.objects.length, 2_100)
    assert.equal(apic.asked.length, 3)
  })

  it('is ordered by DN, so that pages do not shift', async () => {
    const apic = new Objects(names(3))
    assert.deepEqual(await all(apic), names(3))
    assert.equal(apic.asked[0]?.get('order-by'), 'fvTenant.dn')
  })

  it('is read without an order by an APIC that does not know it', async () => {
    const apic = new Objects(names(3))
    apic.strange = /dn/
    assert.deepEqual((await all(apic)).sort(), names(3))
    assert.equal(apic.asked.length, 2)
  })

  it('keeps the order that was asked for, and adds the DN', async () => {
    const apic = new Objects(names(3))
    await all(apic, requests({}, { orderBy: ['fvTenant.descr|desc'] }))
    assert.equal(apic.asked[0]?.get('order-by'), 'fvTenant.descr|desc,fvTenant.dn')
    apic.strange = /descr\|desc,/
    apic.asked.length = 0
    await all(apic, requests({}, { orderBy: ['fvTenant.descr|desc'] }))
    assert.equal(apic.asked[1]?.get('order-by'), 'fvTenant.descr|desc')
  })

  it('of which the classes are not known is ordered by the class of its first object where it has several pages', async () => {
    const subtree = requests({ target: 'mo', dn: 'uni', scope: 'subtree' })
    const few = new Objects(names(3))
    await all(few, subtree)
    assert.deepEqual([few.asked.length, few.asked[0]?.get('order-by')], [1, null])

    const many = new Objects(names(6_000))
    assert.deepEqual(await all(many, subtree), names(6_000))
    assert.deepEqual(
      many.asked.map((query) => query.get('order-by')),
      [null, 'fvTenant.dn', 'fvTenant.dn']
    )
  })

  it('stops at a limit', async () => {
    const apic = new Objects(names(20_000))
    assert.deepEqual(await all(apic, requests(), 3), names(3))
    assert.equal(apic.asked[0]?.get('page-size'), '3')
    assert.deepEqual(await all(apic, requests(), 7_000), names(7_000))
    assert.equal(apic.asked.length, 3)
  })

  it('of several requests has each object once, and no more than the limit', async () => {
    const both = requests({ classes: ['fvTenant', 'fvATg'] })
    assert.deepEqual(await all(new Objects(names(4)), both), names(4))
    assert.deepEqual(await all(new Objects(names(4)), both, 3), names(3))
  })

  it('of one object is asked for without pages', async () => {
    const apic = new Objects(names(1))
    await all(apic, requests({ target: 'mo', dn: 'uni/tn-a' }))
    await all(apic, requests({}, { include: ['count'] }))
    for (const query of apic.asked) assert.ok(!query.has('page'))
  })

  describe('that changes while it is read', () => {
    /** Pages of eight. */
    const small = (dns: string[]): Objects => new Objects(dns, 8)

    it('has an object once that was shifted to the next page', async () => {
      const apic = small(names(30))
      apic.before = (request) => {
        if (request === 5) apic.dns.push('uni/tn-+', 'uni/tn-++', 'uni/tn-+++')
      }
      const dns = await all(apic)
      assert.deepEqual(
        dns.filter((dn) => !dn.includes('+')),
        names(30)
      )
    })

    it('misses no object that was shifted to a page before', async () => {
      for (let deleted = 1; deleted <= 8; deleted += 1) {
        const apic = small(names(30))
        apic.before = (request) => {
          if (request === 5) apic.dns.splice(0, deleted)
        }
        assert.deepEqual((await all(apic)).sort(), names(30), `${deleted} deleted`)
      }
    })

    it('misses nothing although what was deleted is more than what was left to be read', async () => {
      const apic = small(names(30))
      apic.before = (request) => {
        if (request === 6) apic.dns.splice(0, 25)
      }
      const dns = await all(apic)
      for (const dn of names(5, 25)) assert.ok(dns.includes(dn), dn)
    })

    it('is an error when no two pages fit together', async () => {
      const apic = small(names(400))
      apic.before = (request) => {
        if (request >= 5) apic.dns.splice(0, 20)
      }
      await fails(all(apic), /moved from page to page/)
    })

    it('has every object once that was there all the while, whatever else came and went', async () => {
      const change = fc.record({
        at: fc.nat(40),
        deleted: fc.array(fc.nat(59), { maxLength: 6 }),
        created: fc.array(fc.nat(59), { maxLength: 6 })
      })
      await fc.assert(
        fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
          const apic = small(names(60))
          const lasting = new Set(apic.dns)
          const ever = new Set(apic.dns)
          apic.before = (request) => {
            for (const { at, deleted, created } of changes) {
              if (at !== request) continue
              for (const index of deleted) {
                const dn = names(1, index)[0]!
                lasting.delete(dn)
                if (apic.dns.includes(dn)) apic.dns.splice(apic.dns.indexOf(dn), 1)
              }
              for (const index of created) {
                const dn = `${names(1, index)[0]!}-${request}`
                ever.add(dn)
                if (!apic.dns.includes(dn)) apic.dns.push(dn)
              }
            }
          }
          const dns = await all(apic).catch((error: unknown) => {
            assert.equal((error as AciError).code, 'ACI_PROTOCOL')
          })
          if (dns === undefined) return
          assert.equal(new Set(dns).size, dns.length, 'nothing twice')
          for (const dn of lasting) assert.ok(dns.includes(dn), `${dn} is missing`)
          for (const dn of dns) assert.ok(ever.has(dn), `${dn} never was`)
        })
      )
    })
  })

  describe('without an order', () => {
    /** Every answer has an order of its own, as if shuffled. */
    const shuffled = (count: number, turn: number): Objects => {
      const apic = new Objects(names(count), 8)
      apic.strange = /dn/
      apic.before = (request) => {
        for (let index = 0; index < request * turn; index += 1) apic.dns.push(apic.dns.shift()!)
      }
      return apic
    }

    it('is read again for what did not come', async () => {
      assert.deepEqual((await all(shuffled(20, 1))).sort(), names(20))
    })

    it('is an error when it does not come together', async () => {
      const apic = shuffled(24, 0)
      apic.falsify = (answer) => {
        const objects = answer.objects.map((object) => (object.dn === names(1, 3)[0] ? answer.objects[0]! : object))
        return { ...answer, objects }
      }
      await fails(all(apic), /23 of 24 objects/)
    })
  })

  describe('of an APIC that gives less than it has', () => {
    it('is asked for again', async () => {
      const apic = new Objects(names(10))
      apic.falsify = (answer) => (apic.asked.length < 3 ? { ...answer, objects: [], received: 0 } : answer)
      assert.deepEqual(await all(apic), names(10))
    })

    for (const [title, asked] of [
      ['of a class', requests()],
      ['of one object', requests({ target: 'mo', dn: 'uni/tn-a' })]
    ] as const) {
      it(`is an error when that does not help: ${title}`, async () => {
        const apic = new Objects(names(10))
        apic.falsify = (answer) => ({ ...answer, objects: answer.objects.slice(0, 4), received: 4 })
        await fails(all(apic, asked), /gave 4 of 10 objects/)
        assert.equal(apic.asked.length, 3)
      })
    }

    it('has all there is when what is missing of it cannot be used', async () => {
      const apic = new Objects(names(10))
      apic.falsify = (answer) => ({ ...answer, objects: answer.objects.slice(1) })
      assert.deepEqual(await all(apic), names(9, 1))
    })
  })

  describe('of an APIC that may be starting', () => {
    const starting = (answers: number): Objects => {
      const apic = new Objects(names(3))
      apic.state = { phase: 'up', controller: '', version: '', since: Date.now() }
      apic.falsify = (answer) =>
        apic.asked.length <= answers ? { ...answer, totalCount: 0, objects: [], received: 0 } : answer
      return apic
    }

    it('is doubted when it is empty, and asked for again', async () => {
      assert.deepEqual(await all(starting(4)), names(3))
    })

    it('is believed when it is empty again after the root was seen', async () => {
      const apic = starting(Infinity)
      const { falsify } = apic
      apic.falsify = (answer, query) => (query.has('page') ? falsify(answer, query) : answer)
      assert.deepEqual(await all(apic), [])
      assert.equal(apic.asked.length, 3)
    })

    it('is believed in the end, for there are accounts that see nothing else', async () => {
      assert.deepEqual(await all(starting(Infinity)), [])
    })

    it('is believed at once when the session is old', async () => {
      const apic = starting(Infinity)
      apic.state = { phase: 'up', controller: '', version: '', since: 0 }
      assert.deepEqual(await all(apic), [])
      assert.equal(apic.asked.length, 1)
    })
  })

  describe('that is too big', () => {
    it('is asked for in smaller pages', async () => {
      const apic = new Objects(names(6_000), 1_500)
      assert.deepEqual(await all(apic), names(6_000))
      assert.equal(apic.asked[1]?.get('page-size'), '1000')
    })

    it('is an error in the words of the APIC when a single object is', async () => {
      const apic = new Objects(names(3), 0)
      await fails(all(apic), /too big/, 'ACI_QUERY')
      assert.equal(apic.asked.at(-1)?.get('page-size'), '1')
    })

    it('comes in smaller pages from the start where others come with each object', async () => {
      for (const [options, size] of [
        [{ children: 'children' }, '1000'],
        [{ children: 'full' }, '200'],
        [{ include: ['faults'] }, '1000']
      ] as const) {
        const apic = new Objects(names(3))
        await all(apic, requests({}, options))
        assert.equal(apic.asked[0]?.get('page-size'), size)
      }
    })
  })

  it('is not begun when it was given up', async () => {
    const stop = new AbortController()
    const apic = new Objects(names(3))
    apic.read = (_path: string, signal?: AbortSignal) => {
      assert.equal(signal, stop.signal)
      return Promise.reject(new AciError('ACI_CLOSED', 'given up'))
    }
    await fails(readAll(apic, requests(), 0, stop.signal).next(), /given up/, 'ACI_CLOSED')
  })
})
