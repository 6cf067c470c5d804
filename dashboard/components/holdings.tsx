import './holdings.css'
import type { Holdings as Held, Limits } from '../api-types.ts'
import { bytesText, numberText } from '../format.ts'
import { Meter } from './meter.tsx'

interface HoldingsProps {
  /** Null for no limits. */
  readonly limits: Limits | null
  readonly holdings: Held
}

/** How much of their limits a user has used. */
export function HoldingMeters({ limits, holdings }: HoldingsProps) {
  const perDay = limits?.developmentsPerDay
  return (
    <div class="holdings">
      <Meter label="Storage" used={holdings.storageBytes} limit={limits?.storageBytes} text={bytesText} />
      <Meter label="Images" used={holdings.images} limit={limits?.images} text={numberText} />
      <Meter
        label="Derivatives"
        used={holdings.derivativeBytes}
        limit={limits?.derivativeBytes}
        text={bytesText}
      />
      {perDay !== undefined && (
        <Meter label="Renderings today" used={holdings.developmentsToday} limit={perDay} text={numberText} />
      )}
    </div>
  )
}
