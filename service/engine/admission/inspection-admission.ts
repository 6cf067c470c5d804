import { AdmissionController } from './admission-controller.ts'

/**
 * Inspections at once: twice the cores, as a tenant may use half of the slots: it can use all cores, and other tenants
 * still get slots.
 */
export const inspectionSlots = (concurrency: number) => 2 * concurrency

/** Admits inspections in child processes, apart from renders. */
export function inspectionAdmission(concurrency: number, queueLimit: number): AdmissionController {
  const slots = inspectionSlots(concurrency)
  return new AdmissionController({
    slots,
    reservedSlots: slots / 2,
    reservationMs: Number.POSITIVE_INFINITY,
    queueLimit,
  })
}
