import { callJson, read, type Session } from './session.ts'

export interface Hook {
  readonly id: string
  readonly url: string
  readonly events: readonly string[]
  readonly secret: string
  readonly createdAt: string
}

export interface Delivery {
  readonly id: string
  readonly event: string
  readonly status: string
  readonly attempts: number
  readonly responseCode: number | null
  readonly detail: string | null
  readonly at: string | null
}

export const base = '/api/v1/webhooks'
export const post = (session: Session, body: unknown) => callJson(session, 'POST', base, body)
export const create = async (session: Session, url: string, ...events: string[]) =>
  read<Hook>(await post(session, { url, events }), 201)
export const deliveries = async (session: Session, { id }: Hook) =>
  (await read<{ items: Delivery[] }>(await session.get(`${base}/${id}/deliveries`))).items
export const redeliver = (session: Session, { id }: Hook, deliveryId: string) =>
  session.get(`${base}/${id}/deliveries/${deliveryId}/redeliver`, { method: 'POST' })
