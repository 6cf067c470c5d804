// Runs before the first paint, so that the page does not flash in the system's theme.
{
  const chosen = localStorage.getItem('darkroom.theme')
  if (chosen) document.documentElement.dataset.theme = chosen
}
