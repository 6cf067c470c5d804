export function Jobs({ id }: { id: string }) {
  return <p>{id}</p>
}
