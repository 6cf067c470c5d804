import './meter.css'

interface MeterProps {
  readonly label: string
  readonly used: number
  /** Undefined for no limit. */
  readonly most: number | undefined
  readonly text: (value: number) => string
}

/** How much of something is used up. */
export function Meter({ label, used, most, text }: MeterProps) {
  const share = most === undefined ? undefined : most === 0 ? 1 : Math.min(1, used / most)
  return (
    <div class={`meter ${share === 1 ? 'full' : ''}`}>
      <p class="meter-words">
        <span>{label}</span>
        <span>{most === undefined ? `${text(used)}, no limit` : `${text(used)} of ${text(most)}`}</span>
      </p>
      {share !== undefined && (
        <div class="meter-track">
          <div class="meter-fill" style={{ '--share': share }} />
        </div>
      )}
    </div>
  )
}
