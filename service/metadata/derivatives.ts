import { clampPageSize, cursorText, decodeCursor, type Page, toPage } from './cursor.ts'
import type { Queryable } from './database.ts'
import type { FocalPoint } from './image.ts'

/** A developed picture that lies in the store. */
export interface Derivative {
  userId: string
  imageId: string
  /** The canonical one: the last part of the object's key. */
  fileName: string
  format: string
  /** In pixels. */
  width: number
  height: number
  bytes: number
  /** The strong ETag of its bytes. */
  etag: string
  /** A `standin` is answered until a job has made it `final`. */
  variant: 'final' | 'standin'
  /** What its development took, in milliseconds. */
  costMs: number
  createdAt: Date
}

/** A derivative as it is recorded. */
export interface NewDerivative extends Omit<Derivative, 'createdAt'> {
  /** The focal point that it was made by, null for none; absent when it has no say in it. */
  focal?: FocalPoint | null
  /** The ids of the images that are painted in. */
  overlayIds?: readonly string[]
  /** The names of the presets by which it was asked for. */
  presets?: readonly string[]
}

/** A derivative by its name. */
export type DerivativeName = Pick<Derivative, 'imageId' | 'fileName'>

const columns = `user_id as "userId", image_id as "imageId", file_name as "fileName", format, width, height, bytes, etag,
  variant, cost_ms as "costMs", created_at as "createdAt"`

/** In the order of the parameters of `record`. */
const newColumns = [
  'userId',
  'imageId',
  'fileName',
  'format',
  'width',
  'height',
  'bytes',
  'etag',
  'variant',
  'costMs',
] as const satisfies readonly (keyof NewDerivative)[]

/** A list of ids or names, which hold letters and digits only, as an array within an array. */
const listText = (values: readonly string[] = []) => `{${values.join(',')}}`
const focalText = ({ focal }: NewDerivative) => (focal === undefined ? null : JSON.stringify(focal))

const recordStatement = `with held as (
   select user_id, id, focal from images where id = any($14) and state = 'ready' order by id for share)
 insert into derivatives
   (user_id, image_id, file_name, format, width, height, bytes, etag, variant, cost_ms, others, presets)
 select held.user_id, held.id, file_name, format, width, height, bytes, etag, variant, cost_ms, others::text[],
   presets::text[]
 from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::int[], $7::bigint[], $8::text[],
   $9::text[], $10::float8[], $11::text[], $12::text[], $13::text[])
   as fresh (user_id, image_id, file_name, format, width, height, bytes, etag, variant, cost_ms, made_by, others,
     presets)
 join held on held.user_id = fresh.user_id and held.id = fresh.image_id
 where (made_by is null or made_by::jsonb = coalesce(held.focal, 'null'::jsonb))
   and others::text[] <@ array(select id from held where held.user_id = fresh.user_id)
 order by image_id, file_name
 on conflict (user_id, image_id, file_name) do update set
   format = excluded.format, width = excluded.width, height = excluded.height, bytes = excluded.bytes,
   etag = excluded.etag, variant = excluded.variant, cost_ms = excluded.cost_ms,
   created_at = excluded.created_at,
   presets = array(select unnest(derivatives.presets) union select unnest(excluded.presets))
 returning image_id as "imageId", file_name as "fileName"`

