import { clampPageSize, cursorText, decodeCursor, type Page, toPage } from './cursor.ts'
import { onlyRow, type Queryable } from './database.ts'
import { recordDerivatives } from './derivative-record.ts'
import type { FocalPoint } from './image.ts'
import type { StrayDerivative } from './stray-derivatives.ts'

/** A rendered image in the store. */
export interface Derivative {
  userId: string
  imageId: string
  /** The canonical file name, which is the last part of the object key. */
  fileName: string
  format: string
  /** In pixels. */
  width: number
  height: number
  bytes: number
  /** The strong ETag of the bytes. */
  etag: string
  /** A `standin` is served until a job has replaced it by the `final` version. */
  variant: 'final' | 'standin'
  /** As in its object key: names the replaced originals that it was rendered from; null for none. */
  version: string | null
  /** The time that rendering took, in milliseconds. */
  costMs: number
  createdAt: Date
}

/** A derivative to record. */
export interface NewDerivative extends Omit<Derivative, 'createdAt' | 'version'> {
  version?: string | null
  /** The version of the image's own original; absent for the first. */
  imageVersion?: string | null
  /** The focal point that was used, null for none; absent when the focal point does not affect the result. */
  focal?: FocalPoint | null
  /** The ids of the images that are overlaid. */
  overlayIds?: readonly string[]
  /** The versions of their originals, in the same order; absent when all are the first. */
  overlayVersions?: readonly (string | null)[]
  /** The names of the presets that the URL used. */
  presets?: readonly string[]
  /** The stray that led to the object so far; it is deleted when the row is recorded. */
  strayId?: string
}

/** Identifies a derivative of a user. */
export type DerivativeName = Pick<Derivative, 'imageId' | 'fileName'>

/** A derivative with what its object key is made of. */
export interface DerivativeObject extends DerivativeName, Pick<Derivative, 'version'> {
  /** Differs after each change of the row. */
  readonly revision: string
}

/** The columns of a `DerivativeObject`. */
const objectColumns = 'image_id as "imageId", file_name as "fileName", version, xmin::text as revision'

const columns = `user_id as "userId", image_id as "imageId", file_name as "fileName", format, width, height, bytes, etag,
  variant, version, cost_ms as "costMs", created_at as "createdAt"`

/** The derivatives of all users. A derivative whose row or object is lost is rendered again. */
export class DerivativeRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * Records derivatives, or replaces those of the same name, in one statement. Returns the derivatives that
   * were not recorded: those whose image or an overlaid image is not ready or has another original than the one used,
   * and those whose image has a different focal point than the one used. Row locks on the images make a concurrent deletion or change
   * wait, so that its clean-up sees the new rows. A name must not be given twice.
   */
  record(derivatives: readonly NewDerivative[]): Promise<NewDerivative[]> {
    return recordDerivatives(this.#db, derivatives)
  }

  /**
   * Replaces a stand-in by its final version. False, without any change, when the stand-in does not exist any
   * more, has been replaced, or its image was deleted.
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

  /** The derivative of this version; one of replaced originals is not found. */
  async find(
    userId: string,
    imageId: string,
    fileName: string,
    version: string | null = null,
  ): Promise<Derivative | undefined> {
    const [derivative] = await this.#db.query<Derivative>(
      `select ${columns} from derivatives
       where user_id = $1 and image_id = $2 and file_name = $3 and version is not distinct from $4`,
      [userId, imageId, fileName, version],
    )
    return derivative
  }

  /**
   * One page of an image's derivatives, by name.
   * @throws DarkroomError `bad-request` for a cursor of another list
   */
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

  /** A page of at most `limit` derivatives of these images, by name, starting after `after`. */
  listOfImages(
    userId: string,
    imageIds: readonly string[],
    after: DerivativeName,
    limit: number,
  ): Promise<DerivativeObject[]> {
    return this.#listObjects('image_id = any($2)', userId, imageIds, after, limit)
  }

  /**
   * A page of at most `limit` derivatives that overlay any of these images, by name, starting after `after`.
   */
  listByOverlays(
    userId: string,
    imageIds: readonly string[],
    after: DerivativeName,
    limit: number,
  ): Promise<DerivativeObject[]> {
    return this.#listObjects(`others && $2::text[] and others <> '{}'`, userId, imageIds, after, limit)
  }

  /** The condition has the ids of the images as `$2`. */
  #listObjects(
    condition: string,
    userId: string,
    imageIds: readonly string[],
    after: DerivativeName,
    limit: number,
  ): Promise<DerivativeObject[]> {
    return this.#db.query(
      `select ${objectColumns} from derivatives
       where user_id = $1 and ${condition} and (image_id, file_name) > ($3, $4)
       order by image_id, file_name limit $5`,
      [userId, imageIds, after.imageId, after.fileName, limit],
    )
  }

  /**
   * A page of at most `limit` derivatives of a user, by name, starting after `after`. `matches` is whether
   * the derivative was requested through the preset, or its name matches the regular expression `names` (in
   * Postgres' syntax; null matches no name).
   */
  listByPreset(
    userId: string,
    preset: { name: string; names: string | null },
    after: DerivativeName,
    limit: number,
  ): Promise<(DerivativeObject & { matches: boolean })[]> {
    return this.#db.query(
      `select ${objectColumns},
         presets @> array[$2::text] or coalesce(file_name ~ $3::text, false) as matches
       from derivatives where user_id = $1 and (image_id, file_name) > ($4, $5)
       order by image_id, file_name limit $6`,
      [userId, preset.name, preset.names, after.imageId, after.fileName, limit],
    )
  }

  /**
   * Deletes the rows of derivatives that were listed before and whose objects are gone. A row that has changed since then
   * may name a new object: it becomes a stray, whose object has to be deleted. Returns the number of deleted rows, and
   * the strays.
   */
  async remove(
    userId: string,
    listed: readonly DerivativeObject[],
  ): Promise<{ count: number; strays: StrayDerivative[] }> {
    const rows = await this.#db.query<{ count: number; strays: StrayDerivative[] }>(removeStatement, [
      userId,
      ...(['imageId', 'fileName', 'revision'] as const).map(name => listed.map(one => one[name])),
    ])
    return onlyRow(rows)
  }
}

/** Rows are locked in the order of their names, as in `record`, to avoid deadlocks. */
const removeStatement = `with held as materialized (
   select derivatives.image_id, derivatives.file_name, revision
   from derivatives join unnest($2::text[], $3::text[], $4::text[]) as listed (image_id, file_name, revision)
     on derivatives.image_id = listed.image_id and derivatives.file_name = listed.file_name
   -- the array bounds what is read, whatever join Postgres chooses: it may read all derivatives of the user otherwise
   where user_id = $1 and derivatives.image_id = any($2::text[])
   order by derivatives.image_id, derivatives.file_name for update of derivatives),
 gone as (
   delete from derivatives using held
   where user_id = $1 and derivatives.image_id = any($2::text[]) and derivatives.image_id = held.image_id
     and derivatives.file_name = held.file_name
   returning derivatives.image_id, derivatives.file_name, version, derivatives.xmin::text <> revision as changed),
 strays as (
   insert into stray_derivatives (user_id, image_id, file_name, version, until)
   select $1, image_id, file_name, version, now() from gone where changed
   returning id, user_id as "userId", image_id as "imageId", file_name as "fileName", version)
 select (select count(*) from gone) as count, coalesce((select json_agg(strays) from strays), '[]') as strays`
