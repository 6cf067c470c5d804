import './meter.css'

interface MeterProps {
  readonly label: string
  readonly used: number
  /** Undefined when there is no limit. */
  readonly limit: number | undefined
  readonly text: (value: number) => string
}

/** Usage of a resource relative to its limit. */
export function Meter({ label, used, limit, text }: MeterProps) {
  const share = limit === undefined ? undefined : limit === 0 ? 1 : Math.min(1, used / limit)
  return (
    <div class={`meter ${share === 1 ? 'full' : ''}`}>
      <p class="meter-words">
        <span>{label}</span>
        <span>{limit === undefined ? `${text(used)}, no limit` : `${text(used)} of ${text(limit)}`}</span>
      </p>
      {share !== undefined && (
        <div class="meter-track">
          <div class="meter-fill" style={{ '--share': share }} />
        </div>
      )}
    </div>
  )
}
