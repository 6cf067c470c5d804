-- concurrently
-- Hashes by their second and their last third, turned to the beginning. Two hashes that differ in few bits have a third that
-- differs in a third of them, so that similar images of a large library are looked up. The first third has image_hashes_by_likeness.
create index concurrently image_hashes_by_second_third on image_hashes (user_id, ((phash << 21) | (phash >> 43)), image_id)
  include (phash);
create index concurrently image_hashes_by_last_third on image_hashes (user_id, ((phash << 42) | (phash >> 22)), image_id)
  include (phash);
