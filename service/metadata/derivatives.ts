import { clampPageSize, cursorText, decodeCursor, type Page, toPage } from './cursor.ts'
import type { Queryable } from './database.ts'
import type { FocalPoint } from './image.ts'

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
}

/** Identifies a derivative of a user. */
export type DerivativeName = Pick<Derivative, 'imageId' | 'fileName'>

/** A derivative with what its object key is made of. */
export type DerivativeObject = DerivativeName & Pick<Derivative, 'version'>

const columns = `user_id as "userId", image_id as "imageId", file_name as "fileName", format, width, height, bytes, etag,
  variant, version, cost_ms as "costMs", created_at as "createdAt"`

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
  'version',
] as const satisfies readonly (keyof NewDerivative)[]

/**
 * A list of ids or names as a Postgres array literal, so that arrays can be elements of an array. Ids and
 * names have letters and digits only.
 */
const listText = (values: readonly (string | null)[] = []) =>
  `{${values.map(value => value ?? 'null').join(',')}}`
const versionsText = ({ overlayIds = [], overlayVersions }: NewDerivative) =>
  listText(overlayVersions ?? overlayIds.map(() => null))
const focalText = ({ focal }: NewDerivative) => (focal === undefined ? null : JSON.stringify(focal))

const recordStatement = `with held as (
   select user_id, id, focal, original_version from images where id = any($17) and state = 'ready' order by id for share)
 insert into derivatives
   (user_id, image_id, file_name, format, width, height, bytes, etag, variant, cost_ms, version, others, presets)
 select held.user_id, held.id, file_name, format, width, height, bytes, etag, variant, cost_ms, version, others::text[],
   presets::text[]
 from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::int[], $7::bigint[], $8::text[],
   $9::text[], $10::float8[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[])
   as fresh (user_id, image_id, file_name, format, width, height, bytes, etag, variant, cost_ms, version, made_by,
     others, presets, image_version, other_versions)
 join held on held.user_id = fresh.user_id and held.id = fresh.image_id
 where (made_by is null or made_by::jsonb = coalesce(held.focal, 'null'::jsonb))
   and held.original_version is not distinct from fresh.image_version
   and not exists (
     select from unnest(others::text[], other_versions::text[]) as other (id, version)
     left join held as found on found.id = other.id and found.user_id = fresh.user_id
     where found.id is null or found.original_version is distinct from other.version)
 order by image_id, file_name
 on conflict (user_id, image_id, file_name) do update set
   format = excluded.format, width = excluded.width, height = excluded.height, bytes = excluded.bytes,
   etag = excluded.etag, variant = excluded.variant, cost_ms = excluded.cost_ms,
   created_at = excluded.created_at,
   presets = array(select unnest(derivatives.presets) union select unnest(excluded.presets))
   -- the row of an earlier original stays until it is purged: it alone names the object to delete
   where derivatives.version is not distinct from excluded.version
 returning image_id as "imageId", file_name as "fileName"`

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
  async record(derivatives: readonly NewDerivative[]): Promise<NewDerivative[]> {
    const column = (name: keyof NewDerivative) => derivatives.map(derivative => derivative[name])
    const recorded = await this.#db.query<{ imageId: string; fileName: string }>(recordStatement, [
      ...newColumns.map(column),
      derivatives.map(focalText),
      derivatives.map(({ overlayIds }) => listText(overlayIds)),
      derivatives.map(({ presets }) => listText(presets)),
      derivatives.map(({ imageVersion }) => imageVersion ?? null),
      derivatives.map(versionsText),
      [...new Set(derivatives.flatMap(({ imageId, overlayIds = [] }) => [imageId, ...overlayIds]))],
    ])
    const names = new Set(recorded.map(({ imageId, fileName }) => `${imageId}/${fileName}`))
    return derivatives.filter(({ imageId, fileName }) => !names.has(`${imageId}/${fileName}`))
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

  /** Deletes the rows of an image's derivatives whose names match. */
  async deleteMatching(userId: string, imageId: string, names: RegExp): Promise<void> {
    await this.#db.query('delete from derivatives where user_id = $1 and image_id = $2 and file_name ~ $3', [
      userId,
      imageId,
      names.source,
    ])
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
    return this.#db.query(
      `select image_id as "imageId", file_name as "fileName", version from derivatives
       where user_id = $1 and others && $2::text[] and others <> '{}' and (image_id, file_name) > ($3, $4)
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
      `select image_id as "imageId", file_name as "fileName", version,
         presets @> array[$2::text] or coalesce(file_name ~ $3::text, false) as matches
       from derivatives where user_id = $1 and (image_id, file_name) > ($4, $5)
       order by image_id, file_name limit $6`,
      [userId, preset.name, preset.names, after.imageId, after.fileName, limit],
    )
  }

  /** Deletes derivatives by name and returns their number. */
  async deleteByName(userId: string, names: readonly DerivativeName[]): Promise<number> {
    const rows = await this.#db.query(
      `delete from derivatives using unnest($2::text[], $3::text[]) as gone (image_id, file_name)
       where user_id = $1 and derivatives.image_id = gone.image_id and derivatives.file_name = gone.file_name
       returning derivatives.image_id`,
      [userId, names.map(({ imageId }) => imageId), names.map(({ fileName }) => fileName)],
    )
    return rows.length
  }

  /** Deletes all derivatives of these images and returns their number. */
  async deleteForImages(userId: string, imageIds: readonly string[]): Promise<number> {
    const [gone] = await this.#db.query<{ count: number }>(
      `with gone as (delete from derivatives where user_id = $1 and image_id = any($2) returning image_id)
       select count(*) from gone`,
      [userId, imageIds],
    )
    return gone?.count ?? 0
  }
}
