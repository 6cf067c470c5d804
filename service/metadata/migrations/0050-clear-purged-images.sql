-- Purged images from before 0040 keep what is known of their pixels. There may be millions, so a task clears them page by page.
insert into tasks (id, kind, key, subject, payload)
  select 'clearpurgedimages', 'purged-images', '', 'analysis of purged images', '{}'
  where exists (select from images);
