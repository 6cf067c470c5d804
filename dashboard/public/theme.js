// Before anything is painted, or a page in the chosen theme would flash in the system's.
{
  const chosen = localStorage.getItem('darkroom.theme')
  if (chosen) document.documentElement.dataset.theme = chosen
}