/** What is known of the derivatives; they can always be developed again. */
export class DerivativeRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * Records derivatives, or better successors of the same name, in one statement. Returns those that were not
   * recorded because their image, or one that is painted in, is not ready, or because their image has another focal
   * point than the one they were made by: the locks on the images' rows make a concurrent deletion or change wait, and
   * its clean-up then sees what was recorded. A name may be there only once.
   */
  async record(derivatives: readonly NewDerivative[]): Promise<NewDerivative[]> {
    const column = (name: keyof NewDerivative) => derivatives.map(derivative => derivative[name])
    const recorded = await this.#db.query<{ imageId: string; fileName: string }>(recordStatement, [
      ...newColumns.map(column),
      derivatives.map(focalText),
      derivatives.map(({ overlayIds }) => listText(overlayIds)),
      derivatives.map(({ presets }) => listText(presets)),
      [...new Set(derivatives.flatMap(({ imageId, overlayIds = [] }) => [imageId, ...overlayIds]))],
    ])
    const names = new Set(recorded.map(({ imageId, fileName }) => `${imageId}/${fileName}`))
    return derivatives.filter(({ imageId, fileName }) => !names.has(`${imageId}/${fileName}`))
  }

  /**
   * Says that a stand-in's place was taken by these bytes. False, and without effect, when it is not there any more,
   * is another by now, or its image was deleted.
   */
  async finish(
    { userId, imageId, fileName, etag }: Pick<Derivative, 'userId' | 'imageId' | 'fileName' | 'etag'>,
    final: Pick<Derivative, 'bytes' | 'etag' | 'costMs'>,
  ): Promise<boolean> {
    const rows = await this.#db.query(
      `update derivatives set variant = 'final', bytes = $5, etag = $6, cost_ms = $7, created_at = now()
       where user_id = $1 and image_id = $2 and file_name = $3 and etag = $4
         and exists (select from images where images.user_id = $1 and images.id = $2 and state = 'ready')
       returning image_id`,
      [userId, imageId, fileName, etag, final.bytes, final.etag, final.costMs],
    )
    return rows.length > 0
  }

  async find(userId: string, imageId: string, fileName: string): Promise<Derivative | undefined> {
    const [derivative] = await this.#db.query<Derivative>(
      `select ${columns} from derivatives where user_id = $1 and image_id = $2 and file_name = $3`,
      [userId, imageId, fileName],
    )
    return derivative
  }

  /** One page of an image's derivatives, by name. Throws `bad-request` for a cursor that is not of this list. */
  async listForImage(
    userId: string,
    imageId: string,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<Page<Derivative>> {
    const limit = clampPageSize(page.limit)
    const after = page.cursor === undefined ? '' : decodeCursor(cursorText, page.cursor)
    const rows = await this.#db.query<Derivative>(
      `select ${columns} from derivatives where user_id = $1 and image_id = $2 and file_name > $3
       order by file_name limit $4`,
      [userId, imageId, after, limit + 1],
    )
    return toPage(rows, limit, last => last.fileName)
  }

  /** Forgets the derivatives of an image whose names match. */
  async deleteMatching(userId: string, imageId: string, names: RegExp): Promise<void> {
    await this.#db.query('delete from derivatives where user_id = $1 and image_id = $2 and file_name ~ $3', [
      userId,
      imageId,
      names.source,
    ])
  }

  /** A page of what these images are painted into, by name: the first so many after this one. */
  listByOverlays(
    userId: string,
    imageIds: readonly string[],
    after: DerivativeName,
    limit: number,
  ): Promise<DerivativeName[]> {
    return this.#db.query(
      `select image_id as "imageId", file_name as "fileName" from derivatives
       where user_id = $1 and others && $2::text[] and others <> '{}' and (image_id, file_name) > ($3, $4)
       order by image_id, file_name limit $5`,
      [userId, imageIds, after.imageId, after.fileName, limit],
    )
  }

  /**
   * A page of a user's derivatives, by name, and of each whether it was asked for by a preset or has a name that matches
   * (Postgres' syntax; null: none does): the first so many after this one.
   */
  listByPreset(
    userId: string,
    preset: { name: string; names: string | null },
    after: DerivativeName,
    limit: number,
  ): Promise<(DerivativeName & { matches: boolean })[]> {
    return this.#db.query(
      `select image_id as "imageId", file_name as "fileName",
         presets @> array[$2::text] or coalesce(file_name ~ $3::text, false) as matches
       from derivatives where user_id = $1 and (image_id, file_name) > ($4, $5)
       order by image_id, file_name limit $6`,
      [userId, preset.name, preset.names, after.imageId, after.fileName, limit],
    )
  }

  /** Forgets derivatives by name, and returns how many there were. */
  async deleteByName(userId: string, names: readonly DerivativeName[]): Promise<number> {
    const rows = await this.#db.query(
      `delete from derivatives using unnest($2::text[], $3::text[]) as gone (image_id, file_name)
       where user_id = $1 and derivatives.image_id = gone.image_id and derivatives.file_name = gone.file_name
       returning derivatives.image_id`,
      [userId, names.map(({ imageId }) => imageId), names.map(({ fileName }) => fileName)],
    )
    return rows.length
  }

  /** Forgets all derivatives of images, and returns how many there were. */
  async deleteForImages(userId: string, imageIds: readonly string[]): Promise<number> {
    const [gone] = await this.#db.query<{ count: number }>(
      `with gone as (delete from derivatives where user_id = $1 and image_id = any($2) returning image_id)
       select count(*) from gone`,
      [userId, imageIds],
    )
    return gone?.count ?? 0
  }
}
