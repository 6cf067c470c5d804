-- What was seen in the image's pixels; null until somebody has looked.
alter table images add column insight jsonb;
