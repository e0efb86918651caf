-- Up Migration
-- Which large deliveries hold rows of a window: asked by each refresh, to leave the partitions of all others closed.
create index segment_windows_large on weir.segment_windows (window_start, delivery) where delivery >= 1073741824 and rows > 0;
