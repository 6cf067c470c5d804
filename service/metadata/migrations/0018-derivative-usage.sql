-- Derivatives count by their names, too: an image and a transform together.
alter table usage_tops drop constraint usage_tops_kind_check;
alter table usage_tops add constraint usage_tops_kind_check
  check (kind in ('image', 'transform', 'derivative', 'code'));
